//! `/destinations/{id}/landing`: pages that are uploaded as a ZIP archive and served by the tracker.

use super::prelude::*;
use crate::{
    landing_store::{self, StoredLanding},
    types::{Archive, Landing, LandingActivation, LandingFile, LandingLimits, LandingVersion},
};
use axum::{
    body::Bytes,
    extract::{FromRequest as _, Request},
    http::header,
};
use signalbox_chassis::problem::Problem;
use signalbox_domain::{
    Destination, DestinationId, DestinationKind, Scope, Timestamp, hosted_page::content_type,
};
use std::time::Duration;

/// Longest time for an archive to arrive whole.
const UPLOAD_MAX: Duration = Duration::from_secs(50);
/// Media types under which an archive may be sent.
const MEDIA_TYPES: &[&str] = &["application/zip", "application/x-zip-compressed", "application/octet-stream"];

/// Lists what was uploaded for a landing page.
#[utoipa::path(get, path = "/destinations/{id}/landing", tag = "destinations", params(("id" = Id, Path)),
    responses((status = 200, body = Landing)), extensions(("x-role" = json!("viewer"))))]
pub async fn get_landing(
    State(app): State<App>,
    CanRead(scope): CanRead,
    PathId(id): PathId<DestinationId>,
) -> Result<Json<Landing>, ApiError> {
    find(&app, &scope, id).await?;
    let store = app.landings();
    let found = off_thread(move || store.find(id)).await?;
    Ok(Json(landing(&app, id, found)))
}

/// Uploads a landing page: a ZIP archive with `index.html` at the top, or in the one folder at the top. It is served at once; the
/// versions before stay for a while. A page is shown once its destination is `hosted`.
#[utoipa::path(put, path = "/destinations/{id}/landing", tag = "destinations", params(("id" = Id, Path)),
    request_body(content = inline(Archive), content_type = "application/zip"),
    responses((status = 200, body = Landing)), extensions(("x-role" = json!("editor"))))]
pub async fn upload_landing(
    State(app): State<App>,
    CanEdit(scope): CanEdit,
    PathId(id): PathId<DestinationId>,
    request: Request,
) -> Result<Json<Landing>, ApiError> {
    let destination = find(&app, &scope, id).await?;
    if destination.kind != DestinationKind::Landing {
        return Err(
            Problem::invalid_field("kind", "only a destination of kind landing can have a page").into()
        );
    }
    let media = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media = media.and_then(|value| value.split(';').next()).map(str::trim).unwrap_or_default();
    if !MEDIA_TYPES.iter().any(|known| media.eq_ignore_ascii_case(known)) {
        return Err(Problem::unsupported_media_type("application/zip").into());
    }
    // Held until the files lie there: it bounds the memory of all uploads.
    let Ok(_place) = app.uploads().clone().try_acquire_owned() else {
        let detail = "Other landing pages are being uploaded; try again in a moment";
        return Err(Problem::unavailable(detail)
            .with_code("busy")
            .with_retry_after(Duration::from_secs(5))
            .into());
    };
    let zip = read(request).await?;
    let (store, now) = (app.landings(), app.now());
    let made = off_thread(move || store.install(id, &zip, now).map(Some)).await?;
    Ok(Json(landing(&app, id, made)))
}

/// Serves another version of an uploaded landing page that is still kept.
#[utoipa::path(post, path = "/destinations/{id}/landing/activate", tag = "destinations", params(("id" = Id, Path)),
    request_body = LandingActivation, responses((status = 200, body = Landing)), extensions(("x-role" = json!("editor"))))]
pub async fn activate_landing(
    State(app): State<App>,
    CanEdit(scope): CanEdit,
    PathId(id): PathId<DestinationId>,
    Input(wanted): Input<LandingActivation>,
) -> Result<Json<Landing>, ApiError> {
    find(&app, &scope, id).await?;
    let store = app.landings();
    let made = off_thread(move || store.activate(id, &wanted.version).map(Some)).await?;
    Ok(Json(landing(&app, id, made)))
}

