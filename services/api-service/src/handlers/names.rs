//! Names of the objects that facts refer to, as they are now.

use crate::{app::App, error::ApiError, types::EntityRef};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use signalbox_catalog::{Catalog, Entity, Repo};
use signalbox_domain::{ConversionStatus, Scope, StreamId};
use std::{
    collections::{BTreeSet, HashMap},
    str::FromStr,
};

/// Up to this many objects of a kind are looked up one by one; more are listed.
const LOOK_UPS_MAX: usize = 32;
/// Look-ups under way at one time.
const AT_ONCE: usize = 8;

/// A kind of object that facts refer to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Campaign,
    Stream,
    Destination,
    Source,
    Network,
    Domain,
    Output,
    /// A status of conversions, by its word.
    Status,
}

impl Kind {
    /// The collection as the API names it.
    pub const fn collection(self) -> &'static str {
        match self {
            Self::Campaign => "campaigns",
            Self::Stream => "streams",
            Self::Destination => "destinations",
            Self::Source => "sources",
            Self::Network => "networks",
            Self::Domain => "domains",
            Self::Output => "outputs",
            Self::Status => "conversion_statuses",
        }
    }
}

/// The kind of words that workspaces give names to, in a dimension of reports or a field of logs.
pub fn words_named_by_workspaces(key: &str) -> Option<Kind> {
    ["conversion_status", "status", "previous_status"].contains(&key).then_some(Kind::Status)
}

/// What to look up: text ids by kind.
#[derive(Debug, Default)]
pub struct Wanted(HashMap<Kind, BTreeSet<String>>);

impl Wanted {
    /// Adds an id.
    pub fn add(&mut self, kind: Kind, id: impl Into<String>) {
        self.0.entry(kind).or_default().insert(id.into());
    }

    fn take(&mut self, kind: Kind) -> BTreeSet<String> {
        self.0.remove(&kind).unwrap_or_default()
    }
}

/// What a value calls itself and its parts, by collection of the API and id. Only what reports name is here.
fn called<T: Entity>(value: &T) -> Vec<(&'static str, String, String)> {
    let kind = match T::spec().name {
        "campaigns" => Kind::Campaign,
        "destinations" => Kind::Destination,
        "traffic_sources" => Kind::Source,
        "affiliate_networks" => Kind::Network,
        "domains" => Kind::Domain,
        "outputs" => Kind::Output,
        _ => return Vec::new(),
    };
    let value = serde_json::to_value(value).unwrap_or_default();
    let text = |value: &serde_json::Value, key: &str| value[key].as_str().map(str::to_owned);
    let own = text(&value, "id").zip(text(&value, "name").or_else(|| text(&value, "host")));
    let streams = value["streams"].as_array().into_iter().flatten();
    let streams = streams.filter_map(|stream| text(stream, "id").zip(text(stream, "name")));
    let own = own.into_iter().map(|(id, name)| (kind.collection(), id, name));
    own.chain(streams.map(|(id, name)| (Kind::Stream.collection(), id, name))).collect()
}

/// Keeps the names of what goes: the value, or those of its parts that `after` no longer has. Called before it goes.
///
/// # Errors
/// When the catalog does not answer.
pub async fn remember<T: Entity>(
    app: &App,
    scope: &Scope,
    (before, after): (&T, Option<&T>),
) -> Result<(), ApiError> {
    let stays = after.map(called).unwrap_or_default();
    for (kind, id, name) in called(before) {
        if !stays.iter().any(|(_, staying, _)| *staying == id) {
            app.catalog().graves().bury(scope, (kind, &id), &name).await?;
        }
    }
    Ok(())
}

/// Names by kind and id.
#[derive(Debug, Default)]
pub struct Names(HashMap<(Kind, String), String>);

impl Names {
    /// Looks the wanted names up in the caller's workspace.
    ///
    /// # Errors
    /// When the catalog does not answer.
    pub async fn look_up(app: &App, scope: &Scope, mut wanted: Wanted) -> Result<Self, ApiError> {
        let catalog = app.catalog();
        let all: Vec<(Kind, String)> =
            wanted.0.iter().flat_map(|(kind, ids)| ids.iter().map(|id| (*kind, id.clone()))).collect();
        let mut names = Self::default();
        names.streams(catalog, scope, wanted.take(Kind::Stream)).await?;
        names
            .some(catalog.campaigns(), scope, Kind::Campaign, (wanted.take(Kind::Campaign), |it| &it.name))
            .await?;
        let destinations = wanted.take(Kind::Destination);
        names.some(catalog.destinations(), scope, Kind::Destination, (destinations, |it| &it.name)).await?;
        names
            .some(catalog.traffic_sources(), scope, Kind::Source, (wanted.take(Kind::Source), |it| &it.name))
            .await?;
        let networks = wanted.take(Kind::Network);
        names.some(catalog.affiliate_networks(), scope, Kind::Network, (networks, |it| &it.name)).await?;
        names
            .some(catalog.domains(), scope, Kind::Domain, (wanted.take(Kind::Domain), |it| &it.host))
            .await?;
        names
            .some(catalog.outputs(), scope, Kind::Output, (wanted.take(Kind::Output), |it| &it.name))
            .await?;
        names.statuses(catalog, scope, wanted.take(Kind::Status)).await?;
        names.gone(catalog, scope, all).await?;
        Ok(names)
    }

