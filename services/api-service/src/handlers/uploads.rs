//! `/postbacks/uploads`: conversions that people bring in, and requests of nobody that are given to a network. They are left to
//! postback-service, which alone takes and judges.

use super::{
    postbacks::{of_instance, stray_id},
    prelude::*,
    reports::counted,
};
use crate::{
    app::Peer,
    auth::SYSTEM,
    types::{EventId, StrayAssignment, Upload, UploadInput, UploadRow, UploadRows, UploadRowsQuery},
    upload,
};
use signalbox_catalog::{PageRequest, RecordKeys, Stored, live::StrayPostback};
use signalbox_chassis::problem::Problem;
use signalbox_domain::{
    self as domain, ClickId, ConversionId, FieldError, Invalid, PostbackUpload, ReplaySelection, RowSender,
    Scope, UploadOrigin, UploadState,
};
use std::{collections::HashMap, net::IpAddr};

/// Uploads that may be under way in a workspace at one time.
const RUNNING_MAX: usize = 10;
/// Requests of nobody that can be given to a network at one time.
const STRAYS_MAX: usize = 1_000;
/// Tries of one compare-and-set.
const TRIES_MAX: usize = 20;
/// What the log may be ahead of this process's clock, milliseconds.
const CLOCKS_APART_MS: i64 = 60_000;

/// Brings conversions in. Their rows are looked at in the background; nothing is taken before `take`, unless the request says so.
#[utoipa::path(post, path = "/postbacks/uploads", tag = "logs", request_body = UploadInput,
    responses((status = 201, body = Upload)), extensions(("x-role" = json!("editor"))))]
pub async fn create_upload(
    State(app): State<App>,
    peer: Peer,
    CanEdit(scope): CanEdit,
    Input(input): Input<UploadInput>,
) -> Result<Created<Upload>, ApiError> {
    if input.columns.len() > upload::COLUMNS_MAX {
        let reason = format!("has more than {}", upload::COLUMNS_MAX);
        return Err(Problem::invalid_field("columns", reason).into());
    }
    let (origin, rows) = match (&input.text, &input.rows) {
        (Some(text), None) => (UploadOrigin::Text, upload::read_text(text, &input.columns)?),
        (None, Some(rows)) => (UploadOrigin::Rows, upload::read_rows(rows)?),
        _ => return Err(Problem::invalid_field("text", "send either text or rows").into()),
    };
    let state = if input.take { UploadState::Taking } else { UploadState::Checking };
    let upload = new(&app, &scope, (input.network_id, peer.address), (origin, state, rows));
    Ok(Created(keep(&app, &scope, upload).await?.into()))
}

/// Lists uploads, newest first.
#[utoipa::path(get, path = "/postbacks/uploads", tag = "logs", params(ListQuery), responses((status = 200, body = Page<Upload>)),
    extensions(("x-role" = json!("viewer"))))]
pub async fn list_uploads(
    State(app): State<App>,
    CanRead(scope): CanRead,
    ValidQuery(query): ValidQuery<ListQuery>,
) -> Result<Json<Page<Upload>>, ApiError> {
    let limit = u16::try_from(crud::page_size(query.limit)?).unwrap_or(u16::MAX);
    let page = PageRequest { after: query.cursor, limit, newest_first: true };
    let found = app.catalog().uploads().list::<PostbackUpload>(&scope, &page).await?;
    Ok(Json(Page { items: found.items.into_iter().map(Into::into).collect(), next_cursor: found.next }))
}

/// Returns an upload: how far it is.
#[utoipa::path(get, path = "/postbacks/uploads/{id}", tag = "logs", params(("id" = EventId, Path)),
    responses((status = 200, body = Upload)), extensions(("x-role" = json!("viewer"))))]
pub async fn get_upload(
    State(app): State<App>,
    CanRead(scope): CanRead,
    PathId(id): PathId<ConversionId>,
) -> Result<Json<Upload>, ApiError> {
    Ok(Json(find(&app, &scope, id).await?.into()))
}

