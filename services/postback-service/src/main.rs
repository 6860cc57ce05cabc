//! postback-service as a process of its own, for many machines; `signalbox run` hosts it together with the others.

use clap::Parser;
use postback_service::connect::{Address, connect_in_background};
use signalbox_catalog::{Catalog, Vault};
use signalbox_chassis::{
    data_dir::Format,
    process::{Context, Process},
    settings::{Settings, WarehouseUrl},
    shutdown::Phase,
};
use std::{error::Error, path::PathBuf, process::ExitCode};

/// Takes conversions in, tells others, writes events.
#[derive(Parser)]
#[command(name = "postback-service", version)]
struct Arguments {
    /// Configuration file.
    #[arg(long, env = "SIGNALBOX_CONFIG")]
    config: Option<PathBuf>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let process = Process {
        name: "postback-service",
        data_format: Some(Format { version: 1, upgrades: &[] }),
        health: |settings| ("postback.health_listen", settings.postback.health_listen),
        front: Some(|_| std::thread::available_parallelism().map_or(1, usize::from)),
    };
    process.run(Settings::load(arguments.config.as_deref()), start)
}

async fn start(context: Context) -> Result<postback_service::Running, Box<dyn Error>> {
    let Context { settings, shutdown, readiness, front } = context;
    let WarehouseUrl::Http(server) = &settings.warehouse.url else {
        return Err(
            "warehouse.url must be http://… here: only `signalbox run` brings the embedded engine".into()
        );
    };
    let warehouse = connect_in_background(
        Address {
            url: server.base_url.clone(),
            database: settings.warehouse.database_name().to_owned(),
            user: server.user.clone().unwrap_or_else(|| "default".to_owned()),
            password: server
                .password
                .as_ref()
                .map(|password| password.expose().to_owned())
                .unwrap_or_default(),
        },
        &shutdown,
    );
    let journals = postback_service::journal::open(&settings.journal)?;
    for journal in [&journals.postbacks, &journals.facts] {
        let stop = shutdown.token(Phase::Flush);
        tokio::spawn(signalbox_events::watch(journal.clone(), stop.cancelled_owned()));
    }
    let secret_key = settings.catalog.secret_key.as_ref().map(|key| *key.expose());
    let vault = Vault::find(secret_key, &settings.secret_key_path(), settings.catalog.is_local())?;
    let deps = postback_service::Deps {
        catalog: Catalog::open(&settings.catalog.url.store_url()).await?.with_vault(vault),
        warehouse,
        source: postback_service::journal::source(&settings.journal, &journals, None)?,
        own_clicks: None,
        postbacks: journals.postbacks,
        facts: journals.facts,
        node_name: settings.instance.node_name.clone(),
        front,
    };
    Ok(postback_service::start(&settings.postback, deps, &readiness, &shutdown).await?)
}
