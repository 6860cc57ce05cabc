//! The embedded engine of a place as a process of its own, on the server's core, with a password that only this benchmark knows.

use super::super::{
    place::Place,
    process::{Service, Start},
};
use crate::Error;
use serde::Deserialize;
use std::{net::SocketAddr, time::Duration};

/// The database of the product.
const DATABASE: &str = "signalbox";
/// How long a statement may take.
const PATIENCE: Duration = Duration::from_secs(180);

/// A running engine.
#[derive(Debug)]
pub(super) struct Engine {
    service: Service,
    address: SocketAddr,
    password: String,
    client: reqwest::Client,
}

/// What it says when it is ready.
#[derive(Deserialize)]
struct Ready {
    address: SocketAddr,
}

impl Engine {
    /// Starts it on the data of the place, which no other engine may use at that time.
    pub(super) async fn start(place: &Place<'_>) -> Result<Self, Error> {
        let password = format!("{:032x}", rand::random::<u128>());
        let data = place.data().join("clickhouse").display().to_string();
        let parent = std::process::id().to_string();
        let arguments = ["embedded-clickhouse", "--data", &data, "--parent-pid", &parent].map(str::to_owned);
        let environment = [
            ("SIGNALBOX_EMBEDDED_PASSWORD".to_owned(), password.clone()),
            ("SIGNALBOX_LOG".to_owned(), "warn".to_owned()),
        ];
        let mut service = Service::start(Start {
            program: &place.bench.programs.signalbox,
            arguments: &arguments,
            environment: &environment,
            core: place.bench.cores.server,
            log: &place.file("engine.log"),
        })?;
        let ready = async |service: &Service| {
            let said = service.said();
            said.lines().find_map(|line| serde_json::from_str::<Ready>(line).ok())
        };
        let Ready { address } = service.until(ready).await?;
        let client = reqwest::Client::builder().timeout(PATIENCE).build()?;
        Ok(Self { service, address, password, client })
    }

    /// As the product's settings name a server.
    pub(super) fn url(&self) -> String {
        format!("http://default:{}@{}/{DATABASE}", self.password, self.address)
    }

    /// Runs a statement; its answer.
    ///
    /// # Errors
    /// When the engine refuses, with what it said.
    pub(super) async fn run(&self, statement: &str) -> Result<String, Error> {
        let request = self.client.post(format!("http://{}/", self.address));
        let request = request.query(&[("database", DATABASE)]);
        let request =
            request.header("X-ClickHouse-User", "default").header("X-ClickHouse-Key", &self.password);
        let answer = request.body(statement.to_owned()).send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        if status.is_success() {
            return Ok(text.trim_end().to_owned());
        }
        let said: String = text.chars().take(500).collect();
        Err(Error::Mismatch(format!("the engine refused a statement: {said}")))
    }

    /// Runs a statement that answers with a number.
    ///
    /// # Errors
    /// When it does not.
    pub(super) async fn number(&self, statement: &str) -> Result<u64, Error> {
        let text = self.run(statement).await?;
        // Nothing has happened yet: no row.
        if text.is_empty() {
            return Ok(0);
        }
        text.parse().map_err(|_| Error::Mismatch(format!("{statement} was answered {text}")))
    }

    /// Stops it; running statements may finish.
    pub(super) async fn stop(self) -> Result<(), Error> {
        self.service.stop().await
    }
}
