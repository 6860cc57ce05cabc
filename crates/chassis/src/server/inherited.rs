//! Sockets that a supervisor opened and passed (systemd's socket activation: `LISTEN_FDS`). They outlive this process: connections that come
//! while one process ends and the next one starts wait in the kernel's queue instead of being refused.
//!
//! Never: passes them on to processes that this one starts, or holds one open that nobody accepts from.

use std::{
    net::{SocketAddr, TcpListener},
    sync::OnceLock,
};

use listenfd::ListenFd;
use parking_lot::Mutex;

/// What was passed and not taken yet.
fn passed() -> &'static Mutex<Vec<TcpListener>> {
    static PASSED: OnceLock<Mutex<Vec<TcpListener>>> = OnceLock::new();
    PASSED.get_or_init(|| {
        // Reading the variables removes them, so it is done only where there are any: in a process that is just starting.
        let is_activated = std::env::var_os("LISTEN_FDS").is_some();
        Mutex::new(if is_activated { read() } else { Vec::new() })
    })
}

fn read() -> Vec<TcpListener> {
    let mut fds = ListenFd::from_env();
    let mut listeners = Vec::new();
    for index in 0..fds.len() {
        match fds.take_tcp_listener(index).and_then(|listener| listener.map(prepare).transpose()) {
            Ok(listener) => listeners.extend(listener),
            Err(error) => {
                tracing::warn!(index, %error, "a socket that was passed is no TCP listener; it is not used")
            }
        }
    }
    listeners
}

/// It is closed in children already; the accept loop wants it non-blocking.
fn prepare(listener: TcpListener) -> std::io::Result<TcpListener> {
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// The listener that was passed for this address: the same port, and the same address if there are several.
pub(super) fn take(address: SocketAddr) -> Option<TcpListener> {
    if address.port() == 0 {
        return None;
    }
    let mut passed = passed().lock();
    let at = |wanted: &dyn Fn(SocketAddr) -> bool| {
        passed.iter().position(|listener| listener.local_addr().is_ok_and(wanted))
    };
    let found = at(&|local| local == address).or_else(|| at(&|local| local.port() == address.port()))?;
    Some(passed.swap_remove(found))
}

/// Closes what was passed and asked for by nobody, and says so: connections to it would wait for ever.
pub fn close_unused() {
    for listener in passed().lock().drain(..) {
        let address =
            listener.local_addr().map_or_else(|error| error.to_string(), |address| address.to_string());
        tracing::warn!(
            address,
            "a socket was passed that no listener of the configuration has the port of; it is closed"
        );
    }
}
