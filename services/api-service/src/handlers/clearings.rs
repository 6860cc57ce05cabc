//! `/clearings`: clearing of test data. Asked for here, done by postback-service.

use super::{prelude::*, reports::counted};
use crate::{
    auth::SYSTEM,
    error::reports_unavailable,
    report::resolve,
    types::{Clearing, ClearingInput, ClearingPreview},
};
use jiff::tz::TimeZone;
use signalbox_chassis::problem::Problem;
use signalbox_domain::{self as domain, Actor, CLEARINGS_MAX, ClearingId, Scope};
use std::collections::BTreeMap;

/// Lists what was cleared, newest first.
#[utoipa::path(get, path = "/clearings", tag = "workspaces", responses((status = 200, body = Page<Clearing>)),
    extensions(("x-role" = json!("viewer"))))]
pub async fn list_clearings(
    State(app): State<App>,
    CanRead(scope): CanRead,
) -> Result<Json<Page<Clearing>>, ApiError> {
    let mut items = app.catalog().clearings().list_all(&scope).await?.items;
    items.sort_by_key(|stored| std::cmp::Reverse((stored.value.created_at, stored.value.id)));
    Ok(Json(Page { items: items.into_iter().map(Into::into).collect(), next_cursor: None }))
}

/// Says what a clearing would take away now, and takes nothing away.
#[utoipa::path(post, path = "/clearings/preview", tag = "workspaces", request_body = ClearingInput,
    responses((status = 200, body = ClearingPreview)), extensions(("x-role" = json!("admin"))))]
pub async fn preview_clearing(
    State(app): State<App>,
    CanAdmin(scope): CanAdmin,
    Input(input): Input<ClearingInput>,
) -> Result<Json<ClearingPreview>, ApiError> {
    let clearing = wish(&app, &scope, input).await?;
    let (from, to) = (clearing.from.into(), clearing.to.into());
    Ok(Json(ClearingPreview { from, to, timezone: clearing.timezone, sums: clearing.sums.into() }))
}

/// Clears clicks of a campaign, or of all, and of a range, with everything that followed from them: afterwards reports say what they would
/// say if they had never been. Cannot be undone. Goes on in the background; what comes later about these clicks is refused.
#[utoipa::path(post, path = "/clearings", tag = "workspaces", request_body = ClearingInput,
    responses((status = 201, body = Clearing)), extensions(("x-role" = json!("admin"))))]
pub async fn create_clearing(
    State(app): State<App>,
    CanAdmin(scope): CanAdmin,
    Input(input): Input<ClearingInput>,
) -> Result<Created<Clearing>, ApiError> {
    let clearing = wish(&app, &scope, input).await?;
    if app.catalog().clearings().list_all(&scope).await?.items.len() >= CLEARINGS_MAX {
        let detail = format!("a workspace has at most {CLEARINGS_MAX} clearings");
        return Err(Problem::new(StatusCode::CONFLICT, "too_many", detail).into());
    }
    Ok(Created(app.catalog().clearings().create(&scope, clearing).await?.into()))
}

/// The clearing that is asked for, with what there is to be cleared.
async fn wish(app: &App, scope: &Scope, input: ClearingInput) -> Result<domain::Clearing, ApiError> {
    let workspace = app.catalog().workspaces().get(scope, scope.workspace).await?.value;
    if let Some(id) = input.campaign_id
        && app.catalog().campaigns().find(scope, id).await?.is_none()
    {
        return Err(Problem::invalid_field("campaign_id", "is no campaign of this workspace").into());
    }
    let timezone = input.timezone.unwrap_or(workspace.timezone);
    let zone = TimeZone::get(&timezone).map_err(|_| {
        Problem::invalid_field(
            "timezone",
            format!("{timezone:?} is not an IANA timezone such as Europe/Berlin"),
        )
    })?;
    let now = app.now();
    let range = resolve(&input.range, &zone)?.resolve(&timezone, now)?;
    let (from, to) = (range.from.unwrap_or_default(), range.to.unwrap_or(now));
    if from >= now {
        return Err(Problem::invalid_field("range.from", "is in the future: nothing has come by then").into());
    }
    let mut clearing = domain::Clearing {
        id: ClearingId::random(now),
        campaign: input.campaign_id,
        from,
        to: to.min(now),
        timezone,
        created_by: scope.actor,
        by: name_of(app, scope).await?,
        created_at: now,
        sums: domain::ClearedSums::default(),
        state: domain::ClearingState::Requested,
        heads: Vec::new(),
        deleted: BTreeMap::new(),
        finished_at: None,
    };
    clearing.validate()?;
    let warehouse = app.warehouse().ok_or_else(reports_unavailable)?;
    clearing.sums = counted(warehouse.clearing_sums(scope, &clearing).await)?;
    Ok(clearing)
}

/// How whoever asks is called now.
pub(super) async fn name_of(app: &App, scope: &Scope) -> Result<String, ApiError> {
    Ok(match scope.actor {
        Actor::User(id) => app.catalog().users().get(SYSTEM, id).await?.value.email,
        Actor::ApiKey(id) => app.catalog().api_keys().get(scope, id).await?.value.name,
        Actor::System => String::new(),
    })
}
