//! Everything that a visitor's browser would not send: too long, too large, no HTTP at all, too often, too slowly, and nothing at all.
//!
//! Comes from addresses of loopback other than that of the good visitors. What is sent is bounded by the rate, what is open by the address.

use std::{net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    task::JoinSet,
    time::{Instant, sleep, sleep_until, timeout},
};
use tokio_util::sync::CancellationToken;

/// Senders of fast garbage.
const SENDERS: u32 = 16;
/// Requests that a sender of harmless nonsense puts on one connection.
const REQUESTS_PER_CONNECTION: u32 = 50;
/// Connections of each kind that stand in the way.
const STANDING: usize = 24;
/// Connections that one address tries to hold, more than it may.
const HOARD: usize = 100;
const PAUSE: Duration = Duration::from_millis(200);
const ANSWER_MAX: Duration = Duration::from_millis(500);

/// Sends `rate` requests a second, and stands in the way, until told to stop. Returns how many requests and connections that were.
pub(super) async fn run(address: SocketAddr, rate: u32, stop: CancellationToken) -> u64 {
    let mut senders = JoinSet::new();
    for sender in 0..SENDERS {
        senders.spawn(fast(address, (sender, rate), stop.clone()));
    }
    for number in 0..STANDING {
        for kind in [Standing::HalfHead, Standing::HalfBody, Standing::NeverReads] {
            let source = kind.source(number);
            senders.spawn(stand(address, (kind, source), stop.clone()));
        }
    }
    senders.spawn(hoard(address, stop.clone()));
    let mut sent = 0;
    while let Some(done) = senders.join_next().await {
        sent += done.unwrap_or(0);
    }
    sent
}

/// A connection from an address of loopback.
async fn connect(address: SocketAddr, last: u8) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    // Many short connections: their ports must not stay taken.
    socket.set_reuseaddr(true)?;
    socket.bind(SocketAddr::from(([127, 0, 0, last], 0)))?;
    socket.connect(address).await
}

/// One request of each sort in turn.
fn nonsense(number: u32) -> (Vec<u8>, bool) {
    let get = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n").into_bytes();
    // The second says whether the connection can be used again.
    match number % 8 {
        0 => (get(&format!("/{}", "x".repeat(20_000))), true),
        1 => (format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "y".repeat(40_000)).into_bytes(), false),
        2 => (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 this is no HTTP\r\n\r\n".to_vec(), false),
        3 => (b"DELETE /drill HTTP/1.1\r\nHost: a\r\n\r\n".to_vec(), true),
        _ => (get(&format!("/wp-login-{number}.php")), true),
    }
}

async fn fast(address: SocketAddr, (sender, rate): (u32, u32), stop: CancellationToken) -> u64 {
    let begun = Instant::now();
    let source = 2 + u8::try_from(sender % 4).unwrap_or(0);
    let (mut sent, mut number) = (0, sender);
    let mut buffer = vec![0; 16_384];
    while !stop.is_cancelled() {
        let Ok(mut stream) = connect(address, source).await else {
            sleep(PAUSE).await;
            continue;
        };
        for _ in 0..REQUESTS_PER_CONNECTION {
            sleep_until(begun + Duration::from_secs_f64(f64::from(number) / f64::from(rate.max(1)))).await;
            let (bytes, goes_on) = nonsense(number / SENDERS);
            number += SENDERS;
            sent += 1;
            if stop.is_cancelled() || stream.write_all(&bytes).await.is_err() {
                break;
            }
            let read = timeout(ANSWER_MAX, stream.read(&mut buffer)).await;
            if !goes_on || !matches!(read, Ok(Ok(1..))) {
                break;
            }
        }
    }
    sent
}

/// How a connection stands in the way.
#[derive(Clone, Copy)]
enum Standing {
    /// A request head that never ends.
    HalfHead,
    /// A body that never comes.
    HalfBody,
    /// Asks and asks and takes no answer.
    NeverReads,
}

impl Standing {
    fn source(self, number: usize) -> u8 {
        let kind = match self {
            Self::HalfHead => 10,
            Self::HalfBody => 20,
            Self::NeverReads => 30,
        };
        kind + u8::try_from(number % 4).unwrap_or(0)
    }
}

/// Opens a connection, stands, and opens the next one when it is cut off.
async fn stand(address: SocketAddr, (kind, source): (Standing, u8), stop: CancellationToken) -> u64 {
    let mut opened = 0;
    while !stop.is_cancelled() {
        let Ok(stream) = connect(address, source).await else {
            sleep(PAUSE).await;
            continue;
        };
        opened += 1;
        tokio::select! {
            () = stop.cancelled() => {}
            () = stand_once(stream, kind) => {}
        }
        sleep(PAUSE).await;
    }
    opened
}

/// Until the other side has enough.
async fn stand_once(mut stream: TcpStream, kind: Standing) {
    let begins: &[u8] = match kind {
        Standing::HalfHead => b"GET /drill HTTP/1.1\r\nHost: a\r\nX-",
        Standing::HalfBody => b"POST /postback HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nsubid=",
        Standing::NeverReads => b"",
    };
    if stream.write_all(begins).await.is_err() {
        return;
    }
    let ask = b"GET /nobody-reads-this HTTP/1.1\r\nHost: a\r\n\r\n".repeat(100);
    let mut buffer = [0; 1_024];
    loop {
        match kind {
            // Written until nothing goes out any more, and then until the connection is cut.
            Standing::NeverReads => {
                if stream.write_all(&ask).await.is_err() {
                    return;
                }
            }
            _ => match stream.read(&mut buffer).await {
                Ok(1..) => {}
                _ => return,
            },
        }
    }
}

/// Opens more connections than one address may have, again and again.
async fn hoard(address: SocketAddr, stop: CancellationToken) -> u64 {
    let mut opened = 0;
    while !stop.is_cancelled() {
        let mut held = Vec::with_capacity(HOARD);
        for _ in 0..HOARD {
            held.extend(connect(address, 40).await.ok());
        }
        opened += held.len() as u64;
        tokio::select! {
            () = stop.cancelled() => {}
            () = sleep(PAUSE) => {}
        }
    }
    opened
}
