//! Corrections of costs: from a request to rows of the ledger, and what became of them.
//!
//! Promises: a correction is stored before it is made and made once, whatever dies in between: what waits is made by whoever comes
//! next, at the latest by the recovery. Never: makes one that another request of the same key has made.

mod file;
mod recover;
mod store;
mod tool;
mod wish;

pub use self::{
    file::{Campaigns, LINES_MAX, Row, read as read_file, table},
    recover::keep_going,
    tool::{
        OBJECTS as TOOL_OBJECTS, Objects as ToolObjects, Request as ToolRequest, number as tool_number,
        read as read_tool,
    },
    wish::{Wish, convert},
};

use crate::{
    app::App,
    error::{ApiError, reports_unavailable},
    handlers::reports::counted,
};
use axum::http::StatusCode;
use signalbox_catalog::{Error as CatalogError, Stored};
use signalbox_chassis::problem::Problem;
use signalbox_domain::{CostCorrection, CostCorrectionId, CostState, Scope};
use signalbox_warehouse::costs::{CostLedger, CostMode, CostPreview};
use std::sync::Arc;
use store::CatalogCosts;

/// The ledger of corrections.
///
/// # Errors
/// 503 while the analytics database is not there.
pub fn ledger(app: &App) -> Result<CostLedger, ApiError> {
    let warehouse = app.warehouse().ok_or_else(reports_unavailable)?;
    Ok(CostLedger::new(warehouse, Arc::new(CatalogCosts(app.clone()))))
}

/// What a wish would change now.
///
/// # Errors
/// 422 naming the field, 503.
pub async fn preview(app: &App, scope: &Scope, wish: &Wish) -> Result<CostPreview, ApiError> {
    let correction = wish.for_ledger(CostCorrectionId::NONE);
    counted(ledger(app)?.preview(scope, &correction, app.now()).await)
}

/// Stores a wish, or finds the correction that an earlier request of the same key has made.
///
/// # Errors
/// 422 naming the field of what cannot be made; 409 `idempotency_mismatch` when that request asked for something else.
pub async fn keep(app: &App, scope: &Scope, wish: &Wish) -> Result<Stored<CostCorrection>, ApiError> {
    wish.for_ledger(CostCorrectionId::NONE).check(scope, app.now())?;
    let value = wish.to_domain(CostCorrectionId::random(app.now()), scope.actor);
    match app.catalog().costs().create(scope, &value, app.now()).await {
        Err(CatalogError::Conflict { field: "idempotency_key", .. }) => {}
        other => return Ok(other?),
    }
    let key = wish.idempotency_key.as_deref().unwrap_or_default();
    let Some(found) = app.catalog().costs().find_by_key(scope, key).await? else {
        return Err(Problem::stale().into());
    };
    // The rate may have changed since.
    if Wish::of(&found.value) == Some(Wish { converted: found.value.converted, ..wish.clone() }) {
        return Ok(found);
    }
    let detail = "This idempotency key was used for another correction; use a new one";
    Err(Problem::new(StatusCode::CONFLICT, "idempotency_mismatch", detail).into())
}

/// Makes a stored correction unless that was done before; its latest state.
///
/// # Errors
/// 503 when the databases do not answer: it stays waiting and is made later.
pub async fn make(
    app: &App,
    scope: &Scope,
    stored: Stored<CostCorrection>,
) -> Result<Stored<CostCorrection>, ApiError> {
    if stored.value.state != CostState::Waiting {
        return Ok(stored);
    }
    let id = stored.value.id;
    let Some(wish) = Wish::of(&stored.value) else {
        return Err(Problem::internal("a stored correction of costs cannot be read").into());
    };
    let made = counted(ledger(app)?.apply(scope, &wish.for_ledger(id), app.now()).await);
    let latest = find(app, scope, id).await?;
    match &made {
        // What is wrong now stays wrong: nobody is to try again.
        Err(error) if error.code() == "invalid" => {}
        Err(_) => return made.map(|_| latest),
        Ok(Some(_)) => return Ok(latest),
        Ok(None) => {}
    }
    if latest.value.state != CostState::Waiting {
        return Ok(latest);
    }
    let unmatched = CostCorrection { state: CostState::Unmatched, ..latest.value.clone() };
    let marked = match app.catalog().costs().update(scope, latest.version, (&unmatched, app.now())).await {
        Err(CatalogError::VersionMismatch { .. }) => find(app, scope, id).await?,
        other => other?,
    };
    made.map(|_| marked)
}

/// Takes a correction back.
///
/// # Errors
/// 404; 409 `not_applied`; 409 `later_corrections` when others have replaced the cost of its clicks since; 503.
pub async fn undo(
    app: &App,
    scope: &Scope,
    id: CostCorrectionId,
) -> Result<Stored<CostCorrection>, ApiError> {
    let mut found = find(app, scope, id).await?;
    match found.value.state {
        CostState::Applied => {
            let undoing = CostCorrection { state: CostState::Undoing, ..found.value.clone() };
            found = app.catalog().costs().update(scope, found.version, (&undoing, app.now())).await?;
        }
        CostState::Undoing => {}
        CostState::Undone => return Ok(found),
        CostState::Waiting | CostState::Unmatched => {
            let detail = "This correction has changed nothing, so there is nothing to take back";
            return Err(Problem::new(StatusCode::CONFLICT, "not_applied", detail).into());
        }
    }
    let mode = mode_of(&found.value);
    counted(ledger(app)?.undo(scope, (id, mode)).await)?;
    let latest = find(app, scope, id).await?;
    if latest.value.state != CostState::Undoing {
        return Ok(latest);
    }
    // It is still wanted, so the store has refused: later corrections stand on it.
    let again = CostCorrection { state: CostState::Applied, ..latest.value.clone() };
    app.catalog().costs().update(scope, latest.version, (&again, app.now())).await?;
    let detail = "Later corrections have replaced the cost of these clicks; undo those first";
    Err(Problem::new(StatusCode::CONFLICT, "later_corrections", detail).into())
}

/// The correction with this id.
///
/// # Errors
/// 404.
pub async fn find(
    app: &App,
    scope: &Scope,
    id: CostCorrectionId,
) -> Result<Stored<CostCorrection>, ApiError> {
    let found = app.catalog().costs().find(scope, id).await?;
    found.ok_or_else(|| Problem::not_found("cost correction").into())
}

const fn mode_of(value: &CostCorrection) -> CostMode {
    if value.adds { CostMode::Add } else { CostMode::Replace }
}
