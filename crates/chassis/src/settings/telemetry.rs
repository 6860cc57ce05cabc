//! `[telemetry]`: logs.

use serde::Deserialize;
use tracing_subscriber::EnvFilter;

use super::checks::{Checks, Violation};

/// Logs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TelemetrySettings {
    /// A level or a filter such as `info,signalbox_events=debug`.
    pub log: String,
    /// How a line looks.
    pub format: LogFormat,
}

/// How a line of the log looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Pretty on a terminal, JSON otherwise.
    Auto,
    /// One JSON object a line.
    Json,
    /// For people.
    Pretty,
}

impl TelemetrySettings {
    pub(super) fn check(&self) -> Vec<Violation> {
        let mut checks = Checks::of("telemetry");
        if let Err(error) = EnvFilter::try_new(&self.log) {
            checks.require("log", false, || {
                (
                    format!("`{}` is not a log filter: {error}", self.log),
                    "Use error, warn, info, debug or trace, or a filter such as info,signalbox_events=debug."
                        .to_owned(),
                )
            });
        }
        checks.finish()
    }
}
