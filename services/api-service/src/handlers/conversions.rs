//! `/conversions`: single conversions as they are kept, deleted and restored by hand. What is to be done is left to postback-service, which
//! alone changes conversions.

use super::{prelude::*, uploads};
use crate::{
    app::Peer,
    auth::SYSTEM,
    types::{ByHandTaken, ConversionRecord, ConversionsByHand, EventId, StoredConversion},
};
use signalbox_chassis::problem::Problem;
use signalbox_domain::{
    Actor, AffiliateNetworkId, ApiKeyId, ConversionId, FieldError, Invalid, Scope, UploadOrigin, UploadRow,
    UploadState, User, UserId,
};
use std::collections::{BTreeMap, BTreeSet};
use url::form_urlencoded::Serializer;

/// Conversions of one request.
const IDS_MAX: usize = 1_000;
/// Longest note, characters.
const NOTE_MAX: usize = 200;

/// Returns a conversion: what it is known by, what a repeat does, and what people did to it.
#[utoipa::path(get, path = "/conversions/{id}", tag = "logs", params(("id" = EventId, Path)),
    responses((status = 200, body = ConversionRecord)), extensions(("x-role" = json!("viewer"))))]
pub async fn get_conversion(
    State(app): State<App>,
    CanRead(scope): CanRead,
    PathId(id): PathId<ConversionId>,
) -> Result<Json<ConversionRecord>, ApiError> {
    let found = app.catalog().conversions().find::<StoredConversion>(&scope, id).await?;
    let conversion = found.ok_or_else(|| Problem::not_found("conversion"))?.value;
    let who: BTreeSet<String> = conversion.hands().map(|hand| hand.who.clone()).collect();
    let mut names = BTreeMap::new();
    for text in who {
        let name = name_of(&app, &scope, &text).await?;
        names.insert(text, name);
    }
    Ok(Json(conversion.shown(|who| names.get(who).cloned().unwrap_or_default())))
}

/// Deletes conversions: they count nothing any more, in reports, caps and counters, and can be restored. Their history stays.
#[utoipa::path(post, path = "/conversions/delete", tag = "logs", request_body = ConversionsByHand,
    responses((status = 202, body = ByHandTaken)), extensions(("x-role" = json!("editor"))))]
pub async fn delete_conversions(
    State(app): State<App>,
    peer: Peer,
    CanEdit(scope): CanEdit,
    Input(input): Input<ConversionsByHand>,
) -> Result<(StatusCode, Json<ByHandTaken>), ApiError> {
    leave(&app, &scope, peer, "delete", input).await
}

/// Restores conversions that were deleted: they count as their postbacks say, including those that came meanwhile.
#[utoipa::path(post, path = "/conversions/restore", tag = "logs", request_body = ConversionsByHand,
    responses((status = 202, body = ByHandTaken)), extensions(("x-role" = json!("editor"))))]
pub async fn restore_conversions(
    State(app): State<App>,
    peer: Peer,
    CanEdit(scope): CanEdit,
    Input(input): Input<ConversionsByHand>,
) -> Result<(StatusCode, Json<ByHandTaken>), ApiError> {
    leave(&app, &scope, peer, "restore", input).await
}

async fn leave(
    app: &App,
    scope: &Scope,
    peer: Peer,
    action: &str,
    input: ConversionsByHand,
) -> Result<(StatusCode, Json<ByHandTaken>), ApiError> {
    if !(1..=IDS_MAX).contains(&input.ids.len()) {
        let reason = format!("must name 1 to {IDS_MAX} conversions");
        return Err(Problem::invalid_field("ids", reason).into());
    }
    let note = input.note.trim();
    if note.chars().count() > NOTE_MAX || note.chars().any(char::is_control) {
        let reason = format!("must have at most {NOTE_MAX} characters, on one line");
        return Err(Problem::invalid_field("note", reason).into());
    }
    let mut rows = Vec::with_capacity(input.ids.len());
    for (index, (number, id)) in (1_u32..).zip(&input.ids).enumerate() {
        if app.catalog().conversions().find::<StoredConversion>(scope, *id).await?.is_none() {
            let field = format!("ids[{index}]");
            let reason = "is no conversion of this workspace".to_owned();
            return Err(Invalid(vec![FieldError { field, reason }]).into());
        }
        let mut query = Serializer::new(String::new());
        query.append_pair("conversion", &id.to_string()).append_pair("action", action);
        query.append_pair("by", &text_of(scope.actor));
        if !note.is_empty() {
            query.append_pair("note", note);
        }
        rows.push(UploadRow::new(number, query.finish()));
    }
    let conversions = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    let about = (UploadOrigin::Hand, UploadState::Taking, rows);
    let upload = uploads::new(app, scope, (AffiliateNetworkId::NONE, peer.address), about);
    uploads::keep(app, scope, upload).await?;
    Ok((StatusCode::ACCEPTED, Json(ByHandTaken { conversions })))
}

/// Who acts, as it is noted.
fn text_of(actor: Actor) -> String {
    match actor {
        Actor::User(id) => format!("user:{id}"),
        Actor::ApiKey(id) => format!("api_key:{id}"),
        Actor::System => "system".to_owned(),
    }
}

/// The name of somebody who was noted; what was noted when nobody knows them any more.
async fn name_of(app: &App, scope: &Scope, who: &str) -> Result<String, ApiError> {
    let found = match who.split_once(':') {
        Some(("user", id)) => match id.parse::<UserId>() {
            Ok(id) => app.catalog().users().find(SYSTEM, id).await?.map(|user| user.value).map(called),
            Err(_) => None,
        },
        Some(("api_key", id)) => match id.parse::<ApiKeyId>() {
            Ok(id) => app.catalog().api_keys().find(scope, id).await?.map(|key| key.value.name),
            Err(_) => None,
        },
        _ => None,
    };
    Ok(found.unwrap_or_else(|| who.to_owned()))
}

/// A person's name, or the address they log in with.
fn called(user: User) -> String {
    if user.name.is_empty() { user.email } else { user.name }
}
