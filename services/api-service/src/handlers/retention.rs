//! `/retention`: how long single events are kept.

use super::prelude::*;
use crate::{
    retention::RetentionState,
    types::{Retention, RetentionInput},
};
use signalbox_catalog::JobKind;
use signalbox_domain::{self as domain, Scope};

/// Returns how long single events of the workspace are kept, and what was last deleted.
#[utoipa::path(get, path = "/retention", tag = "workspaces", responses((status = 200, body = Retention)),
    extensions(("x-role" = json!("viewer"))))]
pub async fn get_retention(
    State(app): State<App>,
    CanRead(scope): CanRead,
) -> Result<Json<Retention>, ApiError> {
    shown(&app, &scope).await.map(Json)
}

/// Says how long single events of the workspace are kept. What is older is deleted within a minute, and every day from then on; it
/// cannot be brought back. Reports do not change.
#[utoipa::path(put, path = "/retention", tag = "workspaces", request_body = RetentionInput, responses((status = 200, body = Retention)),
    extensions(("x-role" = json!("admin"))))]
pub async fn replace_retention(
    State(app): State<App>,
    CanAdmin(scope): CanAdmin,
    Input(input): Input<RetentionInput>,
) -> Result<Json<Retention>, ApiError> {
    let value = domain::Retention {
        id: scope.workspace,
        clicks_days: input.clicks_days,
        bots_days: input.bots_days,
        conversions_days: input.conversions_days,
        postbacks_days: input.postbacks_days,
        deliveries_days: input.deliveries_days,
        dead_letters_days: input.dead_letters_days,
    };
    value.validate()?;
    match crud::required_version(input.version)? {
        0 => app.catalog().retention().create(&scope, value).await.map(drop).map_err(stale_when_there)?,
        version => drop(app.catalog().retention().update(&scope, version, value).await?),
    }
    shown(&app, &scope).await.map(Json)
}

/// Somebody else was the first to say so.
fn stale_when_there(error: signalbox_catalog::Error) -> ApiError {
    match error {
        signalbox_catalog::Error::Conflict { .. } => signalbox_chassis::problem::Problem::stale().into(),
        other => other.into(),
    }
}

async fn shown(app: &App, scope: &Scope) -> Result<Retention, ApiError> {
    let found = app.catalog().retention().find(scope, scope.workspace).await?;
    let id = scope.workspace.to_string();
    let (state, _) = app.catalog().jobs().find::<RetentionState>(scope, (JobKind::Retention, &id)).await?;
    let version = found.as_ref().map_or(0, |stored| stored.version);
    let value = found.map_or_else(|| domain::Retention::everything(scope.workspace), |stored| stored.value);
    Ok(Retention {
        version,
        clicks_days: value.clicks_days,
        bots_days: value.bots_days,
        conversions_days: value.conversions_days,
        postbacks_days: value.postbacks_days,
        deliveries_days: value.deliveries_days,
        dead_letters_days: value.dead_letters_days,
        last_run_at: (state.ran_at.0 != 0).then(|| state.ran_at.into()),
        last_deleted: state.deleted,
    })
}
