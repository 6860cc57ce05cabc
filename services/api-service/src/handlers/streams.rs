//! `/campaigns/{id}/streams`: the streams of a campaign one by one. They live in the campaign, so each write raises its version.

use super::campaigns::Campaigns;
use super::names;
use super::prelude::*;
use crate::types::{CampaignStream, CampaignStreams, StreamOrder, StreamWrite};
use signalbox_catalog::{Error, Stored};
use signalbox_chassis::problem::Problem;
use signalbox_domain::{Campaign, CampaignId, FieldError, Invalid, Scope, Stream, StreamId};

/// Tries of a change that did not name a version.
const TRIES_MAX: usize = 5;

/// Lists the streams of a campaign, in order.
#[utoipa::path(get, path = "/campaigns/{id}/streams", tag = "streams", params(("id" = Id, Path)),
    responses((status = 200, body = CampaignStreams)), extensions(("x-role" = json!("viewer"))))]
pub async fn list_streams(
    State(app): State<App>,
    CanRead(scope): CanRead,
    PathId(id): PathId<CampaignId>,
) -> Result<Json<CampaignStreams>, ApiError> {
    let stored = app.catalog().campaigns().get(&scope, id).await?;
    Ok(Json(streams(stored)))
}

/// Returns a stream.
#[utoipa::path(get, path = "/campaigns/{id}/streams/{stream_id}", tag = "streams",
    params(("id" = Id, Path), ("stream_id" = Id, Path)), responses((status = 200, body = CampaignStream)),
    extensions(("x-role" = json!("viewer"))))]
pub async fn get_stream(
    State(app): State<App>,
    CanRead(scope): CanRead,
    PathIds(id, stream_id): PathIds<CampaignId, StreamId>,
) -> Result<Json<CampaignStream>, ApiError> {
    let stored = app.catalog().campaigns().get(&scope, id).await?;
    one(stored, stream_id).map(Json)
}

/// Adds a stream at the end.
#[utoipa::path(post, path = "/campaigns/{id}/streams", tag = "streams", params(("id" = Id, Path)),
    request_body = StreamWrite, responses((status = 201, body = CampaignStream)), extensions(("x-role" = json!("editor"))))]
pub async fn create_stream(
    State(app): State<App>,
    CanEdit(scope): CanEdit,
    PathId(id): PathId<CampaignId>,
    Input(write): Input<StreamWrite>,
) -> Result<Created<CampaignStream>, ApiError> {
    let mut made = None;
    let stored = change(&app, &scope, id, write.version, |campaign| {
        let stream = write.stream.clone();
        let stream = crate::types::StreamInput { id: None, ..stream };
        let stream = stream.into_domain(campaign.streams.len(), app.now());
        made = Some(stream.id);
        campaign.streams.push(stream);
        Ok(campaign.streams.len() - 1)
    })
    .await?;
    one(stored, made.unwrap_or_default()).map(Created)
}

/// Replaces a stream of a campaign that is still at the given version.
#[utoipa::path(put, path = "/campaigns/{id}/streams/{stream_id}", tag = "streams",
    params(("id" = Id, Path), ("stream_id" = Id, Path)), request_body = StreamWrite,
    responses((status = 200, body = CampaignStream)), extensions(("x-role" = json!("editor"))))]
pub async fn replace_stream(
    State(app): State<App>,
    CanEdit(scope): CanEdit,
    PathIds(id, stream_id): PathIds<CampaignId, StreamId>,
    Input(write): Input<StreamWrite>,
) -> Result<Json<CampaignStream>, ApiError> {
    let version = crud::required_version(write.version)?;
    let stored = change(&app, &scope, id, Some(version), |campaign| {
        let position = position(campaign, stream_id)?;
        let stream = crate::types::StreamInput { id: Some(stream_id), ..write.stream.clone() };
        campaign.streams[position] = stream.into_domain(position, app.now());
        Ok(position)
    })
    .await?;
    one(stored, stream_id).map(Json)
}

/// Deletes a stream.
#[utoipa::path(delete, path = "/campaigns/{id}/streams/{stream_id}", tag = "streams",
    params(("id" = Id, Path), ("stream_id" = Id, Path), DeleteQuery), responses((status = 204)),
    extensions(("x-role" = json!("editor"))))]
