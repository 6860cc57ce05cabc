//! `/erasures`: erasure of what is kept about a visitor. Asked for here, done by postback-service.

use super::{clearings::name_of, prelude::*, reports::counted};
use crate::{
    error::reports_unavailable,
    report::resolve,
    types::{Erasure, ErasureBy, ErasureInput, ErasurePreview},
};
use jiff::tz::TimeZone;
use signalbox_catalog::{Error as CatalogError, Stored};
use signalbox_chassis::problem::Problem;
use signalbox_domain::{
    self as domain, ClickId, ERASURE_CLICKS_MAX, ERASURES_MAX, ErasureId, ErasureState, ErasureSubject,
    Scope, Timestamp,
};
use signalbox_warehouse as warehouse;
use std::{collections::BTreeMap, net::IpAddr};

/// Lists erasures, newest first: how many clicks, by whom, when, and how far they are. The 1,000 last ones are kept.
#[utoipa::path(get, path = "/erasures", tag = "workspaces", responses((status = 200, body = Page<Erasure>)),
    extensions(("x-role" = json!("viewer"))))]
pub async fn list_erasures(
    State(app): State<App>,
    CanRead(scope): CanRead,
) -> Result<Json<Page<Erasure>>, ApiError> {
    let items = newest_first(&app, &scope).await?;
    Ok(Json(Page { items: items.into_iter().map(Into::into).collect(), next_cursor: None }))
}

/// Says what an erasure would find now, and erases nothing.
#[utoipa::path(post, path = "/erasures/preview", tag = "workspaces", request_body = ErasureInput,
    responses((status = 200, body = ErasurePreview)), extensions(("x-role" = json!("admin"))))]
pub async fn preview_erasure(
    State(app): State<App>,
    CanAdmin(scope): CanAdmin,
    Input(input): Input<ErasureInput>,
) -> Result<Json<ErasurePreview>, ApiError> {
    let (_, found) = wish(&app, &scope, input).await?;
    Ok(Json(ErasurePreview {
        counts: found.counts.into(),
        first_click_at: found.first.map(Into::into),
        last_click_at: found.last.map(Into::into),
    }))
}

/// Erases what is kept about a visitor: clicks, conversions, postbacks and deliveries go; reports keep their counts and money, and lose what
/// describes a person. Cannot be undone. Goes on in the background; what comes later about these clicks is refused.
#[utoipa::path(post, path = "/erasures", tag = "workspaces", request_body = ErasureInput,
    responses((status = 201, body = Erasure)), extensions(("x-role" = json!("admin"))))]
pub async fn create_erasure(
    State(app): State<App>,
    CanAdmin(scope): CanAdmin,
    Input(input): Input<ErasureInput>,
) -> Result<Created<Erasure>, ApiError> {
    let (erasure, found) = wish(&app, &scope, input).await?;
    if found.counts == domain::ErasedCounts::default() {
        let reason = "is of nobody about whom this workspace keeps anything; a click shows up some seconds after it came";
        return Err(Problem::invalid_field("value", reason).into());
    }
    make_room(&app, &scope).await?;
    Ok(Created(app.catalog().erasures().create(&scope, erasure).await?.into()))
}

async fn newest_first(app: &App, scope: &Scope) -> Result<Vec<Stored<domain::Erasure>>, ApiError> {
    let mut items = app.catalog().erasures().list_all(scope).await?.items;
    items.sort_by_key(|stored| std::cmp::Reverse((stored.value.created_at, stored.value.id)));
    Ok(items)
}

