//! `/postbacks`: what came to the postback address and is looked after by hand: judging again, and what belongs to nobody.

use super::{prelude::*, reports::counted, uploads};
use crate::{
    auth::{SYSTEM, digest},
    error::reports_unavailable,
    types::{EventId, Replay, ReplayInput, ReplayPreview, StrayPostback, StrayPostbacks},
};
use signalbox_catalog::{PageRequest, RecordKeys, Stored};
use signalbox_chassis::problem::Problem;
use signalbox_domain::{
    ConversionId, PostbackReplay, REPLAY_REQUESTS_MAX, ReplaySelection, ReplayState, Scope,
};
use std::collections::HashMap;

/// Replays that may be under way in a workspace at one time.
const RUNNING_MAX: usize = 10;
/// Tries of one compare-and-set.
const TRIES_MAX: usize = 20;

/// Says how many postbacks a replay would judge again, and changes nothing.
#[utoipa::path(post, path = "/postbacks/replay/preview", tag = "logs", request_body = ReplayInput,
    responses((status = 200, body = ReplayPreview)), extensions(("x-role" = json!("viewer"))))]
pub async fn preview_replay(
    State(app): State<App>,
    CanRead(scope): CanRead,
    Input(input): Input<ReplayInput>,
) -> Result<Json<ReplayPreview>, ApiError> {
    let (_, total) = select(&app, &scope, input).await?;
    Ok(Json(ReplayPreview { total }))
}

/// Judges past postbacks again, with the networks and their statuses as they are now. Goes on in the background; what was counted already
/// and reads as before is left alone, so that repeating it changes nothing.
#[utoipa::path(post, path = "/postbacks/replay", tag = "logs", request_body = ReplayInput,
    responses((status = 201, body = Replay)), extensions(("x-role" = json!("editor"))))]
pub async fn create_replay(
    State(app): State<App>,
    CanEdit(scope): CanEdit,
    Input(input): Input<ReplayInput>,
) -> Result<Created<Replay>, ApiError> {
    let (selection, total) = select(&app, &scope, input).await?;
    let running = newest(&app, &scope, 500).await?.into_iter();
    if running.filter(|it| it.value.state == ReplayState::Running).count() >= RUNNING_MAX {
        let detail = format!("{RUNNING_MAX} replays are under way already; wait for one or cancel it");
        return Err(Problem::new(StatusCode::CONFLICT, "too_many_running", detail).into());
    }
    let now = app.now();
    let replay = PostbackReplay::new(scope.actor, now, selection, total);
    let keys = RecordKeys { click: None, at: now, pending: Some(now) };
    let id = ConversionId::new(now, rand::random());
    Ok(Created(app.catalog().replays().insert(&scope, id, &keys, &replay).await?.into()))
}

/// Lists replays, newest first.
#[utoipa::path(get, path = "/postbacks/replays", tag = "logs", params(ListQuery), responses((status = 200, body = Page<Replay>)),
    extensions(("x-role" = json!("viewer"))))]
pub async fn list_replays(
    State(app): State<App>,
    CanRead(scope): CanRead,
    ValidQuery(query): ValidQuery<ListQuery>,
) -> Result<Json<Page<Replay>>, ApiError> {
    let limit = u16::try_from(crud::page_size(query.limit)?).unwrap_or(u16::MAX);
    let page = PageRequest { after: query.cursor, limit, newest_first: true };
    let found = app.catalog().replays().list::<PostbackReplay>(&scope, &page).await?;
    Ok(Json(Page { items: found.items.into_iter().map(Into::into).collect(), next_cursor: found.next }))
}

/// Returns a replay: how far it is, and what became of the postbacks.
#[utoipa::path(get, path = "/postbacks/replays/{id}", tag = "logs", params(("id" = EventId, Path)),
    responses((status = 200, body = Replay)), extensions(("x-role" = json!("viewer"))))]
pub async fn get_replay(
    State(app): State<App>,
    CanRead(scope): CanRead,
    PathId(id): PathId<ConversionId>,
) -> Result<Json<Replay>, ApiError> {
    Ok(Json(find(&app, &scope, id).await?.into()))
}

/// Stops a replay. What it has judged until then stays.
#[utoipa::path(post, path = "/postbacks/replays/{id}/cancel", tag = "logs", params(("id" = EventId, Path)),
    responses((status = 200, body = Replay)), extensions(("x-role" = json!("editor"))))]
