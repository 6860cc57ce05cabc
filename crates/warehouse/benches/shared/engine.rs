//! The real engine in a process of its own, and a place for the writer's cursors.

use async_trait::async_trait;
use signalbox_embedded_clickhouse::{Handle, State, Supervisor, SupervisorConfig};
use signalbox_events::JournalId;
use signalbox_warehouse::{Cursor, CursorError, CursorStore};
use std::collections::HashMap;
use std::path::Path;
use std::sync::Mutex;

/// The engine in a process of its own.
pub struct Engine {
    handle: Handle,
    pub url: String,
    pub password: String,
    pub pid: u32,
}

impl Engine {
    /// With what is in the folder, or without.
    pub async fn start(data: &Path, goes_on: bool) -> Self {
        if !goes_on {
            let _none_yet = std::fs::remove_dir_all(data);
        }
        let mut config = SupervisorConfig::new(std::env::current_exe().unwrap(), data);
        config.args = vec!["embedded-clickhouse".into()];
        let handle = Supervisor::start(config).await.unwrap_or_else(|error| panic!("{error}"));
        let mut state = handle.state();
        let pid = loop {
            if let State::Ready { pid } = *state.borrow_and_update() {
                break pid;
            }
            state.changed().await.unwrap();
        };
        let (url, password) = (handle.base_url(), handle.password().unwrap_or_default().to_owned());
        Self { handle, url, password, pid }
    }

    pub fn client(&self) -> clickhouse::Client {
        let client = clickhouse::Client::default().with_url(&self.url).with_user("default");
        client.with_password(&self.password).with_database("bench")
    }

    /// Until nothing is merged any more.
    pub async fn merged(&self) {
        let sql = "SELECT count() FROM system.merges";
        while self.client().query(sql).fetch_one::<u64>().await.unwrap() > 0 {
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    }

    pub async fn stop(self) {
        self.handle.stop().await;
    }
}

/// Cursors in memory.
#[derive(Default)]
pub struct Cursors {
    stored: Mutex<HashMap<JournalId, Cursor>>,
}

#[async_trait]
impl CursorStore for Cursors {
    async fn load(&self, journal: JournalId) -> Result<Option<Cursor>, CursorError> {
        Ok(self.stored.lock().unwrap().get(&journal).cloned())
    }

    async fn compare_and_set(&self, expected: Option<&Cursor>, new: &Cursor) -> Result<bool, CursorError> {
        let mut stored = self.stored.lock().unwrap();
        if stored.get(&new.journal) != expected {
            return Ok(false);
        }
        stored.insert(new.journal, new.clone());
        Ok(true)
    }
}
