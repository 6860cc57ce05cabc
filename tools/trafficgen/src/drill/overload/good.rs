//! Good visitors: at a fixed rate, on a thread of their own.
//!
//! A latency is counted from the moment the request was due when the connection was still waiting for the answer before it, so that a stall
//! is counted for everybody who would have come in it; otherwise from the moment it is sent, so that this program's own timers are not.

use crate::Error;
use hdrhistogram::Histogram;
use serde::Serialize;
use std::{net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinSet,
    time::{Instant, sleep_until, timeout},
};

/// Connections that good visitors share.
const CONNECTIONS: u32 = 8;
/// An answer that takes longer counts as none.
const ANSWER_MAX: Duration = Duration::from_secs(30);

/// Latencies in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Latency {
    /// Half of the answers were as fast.
    pub p50_us: u64,
    /// Ninety-nine of a hundred.
    pub p99_us: u64,
    /// The slowest.
    pub max_us: u64,
}

/// What is sent.
#[derive(Debug, Clone)]
pub(super) struct Visits {
    pub(super) address: SocketAddr,
    /// Requests a second.
    pub(super) rate: u32,
    /// Whole seconds.
    pub(super) time: Duration,
    /// Tells these clicks from all others.
    pub(super) name: String,
}

/// What good visitors got.
pub(super) struct Good {
    pub(super) answered: u64,
    pub(super) latency: Latency,
}

/// Sends everything; the first visitor that is not redirected ends it with an error.
pub(super) async fn run(visits: Visits) -> Result<Good, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(Error::io("cannot start the good visitors"))?;
    let (done, result) = tokio::sync::oneshot::channel();
    let work = move || {
        // Nobody waits any more when the drill was stopped.
        let _stopped = done.send(runtime.block_on(all(visits)));
    };
    std::thread::Builder::new()
        .name("good".to_owned())
        .spawn(work)
        .map_err(Error::io("cannot start the good visitors"))?;
    result.await.map_err(|_| Error::Mismatch("the good visitors broke off".to_owned()))?
}

async fn all(visits: Visits) -> Result<Good, Error> {
    let begun = Instant::now();
    let mut workers = JoinSet::new();
    let rate = visits.rate.max(1);
    let total = rate.saturating_mul(u32::try_from(visits.time.as_secs().max(1)).unwrap_or(u32::MAX));
    for worker in 0..CONNECTIONS {
        let dues = (worker..total).step_by(CONNECTIONS as usize).map(move |number| {
            (number, begun + Duration::from_secs_f64(f64::from(number) / f64::from(rate)))
        });
        workers.spawn(visit(visits.clone(), dues));
    }
    let mut all = histogram()?;
    while let Some(done) = workers.join_next().await {
        let taken = done.map_err(|error| Error::Mismatch(format!("a visitor ended badly: {error}")))??;
        all.add(taken).map_err(|error| Error::Mismatch(error.to_string()))?;
    }
    let latency = Latency {
        p50_us: all.value_at_quantile(0.5),
        p99_us: all.value_at_quantile(0.99),
        max_us: all.max(),
    };
    Ok(Good { answered: all.len(), latency })
}

fn histogram() -> Result<Histogram<u64>, Error> {
    // From a microsecond to a minute.
    Histogram::new_with_bounds(1, 60_000_000, 3).map_err(|error| Error::Setup(error.to_string()))
}

async fn visit(
    Visits { address, name, .. }: Visits,
    dues: impl Iterator<Item = (u32, Instant)>,
) -> Result<Histogram<u64>, Error> {
    let io = |what: &'static str| Error::io(format!("a good visitor could not {what}"));
    let mut taken = histogram()?;
    let mut stream = TcpStream::connect(address).await.map_err(io("connect"))?;
    stream.set_nodelay(true).map_err(io("connect"))?;
    let mut buffer = vec![0; 8_192];
    for (number, due) in dues {
        let is_late = Instant::now() >= due;
        sleep_until(due).await;
        let since = if is_late { due } else { Instant::now() };
        let request = format!(
            "GET /drill?zone={name}x{number}&bid=0.01 HTTP/1.1\r\nHost: {address}\r\nX-Forwarded-For: 198.51.100.{}\r\n\
             User-Agent: Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0\r\nAccept-Language: en\r\n\r\n",
            number % 250 + 1
        );
        stream.write_all(request.as_bytes()).await.map_err(io("ask"))?;
        let answer = timeout(ANSWER_MAX, answer(&mut stream, &mut buffer)).await;
        let head = answer.map_err(|_| Error::Mismatch("a good visitor got no answer".to_owned()))?;
        let head = head.map_err(io("read the answer"))?;
        if !head.starts_with("HTTP/1.1 302") {
            return Err(Error::Mismatch(format!("a good visitor was answered: {head}")));
        }
        let micros = u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX);
        taken.saturating_record(micros);
    }
    Ok(taken)
}

/// Reads the head of a redirect, which has no body.
async fn answer(stream: &mut TcpStream, buffer: &mut [u8]) -> std::io::Result<String> {
    let mut filled = 0;
    loop {
        let count = stream.read(&mut buffer[filled..]).await?;
        filled += count;
        let head = &buffer[..filled];
        if head.ends_with(b"\r\n\r\n") {
            return Ok(String::from_utf8_lossy(head).into_owned());
        }
        if count == 0 || filled == buffer.len() {
            return Err(std::io::Error::other(format!("{filled} bytes and no end")));
        }
    }
}