pub async fn cancel_replay(
    State(app): State<App>,
    CanEdit(scope): CanEdit,
    PathId(id): PathId<ConversionId>,
) -> Result<Json<Replay>, ApiError> {
    for _ in 0..TRIES_MAX {
        let found = find(&app, &scope, id).await?;
        if found.value.state != ReplayState::Running {
            return Ok(Json(found.into()));
        }
        let cancelled = PostbackReplay {
            state: ReplayState::Cancelled,
            finished_at: Some(app.now()),
            lease: None,
            ..found.value
        };
        let keys = RecordKeys { click: None, at: cancelled.created_at, pending: None };
        let at = (id, found.version);
        match app.catalog().replays().replace(&scope, at, &keys, &cancelled).await {
            Ok(stored) => return Ok(Json(stored.into())),
            Err(signalbox_catalog::Error::VersionMismatch { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Problem::stale().into())
}

/// Lists requests to the postback address that belong to nobody: an unknown key, a body that cannot be read. They are of no workspace,
/// so only admins of the instance, those of its first workspace, see them.
#[utoipa::path(get, path = "/postbacks/strays", tag = "logs", responses((status = 200, body = StrayPostbacks)),
    extensions(("x-role" = json!("admin"))))]
pub async fn list_stray_postbacks(
    State(app): State<App>,
    CanAdmin(scope): CanAdmin,
) -> Result<Json<StrayPostbacks>, ApiError> {
    of_instance(&app, &scope).await?;
    let found = app.catalog().live().strays(SYSTEM).await?;
    let mut assigned = HashMap::new();
    for upload in uploads::of_strays(&app, &scope).await? {
        let network = upload.network;
        let senders = upload.rows.into_iter().filter_map(|row| row.sender);
        assigned.extend(senders.map(|sender| (sender.stray, network)));
    }
    let shown = found.into_iter().map(|stray| {
        let id = stray_id(&stray);
        let network = assigned.get(&id).copied();
        StrayPostback::new(stray, id, network)
    });
    Ok(Json(StrayPostbacks { items: shown.collect() }))
}

/// Names a kept request; the same request again has the same name.
pub(super) fn stray_id(stray: &signalbox_catalog::live::StrayPostback) -> String {
    let parts = [&stray.code, &stray.key_fingerprint, &stray.method, &stray.ip, &stray.query];
    let mut text = String::new();
    parts.iter().for_each(|part| {
        text.push_str(part);
        text.push('\n');
    });
    digest(&text).chars().take(24).collect()
}

/// The selection of a request, and how many postbacks it has now.
async fn select(app: &App, scope: &Scope, input: ReplayInput) -> Result<(ReplaySelection, u64), ApiError> {
    let selection = input.into_domain()?;
    if let Some(network) = selection.network {
        app.catalog().affiliate_networks().get(scope, network).await?;
    }
    let warehouse = app.warehouse().ok_or_else(reports_unavailable)?;
    let total = counted(warehouse.count_for_replay(scope, (&selection, app.now())).await)?;
    if total > REPLAY_REQUESTS_MAX {
        let reason =
            format!("selects {total} postbacks; at most {REPLAY_REQUESTS_MAX}: choose a shorter time");
        return Err(Problem::invalid_field("from", reason).into());
    }
    Ok((selection, total))
}

async fn newest(app: &App, scope: &Scope, limit: u16) -> Result<Vec<Stored<PostbackReplay>>, ApiError> {
    let page = PageRequest { after: None, limit, newest_first: true };
    Ok(app.catalog().replays().list::<PostbackReplay>(scope, &page).await?.items)
}

async fn find(app: &App, scope: &Scope, id: ConversionId) -> Result<Stored<PostbackReplay>, ApiError> {
    let found = app.catalog().replays().find::<PostbackReplay>(scope, id).await?;
    Ok(found.ok_or_else(|| Problem::not_found("replay"))?)
}

/// 403 unless the workspace is the one that the instance was set up with.
pub(super) async fn of_instance(app: &App, scope: &Scope) -> Result<(), ApiError> {
    let all = app.catalog().workspaces().list_all(SYSTEM).await?.items;
    if all.into_iter().map(|it| it.value.id).min() == Some(scope.workspace) {
        return Ok(());
    }
    let reason = "This needs the role admin in the first workspace of the instance";
    Err(Problem::forbidden(reason).into())
}
