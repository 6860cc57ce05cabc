//! `[detection]`: what is held to be a machine, and how soon new data are used.

use std::{path::PathBuf, time::Duration};

use ipnet::IpNet;
use serde::Deserialize;

use super::{
    checks::{Checks, Violation},
    values::{needles, networks, optional_path},
};

/// What is held to be a machine, and how soon new data are used.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DetectionSettings {
    /// How often files are looked at for changes, milliseconds.
    pub reload_check_ms: u64,
    /// Networks and autonomous systems of data centres; a file or a folder.
    #[serde(deserialize_with = "optional_path")]
    pub data_center_path: Option<PathBuf>,
    /// Whether a visit from a data centre is a machine.
    pub data_center_bots: DataCenterBots,
    /// Addresses that no later check holds to be machines.
    #[serde(deserialize_with = "networks")]
    pub allow_addresses: Vec<IpNet>,
    /// Texts in user agents that no later check holds to be machines.
    #[serde(deserialize_with = "needles")]
    pub allow_user_agents: Vec<String>,
    /// File with more of both.
    #[serde(deserialize_with = "optional_path")]
    pub allow_path: Option<PathBuf>,
    /// Addresses that are machines.
    #[serde(deserialize_with = "networks")]
    pub deny_addresses: Vec<IpNet>,
    /// Texts in user agents that are machines.
    #[serde(deserialize_with = "needles")]
    pub deny_user_agents: Vec<String>,
    /// File with more of both.
    #[serde(deserialize_with = "optional_path")]
    pub deny_path: Option<PathBuf>,
}

/// Whether a visit from a data centre is a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DataCenterBots {
    /// It is only marked as coming from there.
    Never,
    /// When the request names no language, which every browser does.
    WithoutLanguage,
    /// Always.
    Always,
}

impl DetectionSettings {
    pub(super) fn check(&self) -> Vec<Violation> {
        let mut checks = Checks::of("detection");
        checks.within("reload_check_ms", self.reload_check_ms, 100..=3_600_000);
        checks.finish()
    }

    /// How often files are looked at for changes.
    pub fn reload_check(&self) -> Duration {
        Duration::from_millis(self.reload_check_ms)
    }
}