/// Returns rows of an upload: why one is not taken, and what became of those that were. A verdict is there about a second after its row was
/// taken.
#[utoipa::path(get, path = "/postbacks/uploads/{id}/rows", tag = "logs", params(("id" = EventId, Path), UploadRowsQuery),
    responses((status = 200, body = UploadRows)), extensions(("x-role" = json!("viewer"))))]
pub async fn list_upload_rows(
    State(app): State<App>,
    CanRead(scope): CanRead,
    PathId(id): PathId<ConversionId>,
    ValidQuery(query): ValidQuery<UploadRowsQuery>,
) -> Result<Json<UploadRows>, ApiError> {
    let limit = crud::page_size(Some(query.limit.unwrap_or(100)))?;
    let upload = find(&app, &scope, id).await?.value;
    let rows: Vec<&domain::UploadRow> =
        upload.rows.iter().filter(|row| !query.bad || row.refusal.is_some()).collect();
    let total = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    let offset = usize::try_from(query.offset).unwrap_or(usize::MAX);
    let rows: Vec<&domain::UploadRow> = rows.into_iter().skip(offset).take(limit).collect();
    let ids: Vec<_> = rows.iter().filter_map(|row| row.taken).collect();
    let mut entries = HashMap::new();
    // Without the log the rest is shown, and verdicts when it is back.
    if let Some(warehouse) = app.warehouse().filter(|_| !ids.is_empty()) {
        let selection = ReplaySelection { ids, ..ReplaySelection::default() };
        let as_of = app.now().plus_ms(CLOCKS_APART_MS);
        let found = warehouse.list_for_replay(&scope, (&selection, as_of), None, 500).await;
        for entry in counted(found)? {
            entries.insert((entry.raw.journal.get(), entry.raw.seq), entry);
        }
    }
    let shown = |row: &domain::UploadRow| {
        let entry = row.taken.and_then(|id| entries.get(&(id.journal, id.seq)));
        UploadRow::new(row, entry)
    };
    Ok(Json(UploadRows { items: rows.into_iter().map(shown).collect(), total }))
}

/// Takes the good rows of an upload. They become received postbacks and are judged like any other; said again, it changes nothing.
#[utoipa::path(post, path = "/postbacks/uploads/{id}/take", tag = "logs", params(("id" = EventId, Path)),
    responses((status = 200, body = Upload)), extensions(("x-role" = json!("editor"))))]
pub async fn take_upload(
    State(app): State<App>,
    CanEdit(scope): CanEdit,
    PathId(id): PathId<ConversionId>,
) -> Result<Json<Upload>, ApiError> {
    for _ in 0..TRIES_MAX {
        let found = find(&app, &scope, id).await?;
        if matches!(found.value.state, UploadState::Taking | UploadState::Done) {
            return Ok(Json(found.into()));
        }
        let taking = PostbackUpload { state: UploadState::Taking, ..found.value };
        let keys = keys(&taking);
        match app.catalog().uploads().replace(&scope, (id, found.version), &keys, &taking).await {
            Ok(stored) => return Ok(Json(stored.into())),
            Err(signalbox_catalog::Error::VersionMismatch { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Problem::stale().into())
}

/// Gives requests that belong to nobody to a network, as if they had come with its key. Only for admins of the instance, as they alone see
/// them.
#[utoipa::path(post, path = "/postbacks/strays/assign", tag = "logs", request_body = StrayAssignment,
    responses((status = 201, body = Upload)), extensions(("x-role" = json!("admin"))))]
pub async fn assign_stray_postbacks(
    State(app): State<App>,
    peer: Peer,
    CanAdmin(scope): CanAdmin,
    Input(input): Input<StrayAssignment>,
) -> Result<Created<Upload>, ApiError> {
    of_instance(&app, &scope).await?;
    if !(1..=STRAYS_MAX).contains(&input.ids.len()) {
        let reason = format!("must name 1 to {STRAYS_MAX} requests");
        return Err(Problem::invalid_field("ids", reason).into());
    }
    let strays = app.catalog().live().strays(SYSTEM).await?;
    let by_id: HashMap<String, &StrayPostback> =
        strays.iter().map(|stray| (stray_id(stray), stray)).collect();
    let mut rows = Vec::with_capacity(input.ids.len());
    for (index, (number, id)) in (1_u32..).zip(&input.ids).enumerate() {
        let row = by_id.get(id).ok_or("is no longer kept").and_then(|stray| row_of(number, id, stray));
        rows.push(row.map_err(|reason| {
            Invalid(vec![FieldError { field: format!("ids[{index}]"), reason: reason.to_owned() }])
        })?);
    }
    // In the order in which they came.
    rows.sort_by_key(|row| row.sender.as_ref().map(|sender| sender.at));
    let about = (UploadOrigin::Strays, UploadState::Taking, rows);
    let upload = new(&app, &scope, (input.network_id, peer.address), about);
    Ok(Created(keep(&app, &scope, upload).await?.into()))
}

fn row_of(number: u32, id: &str, stray: &StrayPostback) -> Result<domain::UploadRow, &'static str> {
    if !stray.is_whole() {
        return Err("could not be read as a whole, so that it cannot be judged");
    }
    let sender = RowSender {
        at: stray.at,
        method: stray.method.clone(),
        ip: stray.ip.parse().map_err(|_| "has no address")?,
        user_agent: stray.user_agent.clone(),
        stray: id.to_owned(),
    };
    Ok(domain::UploadRow { sender: Some(sender), ..domain::UploadRow::new(number, stray.query.clone()) })
}

