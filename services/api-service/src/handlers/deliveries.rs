//! `/deliveries`: outgoing postbacks that are sent again by hand.

use super::prelude::*;
use crate::types::{DeliveryRef, ResendInput, Resent};
use serde_json::Value;
use signalbox_catalog::{DeliveryState, Error as CatalogError, PageRequest, delivery_id};
use signalbox_chassis::problem::Problem;
use signalbox_domain::{OutputId, Scope};

/// Deliveries that can be named at one time.
const NAMED_MAX: usize = 1_000;
/// Dead deliveries that are queued at one time.
const DEAD_MAX: u32 = 10_000;

/// Sends deliveries again: those named, whether they arrived or were given up, or every dead one of an output. The receiver sees the same
/// `Idempotency-Key` as before.
#[utoipa::path(post, path = "/deliveries/resend", tag = "outputs", request_body = ResendInput,
    responses((status = 200, body = Resent)), extensions(("x-role" = json!("editor"))))]
pub async fn resend_deliveries(
    State(app): State<App>,
    CanEdit(scope): CanEdit,
    Input(input): Input<ResendInput>,
) -> Result<Json<Resent>, ApiError> {
    match (input.deliveries.as_slice(), input.dead_of) {
        ([], Some(output)) => Ok(Json(resend_dead(&app, &scope, output).await?)),
        (named, None) if !named.is_empty() => {
            if named.len() > NAMED_MAX {
                let reason = format!("has {}; {NAMED_MAX} are allowed", named.len());
                return Err(Problem::invalid_field("deliveries", reason).into());
            }
            Ok(Json(resend_named(&app, &scope, named).await?))
        }
        _ => Err(Problem::invalid_field("deliveries", "send either deliveries or dead_of").into()),
    }
}

async fn resend_named(app: &App, scope: &Scope, named: &[DeliveryRef]) -> Result<Resent, ApiError> {
    let mut resent = Resent::default();
    for one in named {
        let id = delivery_id(one.conversion_id, one.output_id, one.revision);
        match app.catalog().deliveries().find::<Value>(scope, &id).await? {
            None => resent.unknown += 1,
            Some(found) if found.value.state == DeliveryState::Queued => resent.waiting += 1,
            Some(_) => requeue(app, scope, &id, &mut resent).await?,
        }
    }
    Ok(resent)
}

async fn resend_dead(app: &App, scope: &Scope, output: OutputId) -> Result<Resent, ApiError> {
    app.catalog().outputs().get(scope, output).await?;
    let mut resent = Resent::default();
    let mut page = PageRequest::largest();
    loop {
        let deliveries = app.catalog().deliveries();
        let listed = deliveries.list::<Value>(scope, Some(DeliveryState::Dead), &page).await?;
        for dead in listed.items.iter().filter(|it| it.value.output_id == output) {
            if resent.queued >= DEAD_MAX {
                resent.more = true;
                return Ok(resent);
            }
            requeue(app, scope, &dead.id, &mut resent).await?;
        }
        match listed.next {
            Some(next) => page.after = Some(next),
            None => return Ok(resent),
        }
    }
}

async fn requeue(app: &App, scope: &Scope, id: &str, resent: &mut Resent) -> Result<(), ApiError> {
    match app.catalog().deliveries().requeue(scope, id, app.now()).await {
        Ok(()) => resent.queued += 1,
        Err(CatalogError::NotFound { .. }) => resent.unknown += 1,
        // Somebody else has just queued it.
        Err(CatalogError::VersionMismatch { .. }) => resent.waiting += 1,
        Err(error) => return Err(error.into()),
    }
    Ok(())
}