pub async fn delete_stream(
    State(app): State<App>,
    CanEdit(scope): CanEdit,
    PathIds(id, stream_id): PathIds<CampaignId, StreamId>,
    ValidQuery(query): ValidQuery<DeleteQuery>,
) -> Result<StatusCode, ApiError> {
    change(&app, &scope, id, query.version, |campaign| {
        let position = position(campaign, stream_id)?;
        campaign.streams.remove(position);
        Ok(position)
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Puts the streams of a campaign in another order.
#[utoipa::path(put, path = "/campaigns/{id}/stream-order", tag = "streams", params(("id" = Id, Path)),
    request_body = StreamOrder, responses((status = 200, body = CampaignStreams)), extensions(("x-role" = json!("editor"))))]
pub async fn reorder_streams(
    State(app): State<App>,
    CanEdit(scope): CanEdit,
    PathId(id): PathId<CampaignId>,
    Input(order): Input<StreamOrder>,
) -> Result<Json<CampaignStreams>, ApiError> {
    let stored = change(&app, &scope, id, Some(order.version), |campaign| {
        let position_of = |stream: &Stream| order.stream_ids.iter().position(|id| *id == stream.id);
        let complete = order.stream_ids.len() == campaign.streams.len()
            && campaign.streams.iter().all(|stream| position_of(stream).is_some());
        if !complete {
            return Err(
                Problem::invalid_field("stream_ids", "must name every stream of the campaign once").into()
            );
        }
        campaign.streams.sort_by_key(|stream| position_of(stream));
        Ok(0)
    })
    .await?;
    Ok(Json(streams(stored)))
}

fn streams(stored: Stored<Campaign>) -> CampaignStreams {
    let streams = stored.value.streams.into_iter().map(Into::into).collect();
    CampaignStreams { version: stored.version, streams }
}

fn one(stored: Stored<Campaign>, id: StreamId) -> Result<CampaignStream, ApiError> {
    let found = stored.value.streams.into_iter().find(|stream| stream.id == id);
    let stream = found.ok_or_else(|| Problem::not_found("stream"))?.into();
    Ok(CampaignStream { version: stored.version, stream })
}

fn position(campaign: &Campaign, id: StreamId) -> Result<usize, ApiError> {
    let found = campaign.streams.iter().position(|stream| stream.id == id);
    found.ok_or_else(|| Problem::not_found("stream").into())
}

/// Changes a campaign that is at `version`, or at whatever version it is. `edit` returns the position of the stream it is about.
async fn change(
    app: &App,
    scope: &Scope,
    id: CampaignId,
    version: Option<u64>,
    mut edit: impl FnMut(&mut Campaign) -> Result<usize, ApiError>,
) -> Result<Stored<Campaign>, ApiError> {
    let repo = app.catalog().campaigns();
    for _ in 0..TRIES_MAX {
        let mut current = repo.get(scope, id).await?;
        if version.is_some_and(|version| version != current.version) {
            break;
        }
        let before = current.value.clone();
        let about = edit(&mut current.value)?;
        let checked = crud::check::<Campaigns>(app, scope, &current.value).await;
        checked.map_err(|error| error.rename_fields(|field| as_sent(field, about)))?;
        names::remember(app, scope, (&before, Some(&current.value))).await?;
        match repo.update(scope, current.version, current.value).await {
            Err(Error::VersionMismatch { .. }) => {}
            Err(Error::Rejected(Invalid(errors))) => {
                let errors = errors
                    .into_iter()
                    .map(|error| FieldError { field: as_sent(&error.field, about), ..error });
                return Err(Invalid(errors.collect()).into());
            }
            outcome => return Ok(outcome?),
        }
    }
    Err(Problem::stale().into())
}

/// `streams[3].name` of the campaign is `stream.name` of what was sent.
fn as_sent(field: &str, position: usize) -> String {
    match field.strip_prefix(&format!("streams[{position}]")) {
        Some(rest) => format!("stream{rest}"),
        None => field.to_owned(),
    }
}
