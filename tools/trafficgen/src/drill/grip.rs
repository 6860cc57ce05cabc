//! Taking a part of an instance away and giving it back, from outside: by the locks that the parts themselves keep, and by a broker of its own.

use super::victims;
use crate::Error;
use rdkafka::{mocking::MockCluster, producer::DefaultProducerContext};
use std::{
    fs::File,
    os::fd::AsRawFd as _,
    path::Path,
    time::{Duration, Instant},
};

/// How long it may take to get hold of a part at work.
const PATIENCE: Duration = Duration::from_secs(60);
/// The topic of clicks.
pub(super) const CLICKS: &str = "signalbox.clicks";
/// Topics and partitions that the product expects (its own choice is 12).
const TOPICS: &[(&str, i32)] =
    &[(CLICKS, 12), ("signalbox.postbacks", 12), ("signalbox.facts", 12), ("signalbox.journals", 1)];

/// Something held; given back when dropped.
pub(super) struct Grip {
    _files: Vec<File>,
}

/// Keeps the analytics engine from starting, and kills the one that runs.
pub(super) async fn hold_engine(data_dir: &Path, instance: Option<u32>) -> Result<Grip, Error> {
    let path = data_dir.join("clickhouse/engine.lock");
    let file = File::options()
        .read(true)
        .write(true)
        .open(&path)
        .map_err(Error::file("cannot open the engine's lock", &path))?;
    let begun = Instant::now();
    // The supervisor starts another one at once, so this is a race that is run until it is won.
    while file.try_lock().is_err() {
        if let Some(pid) = instance {
            victims::kill_engine(pid)?;
        }
        wait(begun, "the engine's lock").await?;
    }
    Ok(Grip { _files: vec![file] })
}

/// Locks the catalog's file as a whole, while nobody has it open: whoever opens it finds it locked.
pub(super) async fn hold_closed_catalog(data_dir: &Path) -> Result<Grip, Error> {
    // SQLite's lock bytes: pending, reserved and 510 shared ones.
    hold(&data_dir.join("catalog.sqlite3"), (0x4000_0000, 512)).await
}

/// Locks the catalog while an instance works with it: nobody can begin to read or write.
pub(super) async fn hold_open_catalog(data_dir: &Path) -> Result<Grip, Error> {
    // In the mode WAL every reader and writer begins with one of these eight bytes of the index file.
    hold(&data_dir.join("catalog.sqlite3-shm"), (120, 8)).await
}

async fn hold(path: &Path, (start, count): (i64, i64)) -> Result<Grip, Error> {
    let file = File::options()
        .read(true)
        .write(true)
        .open(path)
        .map_err(Error::file("cannot open the catalog", path))?;
    let begun = Instant::now();
    for byte in start..start + count {
        while !lock_byte(&file, byte) {
            wait(begun, "the catalog's lock").await?;
        }
    }
    Ok(Grip { _files: vec![file] })
}

/// Tries to lock one byte of a file against every other process.
fn lock_byte(file: &File, byte: i64) -> bool {
    // SAFETY: flock is a plain C struct for which zeros are a value.
    let mut lock: libc::flock = unsafe { std::mem::zeroed() };
    lock.l_type = libc::c_short::try_from(libc::F_WRLCK).unwrap_or_default();
    lock.l_whence = libc::c_short::try_from(libc::SEEK_SET).unwrap_or_default();
    (lock.l_start, lock.l_len) = (byte, 1);
    // SAFETY: the descriptor is open for the length of the call and the struct is valid.
    unsafe { libc::fcntl(file.as_raw_fd(), libc::F_SETLK, &raw const lock) == 0 }
}

async fn wait(begun: Instant, what: &str) -> Result<(), Error> {
    if begun.elapsed() > PATIENCE {
        return Err(Error::Mismatch(format!("{what} cannot be taken")));
    }
    tokio::time::sleep(Duration::from_millis(2)).await;
    Ok(())
}

/// A Kafka broker inside this process.
pub(super) struct Broker(MockCluster<'static, DefaultProducerContext>);

impl Broker {
    pub(super) fn start() -> Result<Self, Error> {
        let failed =
            |error: rdkafka::error::KafkaError| Error::Setup(format!("no broker for the drill: {error}"));
        let cluster = MockCluster::new(1).map_err(failed)?;
        for (topic, partitions) in TOPICS {
            cluster.create_topic(topic, *partitions, 1).map_err(failed)?;
        }
        Ok(Self(cluster))
    }

    /// Where it answers: `host:port`.
    pub(super) fn address(&self) -> String {
        self.0.bootstrap_servers()
    }

    /// What `journal.event_log` takes.
    pub(super) fn url(&self) -> String {
        format!("kafka://{}", self.address())
    }

    /// Partitions of a topic.
    pub(super) fn partitions(topic: &str) -> i32 {
        TOPICS.iter().find(|(name, _)| *name == topic).map_or(0, |(_, partitions)| *partitions)
    }

    /// Closes its connections and takes no new ones.
    pub(super) fn down(&self) -> Result<(), Error> {
        self.0.broker_down(1).map_err(|error| Error::Setup(format!("the broker cannot be stopped: {error}")))
    }

    /// Takes connections again.
    pub(super) fn up(&self) -> Result<(), Error> {
        self.0.broker_up(1).map_err(|error| Error::Setup(format!("the broker cannot be started: {error}")))
    }
}
