//! api-service as a process of its own, for many machines; `signalbox run` hosts it together with the others.

use clap::Parser;
use signalbox_catalog::{Catalog, Vault};
use signalbox_chassis::{
    process::{Context, Process},
    settings::{Settings, WarehouseUrl},
};
use signalbox_detect::Detector;
use std::{error::Error, path::PathBuf, process::ExitCode};

/// Answers the admin and the API.
#[derive(Parser)]
#[command(name = "api-service", version)]
struct Arguments {
    /// Configuration file.
    #[arg(long, env = "SIGNALBOX_CONFIG")]
    config: Option<PathBuf>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let process = Process {
        name: "api-service",
        data_format: None,
        health: |settings| ("api.health_listen", settings.api.health_listen),
        front: None,
    };
    process.run(Settings::load(arguments.config.as_deref()), start)
}

async fn start(context: Context) -> Result<api_service::Running, Box<dyn Error>> {
    let Context { settings, shutdown, readiness, .. } = context;
    let WarehouseUrl::Http(server) = &settings.warehouse.url else {
        return Err(
            "warehouse.url must be http://… here: only `signalbox run` brings the embedded engine".into()
        );
    };
    let secret_key = settings.catalog.secret_key.as_ref().map(|key| *key.expose());
    let vault = Vault::find(secret_key, &settings.secret_key_path(), settings.catalog.is_local())?;
    let deps = api_service::Deps {
        catalog: Catalog::open(&settings.catalog.url.store_url()).await?.with_vault(vault),
        warehouse: api_service::connect(server, settings.warehouse.database_name(), &shutdown),
        detector: Detector::start(&settings),
        allow_private: settings.postback.delivery_allow_private.clone(),
        landings_dir: settings.traffic.landings_dir.clone(),
        traffic_url: settings.traffic.public_base(settings.traffic.listen.port()),
        postback_url: settings.postback.public_base(settings.postback.listen.port()),
    };
    let running = api_service::start(&settings.api, deps, &readiness, &shutdown).await?;
    tracing::info!(url = running.url, "admin and API answer");
    if let Some(link) = &running.setup_url {
        // To whoever started the process, not into the log.
        eprintln!("\nOpen this link to create the first user:\n\n    {link}\n");
    }
    Ok(running)
}
