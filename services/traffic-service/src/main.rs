//! traffic-service as a process of its own, for many machines; `signalbox run` hosts it together with the others.

use clap::Parser;
use signalbox_catalog::Catalog;
use signalbox_chassis::{
    data_dir::Format,
    process::{Context, Process},
    settings::Settings,
    shutdown::Phase,
};
use signalbox_detect::Detector;
use std::{error::Error, path::PathBuf, process::ExitCode, time::Duration};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What the shipper may take to publish the rest at a stop.
const SHIP_REST: Duration = Duration::from_secs(5);

/// Answers clicks.
#[derive(Parser)]
#[command(name = "traffic-service", version)]
struct Arguments {
    /// Configuration file.
    #[arg(long, env = "SIGNALBOX_CONFIG")]
    config: Option<PathBuf>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let process = Process {
        name: "traffic-service",
        data_format: Some(Format { version: 1, upgrades: &[] }),
        health: |settings| ("traffic.health_listen", settings.traffic.health_listen),
        front: Some(|settings| settings.traffic.worker_threads()),
    };
    process.run(Settings::load(arguments.config.as_deref()), start)
}

async fn start(context: Context) -> Result<traffic_service::Running, Box<dyn Error>> {
    let Context { settings, shutdown, readiness, front } = context;
    let catalog = Catalog::new(signalbox_catalog::open(&settings.catalog.url.store_url()).await?);
    let clicks = traffic_service::journal::open_clicks(&settings.journal)?;
    let received = traffic_service::journal::open_received(&settings.journal)?;
    for journal in received.iter().chain([&clicks]) {
        let Some(shipper) = traffic_service::journal::ship(&settings.journal, journal)? else { continue };
        let guard = shutdown.guard(Phase::Flush, "kafka shipper");
        tokio::spawn(async move {
            guard.begun().await;
            shipper.stop(SHIP_REST).await;
            drop(guard);
        });
    }
    let deps = traffic_service::Deps {
        catalog,
        detector: Detector::start(&settings),
        clicks,
        durability: traffic_service::journal::durability(&settings.journal),
        postbacks: None,
        events: received.clone(),
        received,
        state_dir: settings.instance.data_dir.join("traffic"),
        front,
    };
    Ok(traffic_service::start(&settings.traffic, deps, &readiness, &shutdown).await?)
}
