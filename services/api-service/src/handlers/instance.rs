//! `/instance` and `/vocabulary`: what the instance says about itself, and the words that forms offer.

use super::prelude::*;
use crate::{
    types::{GeoInfo, Instance, InstanceUrls, Part, PartState, Vocabulary},
    vocabulary,
};
use std::{fmt::Display, future::Future, time::Duration};

/// A part that does not answer within this time is held to be unavailable.
const ANSWER_MAX: Duration = Duration::from_secs(2);

/// Returns version, addresses and the state of the parts.
#[utoipa::path(get, path = "/instance", tag = "instance", responses((status = 200, body = Instance)),
    extensions(("x-role" = json!("viewer"))))]
pub async fn get_instance(
    State(app): State<App>,
    CanRead(_scope): CanRead,
) -> Result<Json<Instance>, ApiError> {
    let catalog = probe("catalog", app.catalog().store().ping());
    let warehouse = async {
        match app.warehouse() {
            Some(warehouse) => probe("warehouse", warehouse.ping()).await,
            None => part("warehouse", PartState::Unavailable, "is starting or cannot be reached"),
        }
    };
    let (catalog, warehouse) = tokio::join!(catalog, warehouse);
    let attribution = app.geo().attribution();
    let geo = match app.geo().is_available() {
        true => part("geo", PartState::Ready, "addresses are looked up"),
        false => part("geo", PartState::Absent, "no database: the country of visitors is unknown"),
    };
    let urls = app.urls().clone();
    Ok(Json(Instance {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        urls: InstanceUrls { admin: urls.admin, traffic: urls.traffic, postback: urls.postback },
        geo: GeoInfo { available: app.geo().is_available(), attribution },
        parts: vec![catalog, warehouse, geo],
    }))
}

async fn probe<E: Display>(name: &str, answer: impl Future<Output = Result<(), E>>) -> Part {
    match tokio::time::timeout(ANSWER_MAX, answer).await {
        Ok(Ok(())) => part(name, PartState::Ready, "answers"),
        Ok(Err(error)) => {
            // The text may hold addresses of the inside, so it goes to the log only.
            tracing::warn!(part = name, %error, "a part does not work");
            part(name, PartState::Unavailable, "answers with an error; the log says which")
        }
        Err(_) => part(name, PartState::Unavailable, "does not answer"),
    }
}

fn part(name: &str, state: PartState, detail: &str) -> Part {
    Part { name: name.to_owned(), state, detail: detail.to_owned() }
}

/// Returns the words that forms offer: criteria, roles of parameters, statuses, macros, timezones.
#[utoipa::path(get, path = "/vocabulary", tag = "instance", responses((status = 200, body = Vocabulary)),
    extensions(("x-role" = json!("viewer"))))]
pub async fn get_vocabulary(CanRead(_scope): CanRead) -> Json<Vocabulary> {
    Json(vocabulary::vocabulary())
}
