//! Keep-alive connections to one server, each with at most one request under way.

use super::super::parse::{Parsed, parse};
use mio::{Events, Interest, Poll, Token, net::TcpStream};
use std::{
    io::{self, ErrorKind, Read as _, Write as _},
    net::SocketAddr,
    time::{Duration, Instant},
};

/// All connections.
pub(super) struct Pool {
    address: SocketAddr,
    poll: Poll,
    events: Events,
    connections: Vec<Connection>,
}

struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    outgoing: Vec<u8>,
    written: usize,
    /// When the request under way began; `None`: there is none.
    since: Option<Instant>,
}

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// A whole answer with this status; since when the request had been under way.
    Answered(u16, Instant),
    /// None; the connection is a new one.
    Lost,
}

impl Pool {
    /// Connects; blocking, because connecting is not part of what is measured.
    pub(super) fn connect(address: SocketAddr, count: usize) -> io::Result<Self> {
        let (poll, events) = (Poll::new()?, Events::with_capacity(count));
        let mut pool = Self { address, poll, events, connections: Vec::with_capacity(count) };
        for at in 0..count {
            let connection = pool.connection(at)?;
            pool.connections.push(connection);
        }
        Ok(pool)
    }

    pub(super) fn len(&self) -> usize {
        self.connections.len()
    }

    /// Requests under way.
    pub(super) fn busy(&self) -> usize {
        self.connections.iter().filter(|connection| connection.since.is_some()).count()
    }

    fn connection(&self, at: usize) -> io::Result<Connection> {
        let stream = std::net::TcpStream::connect(self.address)?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        let mut stream = TcpStream::from_std(stream);
        self.poll.registry().register(&mut stream, Token(at), Interest::READABLE | Interest::WRITABLE)?;
        let (buffer, outgoing) = (Vec::with_capacity(8192), Vec::with_capacity(2048));
        Ok(Connection { stream, buffer, outgoing, written: 0, since: None })
    }

    /// Sends on a connection that has nothing under way; `fill` writes the request.
    pub(super) fn send(&mut self, at: usize, since: Instant, fill: impl FnOnce(&mut Vec<u8>)) {
        let connection = &mut self.connections[at];
        connection.outgoing.clear();
        fill(&mut connection.outgoing);
        connection.written = 0;
        connection.since = Some(since);
        // An error shows again when the answer is read.
        let _seen_later = connection.write();
    }

    /// Waits until something has come, at most so long, and says on which connections.
    pub(super) fn wait(&mut self, timeout: Duration, ready: &mut Vec<usize>) -> io::Result<()> {
        ready.clear();
        match self.poll.poll(&mut self.events, Some(timeout)) {
            Err(error) if error.kind() == ErrorKind::Interrupted => return Ok(()),
            polled => polled?,
        }
        ready.extend(self.events.iter().map(|event| event.token().0));
        Ok(())
    }

    /// Goes on with a connection that something has come on; `None` when its request goes on, or there is none.
    pub(super) fn progress(&mut self, at: usize) -> io::Result<Option<Fate>> {
        let connection = &mut self.connections[at];
        let Some(since) = connection.since else { return Ok(None) };
        match connection.write().and_then(|()| connection.read()) {
            Ok(None) => Ok(None),
            Ok(Some((status, closes))) => {
                connection.since = None;
                if closes {
                    self.connections[at] = self.connection(at)?;
                }
                Ok(Some(Fate::Answered(status, since)))
            }
            Err(_) => {
                self.connections[at] = self.connection(at)?;
                Ok(Some(Fate::Lost))
            }
        }
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

    /// Status of a whole answer and whether the server closes; an error when the connection is of no use any more.
    fn read(&mut self) -> io::Result<Option<(u16, bool)>> {
        let mut chunk = [0_u8; 8192];
        loop {
            match self.stream.read(&mut chunk) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(count) => self.buffer.extend_from_slice(&chunk[..count]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            }
            match parse(&self.buffer) {
                Parsed::Partial => {}
                Parsed::Unknown => return Err(ErrorKind::InvalidData.into()),
                // Nothing can be there before the next request has arrived; the poll tells when there is.
                Parsed::Whole { status, length, closes } => {
                    self.buffer.drain(..length);
                    return Ok(Some((status, closes)));
                }
            }
        }
    }
}
