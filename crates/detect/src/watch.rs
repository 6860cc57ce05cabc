//! Looks at the files every few seconds, on a thread of its own, and says what it found: log lines and metrics.

use crate::{Change, Detector};
use metrics::{Unit, counter, describe_counter, describe_gauge, gauge};
use std::{
    sync::{
        Arc, Weak,
        mpsc::{self, RecvTimeoutError, Sender},
    },
    thread,
    time::{Duration, SystemTime},
};

const AGE: &str = "detection_data_age_seconds";
const BYTES: &str = "detection_data_bytes";
const FILES: &str = "detection_data_files";
const CHANGES: &str = "detection_data_changes_total";

/// Writes the help texts.
pub(crate) fn describe() {
    describe_gauge!(
        AGE,
        Unit::Seconds,
        "Time since the oldest file of a kind was built (databases) or written (lists), by data"
    );
    describe_gauge!(BYTES, Unit::Bytes, "Size of the files in use, by data");
    describe_gauge!(FILES, "Files in use, by data");
    describe_counter!(CHANGES, "Files taken into use, given up or refused while running, by data and change");
}

/// Starts the thread. It ends when what is returned is dropped, or the detector is.
pub(crate) fn start(detector: &Arc<Detector>, every: Duration) -> Option<Sender<()>> {
    let (stop, stopped) = mpsc::channel();
    let watched = Arc::downgrade(detector);
    let work = move || {
        while stopped.recv_timeout(every) == Err(RecvTimeoutError::Timeout) {
            if look(&watched).is_none() {
                break;
            }
        }
    };
    let thread = thread::Builder::new().name("detect-files".to_owned()).spawn(work);
    let thread = thread.inspect_err(|error| {
        tracing::warn!(%error, "files of detection are not watched: changes are used after a restart");
    });
    thread.is_ok().then_some(stop)
}

fn look(watched: &Weak<Detector>) -> Option<()> {
    let detector = watched.upgrade()?;
    let changes = detector.refresh();
    for change in &changes {
        let (kind, what) = match change {
            Change::Loaded { kind, path } => {
                tracing::info!(data = kind.as_str(), path = %path.display(), "new data of detection are in use");
                (kind, "loaded")
            }
            Change::Removed { kind, path } => {
                tracing::info!(data = kind.as_str(), path = %path.display(), "data of detection are out of use");
                (kind, "removed")
            }
            Change::Refused { kind, warning } => {
                tracing::warn!(data = kind.as_str(), %warning, "data of detection");
                (kind, "refused")
            }
        };
        counter!(CHANGES, "data" => kind.as_str(), "change" => what).increment(1);
    }
    publish(&detector);
    Some(())
}

/// Sets the gauges.
pub(crate) fn publish(detector: &Detector) {
    let now = SystemTime::now();
    for held in detector.held() {
        let data = held.kind.as_str();
        let age = now.duration_since(held.oldest).unwrap_or_default();
        gauge!(AGE, "data" => data).set(age.as_secs_f64());
        gauge!(BYTES, "data" => data).set(held.bytes as f64);
        gauge!(FILES, "data" => data).set(held.files as f64);
    }
}
