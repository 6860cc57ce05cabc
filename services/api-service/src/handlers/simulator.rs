//! `/campaigns/{id}/simulate`: what a campaign would do with a made-up click, and why. The same code decides as for real clicks.

use super::prelude::*;
use crate::{
    simulate::{self, Configuration},
    types::{Simulation, SimulationInput},
};
use signalbox_chassis::problem::Problem;
use signalbox_domain::CampaignId;

/// Decides about a made-up click as the campaign is saved now. Nothing is kept.
#[utoipa::path(post, path = "/campaigns/{id}/simulate", tag = "campaigns", params(("id" = Id, Path)),
    request_body = SimulationInput, responses((status = 200, body = Simulation)), extensions(("x-role" = json!("viewer"))))]
pub async fn simulate_click(
    State(app): State<App>,
    CanRead(scope): CanRead,
    PathId(id): PathId<CampaignId>,
    Input(input): Input<SimulationInput>,
) -> Result<Json<Simulation>, ApiError> {
    let click = simulate::Click::new(&input, &app.urls().traffic, app.now())?;
    let configuration = Configuration::load(&app, &scope, id).await?;
    let detector = app.detector();
    // Compiling rules and reading a user agent take a while of computing.
    let run = tokio::task::spawn_blocking(move || simulate::run(&configuration, &detector, &click));
    Ok(Json(run.await.map_err(Problem::internal)??))
}
