//! Clicks by id, for attribution and for the click page.
//!
//! A click id carries the moment of its click, so the usual look-up reads one place of the order key. Ids whose click stands at
//! another time (imported ones) are found by the skip index.

use crate::rows::ClickRow;
use crate::sql::{Bound, Params};
use crate::{Error, Warehouse};
use signalbox_domain::{ClickId, Scope};
use signalbox_events::wire::{ClickDims, ClickV1, ClickV2, LandingClickV1};
use std::collections::{HashMap, HashSet};

/// Most ids of one look-up.
pub const IDS_MAX: usize = 1_000;
/// `kind` of a click in `clicks`.
const CLICK: i8 = 1;

/// A click as it was recorded, and the last landing click that belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredClick {
    /// The click.
    pub click: ClickV1<'static>,
    /// Key of the visitor by the campaign's uniqueness; 0: not recorded.
    pub visitor: u64,
    /// The latest landing click, when the visitor went on from a landing page.
    pub landing_click: Option<LandingClickV1<'static>>,
}

impl StoredClick {
    /// The dimensions a conversion of this click carries: those of the click, with the destination and network that were chosen
    /// when the visitor went on from the landing.
    pub fn conversion_dims(&self) -> &ClickDims<'static> {
        self.landing_click.as_ref().map_or(&self.click.dims, |landing| &landing.dims)
    }
}

/// One row of `clicks`.
enum Found {
    Click(Box<ClickV2<'static>>),
    LandingClick(Box<LandingClickV1<'static>>),
}

impl Warehouse {
    /// The click with this id in the scope's workspace.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when ClickHouse does not answer.
    pub async fn find_click(&self, scope: &Scope, id: ClickId) -> Result<Option<StoredClick>, Error> {
        Ok(self.find_clicks(scope, &[id]).await?.pop())
    }

    /// The clicks with these ids (at most 1000) that exist in the scope's workspace, in no particular order.
    ///
    /// # Errors
    /// [`Error::Invalid`] for too many ids, [`Error::Unavailable`] when ClickHouse does not answer.
    pub async fn find_clicks(&self, scope: &Scope, ids: &[ClickId]) -> Result<Vec<StoredClick>, Error> {
        if ids.len() > IDS_MAX {
            return Err(Error::invalid("ids", format!("must be at most {IDS_MAX}, found {}", ids.len())));
        }
        let mut wanted: HashSet<ClickId> = ids.iter().copied().filter(|id| !id.is_none()).collect();
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let mut found = assemble(self.select(scope, &wanted, true).await?);
        wanted.retain(|id| !found.iter().any(|click| click.click.id == *id));
        if !wanted.is_empty() {
            found.extend(assemble(self.select(scope, &wanted, false).await?));
        }
        Ok(found)
    }

    /// Rows of these ids; `at_their_time` looks only where the ids say their clicks are.
    async fn select(
        &self,
        scope: &Scope,
        ids: &HashSet<ClickId>,
        at_their_time: bool,
    ) -> Result<Vec<Found>, Error> {
        let mut params = Params::default();
        let workspace = params.bind("UInt64", Bound::Unsigned(scope.workspace.0.into()));
        let numbers = ids.iter().map(|id| id.0).collect();
        let ids_sql = params.bind("Array(UInt128)", Bound::Unsigneds(numbers));
        let times = if at_their_time {
            let times = ids.iter().map(|id| moment_text(id.timestamp().0)).collect();
            let list = params.bind("Array(DateTime64(3, 'UTC'))", Bound::Texts(times));
            format!("AND click_at IN {list} ")
        } else {
            String::new()
        };
        let sql = format!(
            "SELECT ?fields FROM clicks WHERE workspace = {workspace} {times}AND click_id IN {ids_sql}"
        );
        let query = params.apply(self.client.query(&sql));
        self.fetch_map::<ClickRow<'_>, Found>(query, |row| {
            if row.kind == CLICK {
                Found::Click(Box::new(row.to_click_v2()))
            } else {
                Found::LandingClick(Box::new(row.to_landing_click()))
            }
        })
        .await
    }
}

/// The text form of a `DateTime64(3)`; ids of the far future read as the end of the calendar.
fn moment_text(ms: i64) -> String {
    let time = jiff::Timestamp::from_millisecond(ms).unwrap_or(jiff::Timestamp::MAX);
    time.strftime("%Y-%m-%d %H:%M:%S.%3f").to_string()
}

/// Puts the latest landing click to its click.
fn assemble(rows: Vec<Found>) -> Vec<StoredClick> {
    let mut clicks = Vec::new();
    let mut landings: HashMap<ClickId, Box<LandingClickV1<'static>>> = HashMap::new();
    for row in rows {
        match row {
            Found::Click(click) => clicks.push(click),
            Found::LandingClick(landing) => match landings.get(&landing.click) {
                Some(known) if known.at > landing.at => {}
                _ => {
                    landings.insert(landing.click, landing);
                }
            },
        }
    }
    let with_landing = |found: Box<ClickV2<'static>>| {
        let ClickV2 { click, visitor, .. } = *found;
        let landing_click = landings.remove(&click.id).map(|landing| *landing);
        StoredClick { click, visitor, landing_click }
    };
    clicks.into_iter().map(with_landing).collect()
}
