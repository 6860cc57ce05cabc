//! Listening and serving HTTP/1.1: one task a connection, bounded in number, with limits on what a client may send and how slowly.
//!
//! Promises: a port that cannot be opened is told with the setting to change; a socket that a supervisor passed is used instead of a new one,
//! so that none is refused while one process takes over from another; a stop serves whoever is connected once more, says goodbye with it
//! (`Connection: close`) and closes quiet connections after a moment; a slow or silent client is cut off without a timer for each request
//! (one sweep over all connections four times a second). At the bound on connections, new ones wait in the kernel's queue; at the bound of
//! one address its own are closed. Never: holds a lock while a request is worked on.

mod accept;
mod addresses;
mod arriving;
mod connection;
mod guarded;
mod inherited;
mod refusals;
mod registry;
mod router;

#[cfg(test)]
mod tests;

use std::{
    net::{SocketAddr, TcpListener},
    time::Duration,
};

use socket2::{Domain, Protocol, Socket, Type};

pub use self::{
    accept::{serve, serve_until},
    guarded::GuardedBody,
    inherited::close_unused,
    router::{RouterService, for_router, with_patience},
};
use crate::{Error, client_ip::TrustedProxies};

/// Connections that wait in the kernel to be accepted.
const BACKLOG: i32 = 4096;

/// What a listener refuses. Times are exceeded by up to half a second before it acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Open connections; more wait in the kernel.
    pub connections_max: usize,
    /// Open connections from one address (an IPv6 /64 is one); one more is closed at once. 0: no bound.
    pub connections_per_address_max: usize,
    /// Requests in one second from one address; one more is answered 429. 0: no bound.
    pub requests_per_address_max: u32,
    /// Peers that the two bounds leave alone: proxies, behind whose address many clients stand.
    pub proxies: TrustedProxies,
    /// Longest request target in bytes; a longer one is answered 414.
    pub uri_bytes_max: usize,
    /// Largest request head in bytes; a larger one is answered 431.
    pub header_bytes_max: usize,
    /// Time for a request head once it has begun, for a client to go on with a body, and for it to take any of an answer.
    pub header_timeout: Duration,
    /// How long a quiet connection is kept.
    pub idle_timeout: Duration,
}

impl Limits {
    /// For listeners that only machines nearby use.
    pub fn small() -> Self {
        Self {
            connections_max: 64,
            connections_per_address_max: 0,
            requests_per_address_max: 0,
            proxies: TrustedProxies::none(),
            uri_bytes_max: 1_024,
            header_bytes_max: 16_384,
            header_timeout: Duration::from_secs(5),
            idle_timeout: Duration::from_secs(60),
        }
    }
}

/// How a listener is served.
#[derive(Clone, Debug)]
pub struct Options {
    /// Name in metrics and messages, such as `traffic`.
    pub name: &'static str,
    /// What is refused.
    pub limits: Limits,
}

/// Opens a listener, or takes the one that a supervisor passed for this port; `setting` names the key in messages, such as `traffic.listen`.
/// Port 0 is any free one. The listener is non-blocking.
///
/// # Errors
/// [`Error::Bind`], which says what to change.
pub fn bind(setting: &'static str, address: SocketAddr) -> Result<TcpListener, Error> {
    if let Some(passed) = inherited::take(address) {
        tracing::info!(setting, %address, "the listener was passed by the supervisor");
        return Ok(passed);
    }
    open(address, false).map_err(|source| Error::Bind { setting, address, source })
}

/// As [`bind`], and further listeners of this user may share the address: the kernel spreads connections over them.
///
/// # Errors
/// [`Error::Bind`], which says what to change.
pub fn bind_shared(setting: &'static str, address: SocketAddr) -> Result<TcpListener, Error> {
    open(address, true).map_err(|source| Error::Bind { setting, address, source })
}

fn open(address: SocketAddr, shared: bool) -> std::io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // A restart must not wait for connections of the process before; two living listeners still exclude each other.
    socket.set_reuse_address(true)?;
    if shared {
        socket.set_reuse_port(true)?;
    }
    if address.is_ipv6() {
        socket.set_only_v6(false)?;
    }
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}
