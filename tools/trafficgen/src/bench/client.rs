//! The load generator: a closed loop over keep-alive connections on one thread, with requests made ahead.
//!
//! Each connection has one request under way and sends the next one when the answer is whole. Latency is from the write of a request
//! to the end of its answer.

use super::parse::{Parsed, parse};
use crate::Error;
use hdrhistogram::Histogram;
use mio::{Events, Interest, Poll, Token, net::TcpStream};
use std::{
    cell::Cell,
    io::{self, ErrorKind, Read as _, Write as _},
    net::SocketAddr,
    time::{Duration, Instant},
};

/// How long the last answers of a round may take.
const LAST_ANSWERS: Duration = Duration::from_secs(5);
/// Digits of the number that makes a user agent unseen.
pub(super) const UNSEEN_DIGITS: usize = 8;

/// A request ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Prepared {
    /// All of it.
    pub(super) bytes: Vec<u8>,
    /// Where [`UNSEEN_DIGITS`] digits are replaced by a running number, so that the user agent is a new one each time.
    pub(super) unseen: Option<usize>,
}

/// What happened in a round.
#[derive(Debug, Clone)]
pub(crate) struct Round {
    /// Answers with a 302.
    pub(crate) redirected: u64,
    /// Other answers.
    pub(crate) other: u64,
    /// Requests without an answer.
    pub(crate) failed: u64,
    /// How long it took.
    pub(crate) elapsed: Duration,
    /// Latencies in microseconds.
    pub(crate) latency: Histogram<u64>,
}

impl Round {
    fn new() -> Result<Self, Error> {
        let latency = Histogram::new_with_bounds(1, 60_000_000, 3)
            .map_err(|error| Error::Mismatch(format!("histogram: {error}")))?;
        Ok(Self { redirected: 0, other: 0, failed: 0, elapsed: Duration::ZERO, latency })
    }

    /// Redirects a second, rounded down.
    pub(crate) fn per_second(&self) -> u64 {
        let nanos = self.elapsed.as_nanos().max(1);
        u64::try_from(u128::from(self.redirected) * 1_000_000_000 / nanos).unwrap_or(u64::MAX)
    }
}

/// Prepared requests, sent in order over all connections, from the start again when they are through.
#[derive(Debug)]
pub(super) struct Load {
    requests: Vec<Prepared>,
    connections: usize,
    unseen: Cell<u64>,
}

struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    outgoing: Vec<u8>,
    written: usize,
    sent_at: Instant,
    busy: bool,
}

/// One round under way.
struct Running<'a> {
    load: &'a Load,
    address: SocketAddr,
    poll: Poll,
    connections: Vec<Connection>,
    next: usize,
    left: Option<usize>,
    until: Instant,
    round: Round,
}

impl Load {
    pub(super) fn new(requests: Vec<Prepared>, connections: usize) -> Result<Self, Error> {
        if requests.is_empty() || connections == 0 {
            return Err(Error::Setup("the mix needs at least one request and one connection".to_owned()));
        }
        Ok(Self { requests, connections, unseen: Cell::new(0) })
    }

    /// Sends for `length`.
    pub(super) fn round(&self, address: SocketAddr, length: Duration) -> Result<Round, Error> {
        self.run(address, length, None)
    }

    /// Sends each request once.
    pub(super) fn each_once(&self, address: SocketAddr) -> Result<Round, Error> {
        self.run(address, Duration::from_secs(60), Some(self.requests.len()))
    }

    fn run(&self, address: SocketAddr, length: Duration, left: Option<usize>) -> Result<Round, Error> {
        let failed = || Error::io(format!("cannot send to {address}"));
        let begun = Instant::now();
        let mut running = Running {
            load: self,
            address,
            poll: Poll::new().map_err(failed())?,
            connections: Vec::new(),
            next: 0,
            left,
            until: begun + length,
            round: Round::new()?,
        };
        for at in 0..self.connections {
            let connection = running.connect(at).map_err(failed())?;
            running.connections.push(connection);
        }
        running.pump().map_err(failed())?;
        running.round.elapsed = begun.elapsed();
        Ok(running.round)
    }
}

