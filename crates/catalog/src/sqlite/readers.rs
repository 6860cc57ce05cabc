//! A small pool of read-only connections, used on the runtime's blocking threads.
//! When all are busy a caller waits for one, at most [`WAIT_MAX`]; then it is told `Unavailable`.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::{WAIT_MAX, on_blocking_thread, schema};
use crate::{Error, Result, metrics};

#[derive(Debug)]
pub(super) struct Readers {
    idle: Arc<Mutex<Vec<Connection>>>,
    places: Arc<Semaphore>,
    count: u32,
}

/// A connection on loan: goes back to the pool even when its user panics.
struct Loan {
    connection: Option<Connection>,
    pool: Arc<Mutex<Vec<Connection>>>,
}

impl Readers {
    pub(super) fn open(path: &Path, count: usize) -> Result<Self> {
        let connections: Vec<Connection> =
            (0..count).map(|_| schema::open_for_reading(path)).collect::<Result<_>>()?;
        Ok(Self {
            idle: Arc::new(Mutex::new(connections)),
            places: Arc::new(Semaphore::new(count)),
            count: u32::try_from(count).unwrap_or(u32::MAX),
        })
    }

    /// Runs `work` with a connection.
    pub(super) async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let place = match timeout(WAIT_MAX, Arc::clone(&self.places).acquire_owned()).await {
            Ok(Ok(place)) => place,
            Ok(Err(_closed)) => return Err(Error::unavailable("the catalog is closed")),
            Err(_elapsed) => {
                metrics::refused("readers_busy");
                return Err(Error::unavailable("all catalog readers are busy"));
            }
        };
        let pool = Arc::clone(&self.idle);
        on_blocking_thread(move || {
            let connection = lock(&pool).pop();
            let loan = Loan { connection, pool };
            let result = match &loan.connection {
                Some(connection) => work(connection),
                None => Err(Error::unavailable("the catalog is closed")),
            };
            // The connection must be back before the place is free for the next one.
            drop(loan);
            drop(place);
            result
        })
        .await
    }

    /// Waits for running reads, then closes the connections.
    pub(super) async fn close(&self) {
        let all = timeout(WAIT_MAX, self.places.acquire_many(self.count)).await;
        self.places.close();
        drop(all);
        let connections = std::mem::take(&mut *lock(&self.idle));
        // Closing may be file work, so not here.
        let closed = tokio::task::spawn_blocking(move || drop(connections)).await;
        if let Err(error) = closed {
            tracing::warn!(%error, "closing catalog readers");
        }
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            lock(&self.pool).push(connection);
        }
    }
}

fn lock(pool: &Mutex<Vec<Connection>>) -> std::sync::MutexGuard<'_, Vec<Connection>> {
    pool.lock().unwrap_or_else(PoisonError::into_inner)
}
