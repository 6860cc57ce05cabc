//! Connections that stand in the way: too slow, too quiet, too many, and ever new ones.

use super::garbage::{PAUSE, Source};
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinSet,
    time::{Instant, sleep, sleep_until},
};

/// Connections of each kind that stand in the way.
const STANDING: u8 = 24;
/// Requests that are sent together without taking an answer.
const UNHEARD: u32 = 10;
/// Connections that one address tries to hold, more than it may.
const HOARD: usize = 100;
/// Addresses that open one connection after the other, none of them more than it may have.
const OPENERS: u32 = 8;

/// Adds everything that stands in the way to `tasks`; `rate` connections a second are opened and torn down, and as many requests are sent by
/// those who take no answer.
pub(super) fn spawn(tasks: &mut JoinSet<()>, source: &Source, rate: u32) {
    for number in 0..STANDING {
        for kind in [Standing::HalfHead, Standing::HalfBody, Standing::NeverReads] {
            tasks.spawn(stand(source.clone(), (kind, number), rate));
        }
    }
    for opener in 0..OPENERS {
        tasks.spawn(open(source.clone(), opener, rate));
    }
    tasks.spawn(hoard(source.clone()));
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
    fn address(self, number: u8) -> u8 {
        let kind = match self {
            Self::HalfHead => 10,
            Self::HalfBody => 20,
            Self::NeverReads => 30,
        };
        kind + number % 4
    }
}

/// Opens a connection, stands, and opens the next one when it is cut off.
async fn stand(source: Source, (kind, number): (Standing, u8), rate: u32) {
    let pause = f64::from(UNHEARD) * f64::from(STANDING) / f64::from(rate.max(1));
    loop {
        if let Ok(stream) = source.connect(kind.address(number)).await {
            source.count(1);
            stand_once(&source, stream, (kind, Duration::from_secs_f64(pause))).await;
        }
        sleep(PAUSE).await;
    }
}

/// Until the other side has enough.
async fn stand_once(source: &Source, mut stream: TcpStream, (kind, pause): (Standing, Duration)) {
    let begins: &[u8] = match kind {
        Standing::HalfHead => b"GET /drill HTTP/1.1\r\nHost: a\r\nX-",
        Standing::HalfBody => b"POST /postback HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nsubid=",
        Standing::NeverReads => b"",
    };
    if stream.write_all(begins).await.is_err() {
        return;
    }
    let ask = b"GET /nobody-reads-this HTTP/1.1\r\nHost: a\r\n\r\n".repeat(UNHEARD as usize);
    let mut buffer = [0; 1_024];
    loop {
        match kind {
            // Answers pile up on the other side until it cuts the connection.
            Standing::NeverReads => {
                source.count(UNHEARD);
                if stream.write_all(&ask).await.is_err() {
                    return;
                }
                sleep(pause).await;
            }
            _ => match stream.read(&mut buffer).await {
                Ok(1..) => {}
                _ => return,
            },
        }
    }
}

/// Opens its share of `rate` connections a second and tears each down at once.
async fn open(source: Source, opener: u32, rate: u32) {
    let begun = Instant::now();
    let from = 50 + u8::try_from(opener).unwrap_or(0);
    let mut number = opener;
    loop {
        sleep_until(begun + Duration::from_secs_f64(f64::from(number) / f64::from(rate.max(1)))).await;
        number += OPENERS;
        match source.connect(from).await {
            Ok(stream) => {
                source.count(1);
                // A reset leaves no port behind that waits.
                let _gone = stream.set_zero_linger();
            }
            Err(_) => sleep(PAUSE).await,
        }
    }
}

/// Opens more connections than one address may have, again and again.
async fn hoard(source: Source) {
    loop {
        let mut held = Vec::with_capacity(HOARD);
        for _ in 0..HOARD {
            if let Ok(stream) = source.connect(40).await {
                source.count(1);
                held.push(stream);
            }
        }
        sleep(PAUSE).await;
    }
}
