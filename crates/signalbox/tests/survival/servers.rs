//! An instance whose servers refuse connections from the start on: it redirects, says what it does without, and catches up.

use crate::{
    EXE,
    visitors::{PATIENCE, Visitors, until_it_says},
};
use signalbox_embedded_clickhouse::{Handle, Password, Supervisor, SupervisorConfig};
use signalbox_testkit::Instance;
use std::{net::TcpListener, path::Path};

/// Nobody listens on port 1 of loopback.
const NO_MONGODB: &str = "mongodb://127.0.0.1:1/signalbox";
const NO_CLICKHOUSE: &str = "http://127.0.0.1:1/signalbox";

/// A ClickHouse server on this port, with its data in this folder.
async fn clickhouse(folder: &Path, port: u16, password: &Password) -> Handle {
    let config = SupervisorConfig {
        args: vec!["embedded-clickhouse".into()],
        port,
        password: Some(password.clone()),
        start_max: PATIENCE,
        ..SupervisorConfig::new(EXE, folder)
    };
    Supervisor::start(config).await.unwrap_or_else(|error| panic!("{error}"))
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clickhouse_server_may_come_later() {
    let (folder, port, password) = (tempfile::tempdir().unwrap(), free_port(), Password::random());
    let url = format!("http://default:{}@127.0.0.1:{port}/signalbox", password.expose());
    let mut instance = Instance::start(EXE, &[("warehouse.url", &url)]).await;
    let mut visitors = Visitors::of(&instance).await;
    let whole = instance.setting("api.health_listen").to_owned();
    visitors.come(&instance, 30).await;
    until_it_says(&whole, 200, &[], &["warehouse"]).await;

    // The same from a later start on.
    instance.stop().await;
    instance.run().await;
    visitors.come(&instance, 30).await;
    until_it_says(&whole, 200, &[], &["warehouse"]).await;

    let engine = clickhouse(folder.path(), port, &password).await;
    visitors.come(&instance, 30).await;
    visitors.are_reported().await;
    until_it_says(&whole, 200, &[], &[]).await;
    instance.stop().await;
    engine.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mongodb_and_clickhouse_may_refuse_at_a_start() {
    let mut instance = Instance::start(EXE, &[]).await;
    let mut visitors = Visitors::of(&instance).await;
    visitors.come(&instance, 30).await;
    instance.stop().await;

    // The servers that the instance is told of refuse; its configuration is on disk.
    let catalog = format!("sqlite:{}", instance.data_dir().join("catalog.sqlite3").display());
    instance.set("catalog.url", NO_MONGODB);
    instance.set("warehouse.url", NO_CLICKHOUSE);
    instance.run().await;
    visitors.come(&instance, 30).await;
    let (traffic, postback, whole) = (
        instance.setting("traffic.health_listen").to_owned(),
        instance.setting("postback.health_listen").to_owned(),
        instance.setting("api.health_listen").to_owned(),
    );
    until_it_says(&traffic, 200, &[], &["catalog"]).await;
    until_it_says(&postback, 503, &["configuration"], &[]).await;
    until_it_says(&whole, 503, &["configuration", "admin"], &["warehouse", "catalog"]).await;
    instance.stop().await;

    instance.set("catalog.url", &catalog);
    instance.set("warehouse.url", "embedded");
    instance.run().await;
    visitors.come(&instance, 30).await;
    visitors.are_reported().await;
    until_it_says(&whole, 200, &[], &[]).await;
    instance.stop().await;
}