pub(super) fn new(
    app: &App,
    scope: &Scope,
    (network, ip): (domain::AffiliateNetworkId, IpAddr),
    (origin, state, rows): (UploadOrigin, UploadState, Vec<domain::UploadRow>),
) -> PostbackUpload {
    PostbackUpload {
        created_by: scope.actor,
        created_at: app.now(),
        ip,
        network,
        origin,
        state,
        checked: false,
        rows,
        finished_at: None,
        lease: None,
    }
}

/// Leaves an upload to postback-service.
pub(super) async fn keep(
    app: &App,
    scope: &Scope,
    upload: PostbackUpload,
) -> Result<Stored<PostbackUpload>, ApiError> {
    if upload.origin != UploadOrigin::Hand
        && app.catalog().affiliate_networks().find(scope, upload.network).await?.is_none()
    {
        return Err(Problem::invalid_field("network_id", "is no network of this workspace").into());
    }
    let pending =
        app.catalog().uploads().list_pending::<PostbackUpload>(SYSTEM, &PageRequest::largest()).await?;
    let open = pending.items.into_iter().filter(|it| it.workspace == scope.workspace).count();
    if open >= RUNNING_MAX {
        let detail = format!("{RUNNING_MAX} uploads are under way already; wait for one");
        return Err(Problem::new(StatusCode::CONFLICT, "too_many_running", detail).into());
    }
    let id = ConversionId::new(upload.created_at, rand::random());
    Ok(app.catalog().uploads().insert(scope, id, &keys(&upload), &upload).await?)
}

fn keys(upload: &PostbackUpload) -> RecordKeys {
    let pending = upload.is_open().then_some(upload.created_at);
    RecordKeys { click: upload.looked_up_by(), at: upload.created_at, pending }
}

/// The latest uploads of requests that belonged to nobody, oldest first.
pub(super) async fn of_strays(app: &App, scope: &Scope) -> Result<Vec<PostbackUpload>, ApiError> {
    let page = PageRequest { newest_first: true, ..PageRequest::largest() };
    let found = app.catalog().uploads().list_by_click(scope, ClickId::NONE, &page).await?;
    Ok(found.items.into_iter().rev().map(|it| it.value).collect())
}

async fn find(app: &App, scope: &Scope, id: ConversionId) -> Result<Stored<PostbackUpload>, ApiError> {
    let found = app.catalog().uploads().find::<PostbackUpload>(scope, id).await?;
    Ok(found.ok_or_else(|| Problem::not_found("upload"))?)
}