impl Running<'_> {
    fn connect(&self, at: usize) -> io::Result<Connection> {
        // Connecting is not part of what is measured, and blocking here keeps the loop simple.
        let stream = std::net::TcpStream::connect(self.address)?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        let mut stream = TcpStream::from_std(stream);
        self.poll.registry().register(&mut stream, Token(at), Interest::READABLE | Interest::WRITABLE)?;
        let (buffer, outgoing) = (Vec::with_capacity(8192), Vec::with_capacity(2048));
        Ok(Connection { stream, buffer, outgoing, written: 0, sent_at: Instant::now(), busy: false })
    }

    fn pump(&mut self) -> io::Result<()> {
        for at in 0..self.connections.len() {
            self.send_next(at);
        }
        let mut events = Events::with_capacity(self.connections.len());
        while self.connections.iter().any(|connection| connection.busy) {
            if Instant::now() > self.until + LAST_ANSWERS {
                self.round.failed +=
                    self.connections.iter().filter(|connection| connection.busy).count() as u64;
                break;
            }
            match self.poll.poll(&mut events, Some(Duration::from_millis(100))) {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                polled => polled?,
            }
            for event in &events {
                let Token(at) = event.token();
                if !self.connections[at].busy {
                    continue;
                }
                let went = self.connections[at].write().and_then(|()| self.read(at));
                if went.is_err() {
                    self.round.failed += 1;
                    self.connections[at] = self.connect(at)?;
                    self.send_next(at);
                }
            }
        }
        Ok(())
    }

    /// Reads what is there; an error when the connection is of no use any more.
    fn read(&mut self, at: usize) -> io::Result<()> {
        let mut chunk = [0_u8; 8192];
        loop {
            let connection = &mut self.connections[at];
            match connection.stream.read(&mut chunk) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(count) => connection.buffer.extend_from_slice(&chunk[..count]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            }
            match parse(&connection.buffer) {
                Parsed::Partial => {}
                Parsed::Unknown => return Err(ErrorKind::InvalidData.into()),
                Parsed::Whole { status, length, closes } => {
                    connection.buffer.drain(..length);
                    let took = connection.sent_at.elapsed();
                    connection.busy = false;
                    self.answered(status, took);
                    if closes {
                        self.connections[at] = self.connect(at)?;
                    }
                    self.send_next(at);
                    // Nothing can be there before the next request has arrived; the poll tells when there is.
                    return Ok(());
                }
            }
        }
    }

    fn answered(&mut self, status: u16, took: Duration) {
        if status == 302 {
            self.round.redirected += 1;
        } else {
            self.round.other += 1;
        }
        self.round.latency.saturating_record(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
    }

    fn send_next(&mut self, at: usize) {
        let over = match &mut self.left {
            Some(0) => true,
            Some(left) => {
                *left -= 1;
                false
            }
            None => Instant::now() >= self.until,
        };
        if over {
            return;
        }
        let prepared = &self.load.requests[self.next];
        self.next = (self.next + 1) % self.load.requests.len();
        let connection = &mut self.connections[at];
        connection.outgoing.clear();
        connection.outgoing.extend_from_slice(&prepared.bytes);
        if let Some(offset) = prepared.unseen {
            let number = self.load.unseen.get();
            self.load.unseen.set(number + 1);
            let digits = format!("{:0width$}", number % 100_000_000, width = UNSEEN_DIGITS);
            connection.outgoing[offset..offset + UNSEEN_DIGITS].copy_from_slice(digits.as_bytes());
        }
        connection.written = 0;
        connection.busy = true;
        connection.sent_at = Instant::now();
        // An error shows again when the answer is read.
        let _seen_later = connection.write();
    }
}

impl Connection {
    fn write(&mut self) -> io::Result<()> {
        while self.written < self.outgoing.len() {
            match self.stream.write(&self.outgoing[self.written..]) {
                Ok(count) => self.written += count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
