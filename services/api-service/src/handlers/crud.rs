//! What is the same for every resource that a workspace owns: list, get, create, replace, delete.

use super::names::remember;
use crate::{
    app::App,
    error::ApiError,
    extract::Created,
    types::{DeleteQuery, Envelope, LIMIT_DEFAULT, LIMIT_MAX, ListQuery, Page, UsedBy},
};
use axum::{Json, http::StatusCode};
use serde::Serialize;
use signalbox_catalog::{Catalog, Cursor, Entity, Error, PAGE_MAX, PageRequest, Repo, Stored};
use signalbox_chassis::problem::Problem;
use signalbox_domain::{Currency, FieldError, Invalid, Scope};
use std::future::Future;

/// Documents looked at for one page of a filtered list; what is left comes with the next page.
const SCAN_MAX: usize = 5_000;
/// Users whose parts are looked up when something is not deleted.
const PLACES_MAX: usize = 10;
/// Tries of a deletion that did not name a version.
const TRIES_MAX: usize = 5;

/// A kind of object that a workspace owns.
pub trait Resource {
    /// As the domain has it.
    type Value: Entity;
    /// As it is sent.
    type Input: Send;
    /// As it is answered.
    type Output: Serialize;

    /// Where it is stored.
    fn repo(catalog: &Catalog) -> Repo<'_, Self::Value>;
    /// What the API shows of it.
    fn output(scope: &Scope, stored: Stored<Self::Value>) -> Self::Output;
    /// Version that was read, as sent.
    fn version(input: &Self::Input) -> Option<u64>;
    /// Texts that a search looks into.
    fn texts(value: &Self::Value) -> Vec<&str>;
    /// Its state, for kinds that have one.
    fn state(_value: &Self::Value) -> Option<&'static str> {
        None
    }
    /// Currencies that it names, with their fields.
    fn currencies(_value: &Self::Value) -> Vec<(&'static str, Currency)> {
        Vec::new()
    }
    /// What the domain alone cannot check, such as expressions that have to be compiled.
    fn examine(_value: &Self::Value) -> impl Future<Output = Result<Vec<FieldError>, ApiError>> + Send {
        std::future::ready(Ok(Vec::new()))
    }
    /// The parts of a user that refer to the object, such as names of streams.
    fn places(
        _app: &App,
        _scope: &Scope,
        _id: <Self::Value as Entity>::Id,
        _user: &UsedBy,
    ) -> impl Future<Output = Result<Vec<String>, ApiError>> + Send {
        std::future::ready(Ok(Vec::new()))
    }
    /// The value to store in place of `current`, or a new one. Need not be valid: that is checked afterwards.
    fn build(
        app: &App,
        scope: &Scope,
        current: Option<&Self::Value>,
        input: Self::Input,
    ) -> impl Future<Output = Result<Self::Value, ApiError>> + Send;
}

/// What the store knows about a document.
pub fn envelope<T>(stored: &Stored<T>) -> Envelope {
    Envelope {
        version: stored.version,
        created_at: stored.created_at.into(),
        updated_at: stored.updated_at.into(),
    }
}

/// The version that a replacement must name.
///
/// # Errors
/// 422 when it is missing.
pub fn required_version(version: Option<u64>) -> Result<u64, ApiError> {
    version
        .ok_or_else(|| Problem::invalid_field("version", "is missing: send the version that you read").into())
}

/// How many items a page has.
///
/// # Errors
/// 422 when it is out of bounds.
pub fn page_size(limit: Option<u32>) -> Result<usize, ApiError> {
    let limit = limit.unwrap_or(LIMIT_DEFAULT);
    if !(1..=LIMIT_MAX).contains(&limit) {
        return Err(Problem::invalid_field("limit", format!("must be from 1 to {LIMIT_MAX}")).into());
    }
    Ok(limit as usize)
}

/// Whether a search finds one of the texts.
pub fn found_in(needle: &str, texts: &[&str]) -> bool {
    needle.is_empty() || texts.iter().any(|text| text.to_lowercase().contains(needle))
}

/// One page, newest first.
pub async fn list<R: Resource>(
    app: &App,
    scope: &Scope,
    query: &ListQuery,
) -> Result<Json<Page<R::Output>>, ApiError> {
    let limit = page_size(query.limit)?;
    let needle = query.q.as_deref().unwrap_or_default().trim().to_lowercase();
    let wanted = query.state.as_deref().unwrap_or_default();
    let keeps = |value: &R::Value| {
        let state_fits = match (wanted, R::state(value)) {
            ("all", _) | (_, None) => true,
            ("", Some(state)) => state != "archived",
            (wanted, Some(state)) => state == wanted,
        };
        state_fits && found_in(&needle, &R::texts(value))
    };
    let repo = R::repo(app.catalog());
    let mut request = PageRequest { after: query.cursor.clone(), limit: PAGE_MAX, newest_first: true };
    if needle.is_empty() {
        // Nearly all fit: there is no need to read more than is asked for.
        request.limit = u16::try_from(limit + 1).unwrap_or(PAGE_MAX).min(PAGE_MAX);
    }
    let (mut items, mut scanned) = (Vec::new(), 0);
    loop {
        let page = repo.list(scope, &request).await?;
        for damaged in &page.damaged {
            tracing::error!(
                collection = damaged.collection,
                id = damaged.id,
                reason = damaged.reason,
                "unreadable document"
            );
        }
        scanned += page.items.len() + page.damaged.len();
        for stored in page.items.into_iter().filter(|stored| keeps(&stored.value)) {
            if items.len() == limit {
                let last: Option<&Stored<R::Value>> = items.last();
                let next_cursor = last.map(|last| Cursor { key: None, id: last.id.clone() }.encode());
                return Ok(answer::<R>(scope, items, next_cursor));
            }
            items.push(stored);
        }
        if page.next.is_none() || scanned >= SCAN_MAX {
            return Ok(answer::<R>(scope, items, page.next));
        }
        request.after = page.next;
    }
}

