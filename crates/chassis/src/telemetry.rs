//! Logs: JSON in production, readable on a terminal; panics are logged; warnings that could flood are limited.
//!
//! Promises: everything goes to standard error, one line an event. Never: logs personal data – callers pass routes, codes
//! and ids of configuration, not addresses, URLs or bodies.

mod limited;

use std::io::{IsTerminal as _, stderr};

use tracing_subscriber::EnvFilter;

pub use self::limited::LogLimit;
use crate::{
    Error,
    metrics::names,
    settings::{LogFormat, TelemetrySettings},
};
#[doc(hidden)]
pub use ::tracing as __tracing;

/// Installs the subscriber of this process and the hook that logs panics. To be called once, by `main`.
///
/// # Errors
/// When the filter is wrong or a subscriber is installed already.
pub fn init(settings: &TelemetrySettings) -> Result<(), Error> {
    let filter = EnvFilter::try_new(&settings.log).map_err(|error| Error::Telemetry(error.to_string()))?;
    let terminal = stderr().is_terminal();
    let pretty = match settings.format {
        LogFormat::Auto => terminal,
        LogFormat::Pretty => true,
        LogFormat::Json => false,
    };
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(stderr);
    let installed = if pretty {
        builder.with_ansi(terminal).with_target(false).try_init()
    } else {
        builder.json().flatten_event(true).with_current_span(false).with_span_list(false).try_init()
    };
    installed.map_err(|error| Error::Telemetry(error.to_string()))?;
    log_panics();
    Ok(())
}

/// Makes a panic one event of the log instead of lines on standard error. The panic goes on as before.
fn log_panics() {
    std::panic::set_hook(Box::new(|info| {
        let payload = info.payload();
        let text = payload
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| payload.downcast_ref::<String>().map(String::as_str));
        let message = text.unwrap_or("(no message)");
        let location = info.location().map(ToString::to_string).unwrap_or_default();
        let thread = std::thread::current().name().unwrap_or("unnamed").to_owned();
        let backtrace = std::backtrace::Backtrace::capture();
        let backtrace = match backtrace.status() {
            std::backtrace::BacktraceStatus::Captured => Some(backtrace.to_string()),
            _ => None,
        };
        tracing::error!(panic = message, location, thread, backtrace, "panic");
        ::metrics::counter!(names::PANICS).increment(1);
    }));
}
