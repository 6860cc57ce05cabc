//! `[instance]`: what is true for the whole process.

use std::{path::PathBuf, time::Duration};

use serde::Deserialize;

use super::{
    checks::{Checks, Violation},
    values::is_plain_name,
};

/// What is true for the whole process.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstanceSettings {
    /// Folder of everything this instance keeps; absolute.
    pub data_dir: PathBuf,
    /// Name of this node; the host name when none was given. 1 to 64 characters.
    pub node_name: String,
    /// Milliseconds between "not ready" and refusing connections.
    pub shutdown_notice_ms: u64,
    /// Milliseconds for an orderly stop.
    pub shutdown_timeout_ms: u64,
}

impl InstanceSettings {
    pub(super) fn check(&self) -> Vec<Violation> {
        let mut checks = Checks::of("instance");
        checks
            .not_empty("data_dir", &self.data_dir)
            .require("node_name", is_plain_name(&self.node_name, 64), || {
                (
                    format!("`{}` is not a node name", self.node_name),
                    "Use 1 to 64 of A-Z a-z 0-9 . _ - or leave it empty for the host name.".to_owned(),
                )
            })
            .within("shutdown_notice_ms", self.shutdown_notice_ms, 0..=300_000)
            .within("shutdown_timeout_ms", self.shutdown_timeout_ms, 100..=600_000);
        checks.finish()
    }

    /// Time between "not ready" and refusing connections.
    pub fn shutdown_notice(&self) -> Duration {
        Duration::from_millis(self.shutdown_notice_ms)
    }

    /// Time for an orderly stop.
    pub fn shutdown_timeout(&self) -> Duration {
        Duration::from_millis(self.shutdown_timeout_ms)
    }
}

/// The host name, made a plain name.
pub(super) fn host_name() -> String {
    let uname = rustix::system::uname();
    let mut name: String = uname
        .nodename()
        .to_string_lossy()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-') { c } else { '-' })
        .take(64)
        .collect();
    if name.is_empty() {
        name.push_str("node");
    }
    name
}