/// Drops the oldest erasures that are done, so that one more has a place in the list. Their clicks stay marked.
async fn make_room(app: &App, scope: &Scope) -> Result<(), ApiError> {
    let known = newest_first(app, scope).await?;
    let mut beyond = (known.len() + 1).saturating_sub(ERASURES_MAX);
    for old in known.into_iter().rev().filter(|it| it.value.state == ErasureState::Done) {
        if beyond == 0 {
            break;
        }
        match app.catalog().erasures().delete(scope, old.value.id, old.version).await {
            Ok(()) | Err(CatalogError::NotFound { .. } | CatalogError::VersionMismatch { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        beyond -= 1;
    }
    if beyond > 0 {
        let detail = format!("{ERASURES_MAX} erasures are under way; ask again when some are done");
        return Err(Problem::new(StatusCode::CONFLICT, "too_many", detail).into());
    }
    Ok(())
}

/// The erasure that is asked for, with what there is to be erased.
async fn wish(
    app: &App,
    scope: &Scope,
    input: ErasureInput,
) -> Result<(domain::Erasure, warehouse::ErasurePreview), ApiError> {
    let now = app.now();
    let subject = subject(input.by, input.value.trim())?;
    let (from, to) = range(app, scope, &input, now).await?;
    let mut erasure = domain::Erasure {
        id: ErasureId::random(now),
        by: subject.by(),
        subject: Some(subject),
        from,
        to,
        note: input.note.trim().to_owned(),
        created_by: scope.actor,
        asked_by: name_of(app, scope).await?,
        created_at: now,
        counts: domain::ErasedCounts::default(),
        state: ErasureState::Requested,
        marked_at: None,
        heads: Vec::new(),
        erased: BTreeMap::new(),
        finished_at: None,
    };
    erasure.validate()?;
    let warehouse = app.warehouse().ok_or_else(reports_unavailable)?;
    let found = counted(warehouse.preview_erasure(scope, &erasure).await)?;
    if found.counts.clicks > ERASURE_CLICKS_MAX {
        return Err(too_many_clicks(input.by, found.counts.clicks).into());
    }
    erasure.counts = found.counts;
    Ok((erasure, found))
}

fn too_many_clicks(by: ErasureBy, clicks: u64) -> Problem {
    let has = format!("has {clicks} clicks, and one erasure takes at most {ERASURE_CLICKS_MAX}");
    match by {
        ErasureBy::Address | ErasureBy::ExternalId => Problem::invalid_field(
            "range",
            format!("{has}: narrow the range and erase one part after the other"),
        ),
        ErasureBy::Click | ErasureBy::Visitor => Problem::invalid_field(
            "value",
            format!("{has}: no person has so many; erase by address or external id, with a range"),
        ),
    }
}

fn subject(by: ErasureBy, value: &str) -> Result<ErasureSubject, ApiError> {
    let click = || {
        value
            .parse::<ClickId>()
            .map_err(|_| Problem::invalid_field("value", "must be the id of a click, 26 characters long"))
    };
    Ok(match by {
        ErasureBy::Click => ErasureSubject::Click { click: click()? },
        ErasureBy::Visitor => ErasureSubject::Visitor { click: click()? },
        ErasureBy::Address => {
            let address: IpAddr = value.parse().map_err(|_| {
                Problem::invalid_field("value", "must be an address such as 203.0.113.7 or 2001:db8::7")
            })?;
            ErasureSubject::Address { address: address.to_canonical() }
        }
        ErasureBy::ExternalId => ErasureSubject::ExternalId { external_id: value.to_owned() },
    })
}

type Moments = (Option<Timestamp>, Option<Timestamp>);

async fn range(app: &App, scope: &Scope, input: &ErasureInput, now: Timestamp) -> Result<Moments, ApiError> {
    let Some(range) = &input.range else { return Ok((None, None)) };
    let timezone = match &input.timezone {
        Some(timezone) => timezone.clone(),
        None => app.catalog().workspaces().get(scope, scope.workspace).await?.value.timezone,
    };
    let zone = TimeZone::get(&timezone).map_err(|_| {
        Problem::invalid_field(
            "timezone",
            format!("{timezone:?} is not an IANA timezone such as Europe/Berlin"),
        )
    })?;
    let range = resolve(range, &zone)?.resolve(&timezone, now)?;
    Ok((range.from, range.to))
}
