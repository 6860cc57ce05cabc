//! The socket in the data directory through which a running instance is asked for a backup.
//!
//! One request a connection: a line of JSON with the target, answered by a line of JSON. Only who may enter the data directory can connect.

use super::{Error, copy};
use postback_service::WriterGate;
use serde::{Deserialize, Serialize};
use signalbox_catalog::Catalog;
use signalbox_chassis::{
    settings::Settings,
    shutdown::{Phase, Shutdown},
};
use signalbox_warehouse::Warehouse;
use std::{
    fs,
    io::{self, BufRead, BufReader, Write},
    os::{fd::AsRawFd, unix::net::UnixStream},
    path::{Path, PathBuf},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt},
    net::UnixListener,
    sync::watch,
};

/// Name of the socket.
const SOCKET: &str = "control.sock";

#[derive(Debug, Serialize, Deserialize)]
struct Request {
    backup: PathBuf,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    Bytes(u64),
    Error(String),
}

/// What a backup of a running instance needs.
pub struct Control {
    /// The settings of the instance.
    pub settings: Settings,
    /// Configuration and state.
    pub catalog: Catalog,
    /// Holds the writers still.
    pub writers: WriterGate,
    /// ClickHouse.
    pub warehouse: watch::Receiver<Option<Warehouse>>,
}

/// The socket's place under a name that is short however long that of the data directory is, as long as the file is open: the address of
/// a socket has 108 bytes at most.
fn address(data_dir: &Path) -> io::Result<(fs::File, PathBuf)> {
    let dir = fs::File::open(data_dir)?;
    let by_number = PathBuf::from(format!("/proc/self/fd/{}", dir.as_raw_fd()));
    let named = if by_number.is_dir() { by_number } else { data_dir.to_owned() };
    Ok((dir, named.join(SOCKET)))
}

/// Asks the instance that runs in `data_dir`; `None` when none runs.
pub(super) fn ask(data_dir: &Path, target: &Path) -> Result<Option<u64>, Error> {
    let path = data_dir.join(SOCKET);
    let connected = address(data_dir).and_then(|(_dir, address)| UnixStream::connect(address));
    let Ok(mut stream) = connected else { return Ok(None) };
    let request = Request { backup: target.to_owned() };
    let mut line = serde_json::to_string(&request).map_err(io::Error::from).map_err(Error::file(&path))?;
    line.push('\n');
    stream.write_all(line.as_bytes()).map_err(Error::file(&path))?;
    let mut answer = String::new();
    BufReader::new(stream).read_line(&mut answer).map_err(Error::file(&path))?;
    match serde_json::from_str(&answer) {
        Ok(Answer::Bytes(bytes)) => Ok(Some(bytes)),
        Ok(Answer::Error(reason)) => Err(Error::Refused(reason)),
        Err(_) => Err(Error::Refused("it ended before the backup was complete".to_owned())),
    }
}

/// Answers requests until the process stops.
///
/// # Errors
/// When the socket cannot be made.
pub fn serve(control: Control, shutdown: &Shutdown) -> io::Result<()> {
    let listener = listen(&control.settings.instance.data_dir)?;
    let stop = shutdown.token(Phase::Drain);
    tokio::spawn(async move {
        loop {
            let stream = tokio::select! {
                () = stop.cancelled() => return,
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => stream,
                    Err(error) => {
                        tracing::warn!(%error, "the control socket cannot accept");
                        continue;
                    }
                },
            };
            // One at a time: a second backup waits for the first.
            if let Err(error) = answer(&control, stream).await {
                tracing::warn!(%error, "a control request broke off");
            }
        }
    });
    Ok(())
}

fn listen(data_dir: &Path) -> io::Result<UnixListener> {
    let (_dir, address) = address(data_dir)?;
    match fs::remove_file(&address) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    UnixListener::bind(address)
}

async fn answer(control: &Control, stream: tokio::net::UnixStream) -> io::Result<()> {
    let (reader, mut writer) = stream.into_split();
    let line = tokio::io::BufReader::new(reader).lines().next_line().await?.unwrap_or_default();
    let answer = match serde_json::from_str::<Request>(&line) {
        Ok(request) => match control.backup(&request.backup).await {
            Ok(bytes) => Answer::Bytes(bytes),
            Err(error) => Answer::Error(error.to_string()),
        },
        Err(error) => Answer::Error(format!("not a request: {error}")),
    };
    let mut line = serde_json::to_string(&answer)?;
    line.push('\n');
    writer.write_all(line.as_bytes()).await
}

impl Control {
    async fn backup(&self, target: &Path) -> Result<u64, Error> {
        if target.exists() {
            return Err(Error::Exists(target.to_owned()));
        }
        tracing::info!(target = %target.display(), "backup begins");
        let partial = copy::partial_of(target);
        copy::start(&partial)?;
        let filled = self.fill(&partial).await;
        let done = copy::finish(&partial, target, filled);
        tracing::info!(complete = done.is_ok(), "backup ends");
        done
    }

    async fn fill(&self, partial: &Path) -> Result<u64, Error> {
        let data_dir = self.settings.instance.data_dir.clone();
        let mut bytes = {
            let _still = self.writers.pause().await;
            let warehouse = self.warehouse.borrow().clone();
            if let Some(warehouse) = &warehouse {
                warehouse.stop_merges().await.map_err(|error| Error::Refused(error.to_string()))?;
            }
            let copied = self.copy_stores(partial).await;
            if let Some(warehouse) = &warehouse
                && let Err(error) = warehouse.start_merges().await
            {
                tracing::error!(%error, "merges could not be started again; a restart does it");
            }
            copied?
        };
        // The memory of visitors first, then the journals that it counts from.
        for (folder, name) in
            [(data_dir.join("traffic"), "traffic"), (self.settings.journal.dir.clone(), "journal")]
        {
            bytes += copy_folder(folder, partial.join(name)).await?;
        }
        bytes += copy_folder_if(data_dir, partial.to_owned(), |path| {
            path == Path::new("VERSION") || path == Path::new("secret.key")
        })
        .await?;
        Ok(bytes)
    }

    /// Catalog and ClickHouse as they stand together.
    async fn copy_stores(&self, partial: &Path) -> Result<u64, Error> {
        let refused = |error: signalbox_catalog::Error| Error::Refused(error.to_string());
        let report =
            self.catalog.store().backup_to(&partial.join("catalog.sqlite3")).await.map_err(refused)?;
        Ok(report.bytes
            + copy_folder(self.settings.warehouse.data_dir.clone(), partial.join("clickhouse")).await?)
    }
}

async fn copy_folder(from: PathBuf, to: PathBuf) -> Result<u64, Error> {
    copy_folder_if(from, to, |_| true).await
}

async fn copy_folder_if(from: PathBuf, to: PathBuf, wanted: fn(&Path) -> bool) -> Result<u64, Error> {
    let failed = to.clone();
    let copied = tokio::task::spawn_blocking(move || copy::tree(&from, &to, &wanted)).await;
    copied.map_err(|error| Error::File { path: failed, source: io::Error::other(error) })?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_name_of_the_data_directory_may_be_long() {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path().join("d".repeat(120));
        fs::create_dir(&dir).unwrap();
        for _ in 0..2 {
            // The second time, the socket of a process that ended is still there.
            let listener = listen(&dir).unwrap();
            assert!(dir.join(SOCKET).exists());
            let (_open, address) = address(&dir).unwrap();
            let (asked, answered) =
                tokio::join!(tokio::net::UnixStream::connect(&address), listener.accept());
            asked.unwrap();
            answered.unwrap();
        }
    }
}