    /// Statuses are called what the workspace calls them.
    async fn statuses(
        &mut self,
        catalog: &Catalog,
        scope: &Scope,
        words: BTreeSet<String>,
    ) -> Result<(), ApiError> {
        if words.is_empty() {
            return Ok(());
        }
        let workspace = catalog.workspaces().get(scope, scope.workspace).await?.value;
        let named = |word: String| {
            let known = ConversionStatus::ALL.into_iter().find(|status| status.as_str() == word);
            let name = known.map_or_else(|| word.clone(), |status| workspace.status_name(status).to_owned());
            ((Kind::Status, word), name)
        };
        self.0.extend(words.into_iter().map(named));
        Ok(())
    }

    /// The last names of what is gone.
    async fn gone(
        &mut self,
        catalog: &Catalog,
        scope: &Scope,
        all: Vec<(Kind, String)>,
    ) -> Result<(), ApiError> {
        let missing = all.into_iter().filter(|key| !self.0.contains_key(key));
        let graves = &catalog.graves();
        let found = stream::iter(missing.map(|(kind, id)| async move {
            let name = graves.find(scope, (kind.collection(), &id)).await?;
            Ok::<_, signalbox_catalog::Error>(name.map(|name| ((kind, id), format!("{name} (deleted)"))))
        }));
        let found: Vec<Option<((Kind, String), String)>> = found.buffered(AT_ONCE).try_collect().await?;
        self.0.extend(found.into_iter().flatten());
        Ok(())
    }

    /// The object's name, `name (deleted)` when it is gone, or `deleted (id)` when nobody remembers it.
    pub fn of(&self, kind: Kind, id: &str) -> String {
        let found = self.0.get(&(kind, id.to_owned()));
        found.cloned().unwrap_or_else(|| format!("deleted ({id})"))
    }

    /// The object with its name.
    pub fn reference(&self, kind: Kind, id: String) -> EntityRef {
        let name = self.of(kind, &id);
        EntityRef { id, name }
    }

    async fn some<T: Entity>(
        &mut self,
        repo: Repo<'_, T>,
        scope: &Scope,
        kind: Kind,
        (ids, name): (BTreeSet<String>, fn(&T) -> &String),
    ) -> Result<(), ApiError>
    where
        T::Id: FromStr,
    {
        if ids.len() > LOOK_UPS_MAX {
            let all = repo.list_all(scope).await?.items;
            self.0.extend(
                all.into_iter().map(|stored| ((kind, stored.id.clone()), name(&stored.value).clone())),
            );
            return Ok(());
        }
        let parsed = ids.into_iter().filter_map(|text| Some((text.parse::<T::Id>().ok()?, text)));
        let repo = &repo;
        let found = stream::iter(parsed.map(|(id, text)| async move {
            repo.find(scope, id).await.map(|found| found.map(|stored| (text, name(&stored.value).clone())))
        }));
        let found: Vec<Option<(String, String)>> = found.buffered(AT_ONCE).try_collect().await?;
        self.0.extend(found.into_iter().flatten().map(|(id, name)| ((kind, id), name)));
        Ok(())
    }

    /// Streams live in campaigns: nothing says in which.
    async fn streams(
        &mut self,
        catalog: &Catalog,
        scope: &Scope,
        ids: BTreeSet<String>,
    ) -> Result<(), ApiError> {
        let wanted: BTreeSet<StreamId> = ids.iter().filter_map(|id| id.parse().ok()).collect();
        if wanted.is_empty() {
            return Ok(());
        }
        for campaign in catalog.campaigns().list_all(scope).await?.items {
            let here = campaign.value.streams.into_iter().filter(|stream| wanted.contains(&stream.id));
            self.0.extend(here.map(|stream| ((Kind::Stream, stream.id.to_string()), stream.name)));
        }
        Ok(())
    }
}