/// Deletes what was uploaded for a landing page; refused while its destination is `hosted`.
#[utoipa::path(delete, path = "/destinations/{id}/landing", tag = "destinations", params(("id" = Id, Path)),
    responses((status = 204)), extensions(("x-role" = json!("editor"))))]
pub async fn delete_landing(
    State(app): State<App>,
    CanEdit(scope): CanEdit,
    PathId(id): PathId<DestinationId>,
) -> Result<StatusCode, ApiError> {
    if find(&app, &scope, id).await?.hosted {
        return Err(Problem::invalid_field(
            "hosted",
            "visitors are shown this page: switch hosted off first",
        )
        .into());
    }
    let store = app.landings();
    off_thread(move || store.remove(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Forgets the page of a destination that is gone. What cannot be removed now is only disk space.
pub(super) async fn forget(app: &App, id: DestinationId) {
    let store = app.landings();
    match tokio::task::spawn_blocking(move || store.remove(id)).await {
        Ok(Ok(()) | Err(landing_store::Error::NotFound)) => {}
        Ok(Err(error)) => tracing::warn!(%error, "an uploaded landing page was not removed"),
        Err(error) => tracing::error!(%error, "removing an uploaded landing page ended early"),
    }
}

async fn find(app: &App, scope: &Scope, id: DestinationId) -> Result<Destination, ApiError> {
    Ok(app.catalog().destinations().get(scope, id).await?.value)
}

async fn read(request: Request) -> Result<Bytes, ApiError> {
    let Ok(read) = tokio::time::timeout(UPLOAD_MAX, Bytes::from_request(request, &())).await else {
        let detail = "The archive did not arrive in time";
        return Err(Problem::new(StatusCode::REQUEST_TIMEOUT, "timeout", detail).into());
    };
    read.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::payload_too_large().into(),
        _ => Problem::bad_request("The archive could not be read").into(),
    })
}

/// Runs what waits for the disk where waiting is allowed.
async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, landing_store::Error> + Send + 'static,
) -> Result<T, ApiError> {
    let done = tokio::task::spawn_blocking(work).await.map_err(Problem::internal)?;
    done.map_err(|error| match error {
        landing_store::Error::Archive(reason) => Problem::invalid_field("archive", reason).into(),
        landing_store::Error::NotFound => Problem::not_found("version of a landing page").into(),
        landing_store::Error::Disk(error) => Problem::internal(error).into(),
    })
}

fn landing(app: &App, id: DestinationId, stored: Option<StoredLanding>) -> Landing {
    let limits = *app.landings().limits();
    let limits = LandingLimits {
        archive_bytes_max: limits.archive_bytes_max as u64,
        total_bytes_max: limits.total_bytes_max,
        file_bytes_max: limits.file_bytes_max,
        page_bytes_max: limits.page_bytes_max,
        files_max: limits.files_max as u64,
    };
    let Some(StoredLanding { current, versions, files }) = stored else {
        return Landing {
            destination_id: id,
            current: None,
            versions: Vec::new(),
            files: Vec::new(),
            preview_url: None,
            limits,
        };
    };
    let version = |(version, at): (String, Timestamp)| LandingVersion { version, uploaded_at: at.into() };
    let file = |file: landing_store::StoredFile| LandingFile {
        content_type: content_type(&file.path).unwrap_or("application/octet-stream").to_owned(),
        path: file.path,
        bytes: file.bytes,
    };
    let preview_url = format!("{}/lp/{id}/{current}/index.html", app.urls().traffic);
    Landing {
        destination_id: id,
        current: Some(current),
        versions: versions.into_iter().map(version).collect(),
        files: files.into_iter().map(file).collect(),
        preview_url: Some(preview_url),
        limits,
    }
}
