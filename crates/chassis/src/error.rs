//! Why a process cannot start or go on.

use std::{io, net::SocketAddr, path::PathBuf};

use crate::{data_dir::DataDirError, settings::SettingsError};

/// What can go wrong in the chassis. None of it goes away by itself; [`Error::is_retryable`] tells the exception.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The configuration is wrong; end with [`crate::settings::EXIT_CODE`].
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A listener cannot be opened.
    #[error("{setting} = {address}: {}", bind_reason(source, setting, *address))]
    Bind {
        /// The setting that names the address, such as `traffic.listen`.
        setting: &'static str,
        /// The address that was asked for.
        address: SocketAddr,
        /// What the operating system said.
        source: io::Error,
    },
    /// The data directory cannot be used.
    #[error(transparent)]
    DataDir(#[from] DataDirError),
    /// Telemetry cannot be set up.
    #[error("logging cannot be set up: {0}")]
    Telemetry(String),
    /// A thread or a runtime cannot be made.
    #[error("{what} cannot be started: {source}")]
    Start {
        /// What was to be started.
        what: &'static str,
        /// What the operating system said.
        source: io::Error,
    },
    /// A file cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
}

impl Error {
    /// Whether the same call may succeed a moment later: a port or a data directory that another process is about to give back.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Bind { source, .. } => source.kind() == io::ErrorKind::AddrInUse,
            Self::DataDir(error) => error.is_retryable(),
            _ => false,
        }
    }
}

fn bind_reason(source: &io::Error, setting: &str, address: SocketAddr) -> String {
    let variable = format!("SIGNALBOX__{}", setting.to_ascii_uppercase().replace('.', "__"));
    let change = format!("set {setting} in the configuration file or {variable}");
    match source.kind() {
        io::ErrorKind::AddrInUse => {
            format!(
                "port {} is taken by another program. Stop that program, or {change} to another port.",
                address.port()
            )
        }
        io::ErrorKind::PermissionDenied => {
            format!(
                "this user may not open port {} (ports below 1024 need a privilege). Run with CAP_NET_BIND_SERVICE, or {change} to a higher port.",
                address.port()
            )
        }
        io::ErrorKind::AddrNotAvailable => {
            format!(
                "this machine has no address {}. To listen on all addresses, {change} to 0.0.0.0:{}.",
                address.ip(),
                address.port()
            )
        }
        _ => format!("cannot listen: {source}. To use another address, {change}."),
    }
}