fn answer<R: Resource>(
    scope: &Scope,
    items: Vec<Stored<R::Value>>,
    next_cursor: Option<String>,
) -> Json<Page<R::Output>> {
    Json(Page { items: items.into_iter().map(|stored| R::output(scope, stored)).collect(), next_cursor })
}

/// One object.
pub async fn get<R: Resource>(
    app: &App,
    scope: &Scope,
    id: <R::Value as Entity>::Id,
) -> Result<Json<R::Output>, ApiError> {
    Ok(Json(R::output(scope, R::repo(app.catalog()).get(scope, id).await?)))
}

/// A new object.
pub async fn create<R: Resource>(
    app: &App,
    scope: &Scope,
    input: R::Input,
) -> Result<Created<R::Output>, ApiError> {
    let value = R::build(app, scope, None, input).await?;
    check::<R>(app, scope, &value).await?;
    Ok(Created(R::output(scope, R::repo(app.catalog()).create(scope, value).await?)))
}

/// Another value in place of the one that was read.
pub async fn replace<R: Resource>(
    app: &App,
    scope: &Scope,
    id: <R::Value as Entity>::Id,
    input: R::Input,
) -> Result<Json<R::Output>, ApiError> {
    let repo = R::repo(app.catalog());
    let current = repo.get(scope, id).await?;
    let version = required_version(R::version(&input))?;
    if version != current.version {
        return Err(Problem::stale().into());
    }
    let value = R::build(app, scope, Some(&current.value), input).await?;
    check::<R>(app, scope, &value).await?;
    remember(app, scope, (&current.value, Some(&value))).await?;
    Ok(Json(R::output(scope, repo.update(scope, version, value).await?)))
}

/// Deletes an object that nothing refers to.
pub async fn delete<R: Resource>(
    app: &App,
    scope: &Scope,
    id: <R::Value as Entity>::Id,
    query: DeleteQuery,
) -> Result<StatusCode, ApiError> {
    let repo = R::repo(app.catalog());
    for _ in 0..TRIES_MAX {
        let current = repo.get(scope, id).await?;
        let version = query.version.unwrap_or(current.version);
        if scope.allows(R::Value::WRITE) {
            remember(app, scope, (&current.value, None)).await?;
        }
        match repo.delete(scope, id, version).await {
            Err(Error::VersionMismatch { .. }) if query.version.is_none() => {}
            Err(error @ Error::InUse { .. }) => return Err(with_places::<R>(app, scope, id, error).await?),
            outcome => return Ok(outcome.map(|()| StatusCode::NO_CONTENT)?),
        }
    }
    Err(Problem::stale().into())
}

/// The refusal of a deletion, with the parts of each user that refer to the object.
async fn with_places<R: Resource>(
    app: &App,
    scope: &Scope,
    id: <R::Value as Entity>::Id,
    error: Error,
) -> Result<ApiError, ApiError> {
    let mut users = ApiError::from(error).users().to_vec();
    for user in users.iter_mut().take(PLACES_MAX) {
        user.within = R::places(app, scope, id, user).await?;
    }
    Ok(ApiError::in_use(users))
}

/// Everything that can be wrong with a value, at once: the rules of the domain, what takes a compiler, and the currencies. References are
/// left to the catalog.
///
/// # Errors
/// 422 with all fields.
pub async fn check<R: Resource>(app: &App, scope: &Scope, value: &R::Value) -> Result<(), ApiError> {
    let mut errors = value.check().err().map_or_else(Vec::new, |invalid| invalid.0);
    let examined = R::examine(value).await?;
    // The domain's word for a field is enough.
    let news = examined.into_iter().filter(|it| !errors.iter().any(|known| known.field == it.field));
    let news: Vec<FieldError> = news.collect();
    errors.extend(news);
    errors.extend(check_currencies(app, scope, R::currencies(value)).await?);
    if errors.is_empty() { Ok(()) } else { Err(Invalid(errors).into()) }
}

/// Refuses currencies that the workspace cannot convert: their amounts would be missing in reports.
async fn check_currencies(
    app: &App,
    scope: &Scope,
    currencies: Vec<(&'static str, Currency)>,
) -> Result<Vec<FieldError>, ApiError> {
    if currencies.is_empty() {
        return Ok(Vec::new());
    }
    let workspace = app.catalog().workspaces().get(scope, scope.workspace).await?.value;
    let known = |currency: Currency| workspace.knows_currency(currency);
    let refuse = |(field, currency): (&'static str, Currency)| FieldError {
        field: field.to_owned(),
        reason: format!(
            "{currency} is not the workspace's currency ({}) and has no rate; add a rate to the workspace first",
            workspace.currency
        ),
    };
    Ok(currencies.into_iter().filter(|(_, currency)| !known(*currency)).map(refuse).collect())
}
