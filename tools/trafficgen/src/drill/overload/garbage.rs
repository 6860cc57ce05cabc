//! Requests that a visitor's browser would not send: unknown, too long, too large, no HTTP at all, too often; beside them [`flood`] stands in
//! the way.
//!
//! Most comes from addresses of loopback other than that of the good visitors, some through the same trusted proxy as they do. What is sent is
//! bounded by the rate, what is open by the address. All of it on one thread that gives way to others: in life its processor is elsewhere.

use super::flood;
use crate::Error;
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    sync::oneshot,
    task::JoinSet,
    time::{Instant, sleep, sleep_until, timeout},
};
use tokio_util::sync::CancellationToken;

/// Senders of requests.
const SENDERS: u32 = 16;
/// Of so many senders one comes through the proxy.
const THROUGH_PROXY: u32 = 8;
/// Requests that a sender of harmless nonsense puts on one connection.
const REQUESTS_PER_CONNECTION: u32 = 50;
/// Of so many pieces of garbage one is a connection that is opened and torn down, and another one a request whose answer nobody takes.
const FLOOD_OF: u32 = 10;
pub(super) const PAUSE: Duration = Duration::from_millis(200);
const ANSWER_MAX: Duration = Duration::from_millis(500);
/// How long the first pieces may take.
const PATIENCE: Duration = Duration::from_secs(180);
/// How much this thread gives way.
const NICE: i32 = 10;

/// What comes until it is told to stop.
pub(super) struct Garbage {
    sent: Arc<AtomicU64>,
    stop: CancellationToken,
    ended: oneshot::Receiver<()>,
}

impl Garbage {
    /// Sends `rate` pieces a second, and stands in the way.
    pub(super) fn start(address: SocketAddr, rate: u32) -> Result<Self, Error> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(Error::io("cannot start the garbage"))?;
        let (sent, stop) = (Arc::new(AtomicU64::new(0)), CancellationToken::new());
        let source = Source { address, sent: Arc::clone(&sent), stop: stop.clone() };
        let (done, ended) = oneshot::channel();
        let work = move || {
            // Where the system refuses, it competes with the good visitors: the figures are worse, not wrong.
            let _refused = rustix::process::nice(NICE);
            runtime.block_on(all(source, rate));
            let _stopped = done.send(());
        };
        std::thread::Builder::new()
            .name("garbage".to_owned())
            .spawn(work)
            .map_err(Error::io("cannot start the garbage"))?;
        Ok(Self { sent, stop, ended })
    }

    /// Pieces sent until now.
    pub(super) fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Waits until `pieces` have been sent.
    pub(super) async fn flows(&self, pieces: u32) -> Result<(), Error> {
        let begun = Instant::now();
        while self.sent() < u64::from(pieces) {
            if begun.elapsed() > PATIENCE {
                return Err(Error::Mismatch(format!("{} pieces of garbage after {PATIENCE:?}", self.sent())));
            }
            sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// Ends it and closes all its connections.
    pub(super) async fn stop(self) -> Result<(), Error> {
        self.stop.cancel();
        self.ended.await.map_err(|_| Error::Mismatch("the garbage ended badly".to_owned()))
    }
}

/// Where garbage goes to, and its count.
#[derive(Clone)]
pub(super) struct Source {
    pub(super) address: SocketAddr,
    sent: Arc<AtomicU64>,
    pub(super) stop: CancellationToken,
}

impl Source {
    pub(super) fn count(&self, pieces: u32) {
        self.sent.fetch_add(u64::from(pieces), Ordering::Relaxed);
    }

    /// A connection from 127.0.0.`last`.
    pub(super) async fn connect(&self, last: u8) -> std::io::Result<TcpStream> {
        let socket = TcpSocket::new_v4()?;
        // Many short connections: their ports must not stay taken.
        socket.set_reuseaddr(true)?;
        socket.bind(SocketAddr::from(([127, 0, 0, last], 0)))?;
        socket.connect(self.address).await
    }
}

async fn all(source: Source, rate: u32) {
    let mut senders = JoinSet::new();
    let flood = rate / FLOOD_OF;
    for sender in 0..SENDERS {
        senders.spawn(nuisance(source.clone(), sender, rate - 2 * flood));
    }
    flood::spawn(&mut senders, &source, flood);
    tokio::select! {
        () = source.stop.cancelled() => {}
        () = async { while senders.join_next().await.is_some() {} } => {}
    }
    // Dropped here, each at the point where it waits.
    senders.shutdown().await;
}

/// One request of each sort in turn, and whether the connection can be used again.
fn nonsense(number: u32) -> (Vec<u8>, bool) {
    let get = |path: &str| {
        format!("GET {path} HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 203.0.113.9\r\n\r\n").into_bytes()
    };
    match number % 8 {
        0 => (get(&format!("/{}", "x".repeat(20_000))), true),
        1 => (format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "y".repeat(40_000)).into_bytes(), false),
        2 => (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 this is no HTTP\r\n\r\n".to_vec(), false),
        3 => (b"DELETE /drill HTTP/1.1\r\nHost: a\r\n\r\n".to_vec(), true),
        _ => (get(&format!("/wp-login-{number}.php")), true),
    }
}

/// Sends its share of `rate` requests a second.
async fn nuisance(source: Source, sender: u32, rate: u32) {
    let begun = Instant::now();
    let from = match sender % THROUGH_PROXY {
        0 => 1,
        other => 2 + u8::try_from(other % 4).unwrap_or(0),
    };
    let mut number = sender;
    let mut buffer = vec![0; 16_384];
    loop {
        let Ok(mut stream) = source.connect(from).await else {
            sleep(PAUSE).await;
            continue;
        };
        for _ in 0..REQUESTS_PER_CONNECTION {
            sleep_until(begun + Duration::from_secs_f64(f64::from(number) / f64::from(rate.max(1)))).await;
            let (bytes, goes_on) = nonsense(number / SENDERS);
            number += SENDERS;
            source.count(1);
            if stream.write_all(&bytes).await.is_err() {
                break;
            }
            let read = timeout(ANSWER_MAX, stream.read(&mut buffer)).await;
            if !goes_on || !matches!(read, Ok(Ok(1..))) {
                break;
            }
        }
    }
}
