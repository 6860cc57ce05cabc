//! `/simulate`: what would become of a made-up click, and why. The same code decides as for real clicks.

use super::prelude::*;
use crate::{
    present::Present,
    simulate::{self, Assumed, Configuration, Prepared},
    types::{Simulation, SimulationInput},
};
use signalbox_chassis::problem::Problem;

/// Decides about a made-up click as the campaign is saved now. Nothing is kept and nothing is counted.
#[utoipa::path(post, path = "/simulate", tag = "simulator", request_body = SimulationInput,
    responses((status = 200, body = Simulation)), extensions(("x-role" = json!("viewer"))))]
pub async fn simulate_click(
    State(app): State<App>,
    CanRead(scope): CanRead,
    Input(input): Input<SimulationInput>,
) -> Result<Json<Simulation>, ApiError> {
    let click = simulate::Click::new(&input, &app.urls().traffic, app.now())?;
    let configuration = Configuration::load(&app, &scope, input.campaign_id, &click).await?;
    // Compiling rules and reading a user agent take a while of computing.
    let prepared = tokio::task::spawn_blocking(move || Prepared::new(&configuration));
    let prepared = prepared.await.map_err(Problem::internal)?;
    let present = match input.live {
        true => Present::of_snapshot(app.catalog(), prepared.snapshot()).await?,
        false => Present::default(),
    };
    let detector = app.detector();
    let run = tokio::task::spawn_blocking(move || {
        let assumed = Assumed::new(&input, present, prepared.snapshot(), click.at);
        simulate::run(&prepared, &detector, &click, &assumed)
    });
    Ok(Json(run.await.map_err(Problem::internal)??))
}
