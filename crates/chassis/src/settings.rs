//! Settings: one documented default (`default.toml`, compiled in) ← an optional file ← the environment.
//!
//! Promises: every problem is found in one go and names the key, where the value came from and what to write instead;
//! an unknown key is refused; a secret is never shown. Never: touches the network, changes the process environment,
//! or guesses a value that was given wrongly.

mod api;
mod catalog;
mod checks;
mod describe;
mod detection;
mod env;
mod error;
mod geo;
mod hints;
mod instance;
mod journal;
mod load;
mod postback;
pub mod reference;
mod resolve;
mod telemetry;
mod traffic;
mod values;
mod warehouse;

#[cfg(test)]
mod tests;

use serde::Deserialize;

pub use self::{
    api::{ApiSettings, CookieSecure},
    catalog::{CatalogSettings, CatalogUrl},
    describe::{Description, SettingValue},
    detection::{DataCenterBots, DetectionSettings},
    error::{SettingsError, SettingsProblem, Source},
    geo::GeoSettings,
    instance::InstanceSettings,
    journal::{Durability, EventLog, JournalSettings, KafkaOption},
    load::Loader,
    postback::PostbackSettings,
    telemetry::{LogFormat, TelemetrySettings},
    traffic::TrafficSettings,
    warehouse::{HttpWarehouse, WarehouseSettings, WarehouseUrl},
};

/// Exit code of a process that was started with settings it cannot run with (`EX_USAGE` of sysexits).
pub const EXIT_CODE: u8 = 64;

/// The whole configuration, checked.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// What is true for the whole process.
    pub instance: InstanceSettings,
    /// Where configuration and state are kept.
    pub catalog: CatalogSettings,
    /// The event log.
    pub journal: JournalSettings,
    /// The analytics database.
    pub warehouse: WarehouseSettings,
    /// Geography of addresses.
    pub geo: GeoSettings,
    /// What is held to be a machine.
    pub detection: DetectionSettings,
    /// Clicks in, redirects out.
    pub traffic: TrafficSettings,
    /// Conversions in, postbacks out.
    pub postback: PostbackSettings,
    /// Admin pages and API.
    pub api: ApiSettings,
    /// Logs.
    pub telemetry: TelemetrySettings,
    /// Text of each value and where it came from, as loaded.
    #[serde(skip)]
    description: Description,
}

impl Settings {
    /// The file of the key that secrets in the catalog are sealed with, when `catalog.secret_key` is not given.
    pub fn secret_key_path(&self) -> std::path::PathBuf {
        self.instance.data_dir.join("secret.key")
    }

    /// A loader with nothing but the defaults; add a file, the environment and single values to it.
    pub fn loader() -> Loader {
        Loader::default()
    }

    /// Default ← `file` (when given) ← this process's environment.
    ///
    /// # Errors
    /// All problems of all sources at once.
    pub fn load(file: Option<&std::path::Path>) -> Result<Self, SettingsError> {
        let mut loader = Self::loader().process_environment();
        if let Some(file) = file {
            loader = loader.file(file);
        }
        loader.load()
    }

    /// The effective configuration as it was loaded: each key with its value and its source, secrets hidden.
    /// Fields that were changed in code afterwards are not reflected.
    pub fn describe(&self) -> &Description {
        &self.description
    }
}

impl Default for Settings {
    /// The documented defaults.
    #[expect(clippy::expect_used, reason = "default.toml is compiled in and a test loads it")]
    fn default() -> Self {
        Self::loader().load().expect("default.toml is valid")
    }
}
