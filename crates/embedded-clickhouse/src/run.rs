//! Runs one query on a fresh connection: database, settings, statement, answer.
//!
//! Promises: settings reach this query and no other; the rows of one INSERT are one block, so that its deduplication token
//! covers all of them; an error before the first mebibyte of the answer comes with its proper status.

use std::{sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use tokio::sync::{mpsc, oneshot};

use crate::{
    answer::{self, Problem},
    engine::Connection,
    ffi::{Counts, Output, RawStream},
    lanes::Shared,
    pieces::Header,
    request::QueryRequest,
    spool::Spool,
    ticket::Ticket,
};

/// Bounds of the server; each is enforced and answered with an error that names it.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Threads for everything but inserts.
    pub readers: usize,
    /// Threads for inserts.
    pub writers: usize,
    /// Queries that may wait in each of the two queues.
    pub queue_max: usize,
    /// How long one may wait there.
    pub queue_wait_max: Duration,
    /// Bytes of the rows of one insert.
    pub body_bytes_max: u64,
    /// Bytes of all inserts in flight together.
    pub bodies_bytes_max: u64,
    /// Bytes of a statement.
    pub query_bytes_max: u64,
    /// Bytes of a result in a format that cannot be streamed.
    pub whole_result_bytes_max: u64,
    /// How long a client may leave its side of a transfer idle.
    pub idle_max: Duration,
    /// How long running queries may go on after a stop.
    pub drain_max: Duration,
}

impl Default for Limits {
    /// Sized for one machine with a few cores; see the fields.
    fn default() -> Self {
        Self {
            readers: 4,
            writers: 2,
            queue_max: 128,
            queue_wait_max: Duration::from_secs(30),
            body_bytes_max: 256 << 20,
            bodies_bytes_max: 512 << 20,
            query_bytes_max: 16 << 20,
            whole_result_bytes_max: 256 << 20,
            idle_max: Duration::from_secs(60),
            drain_max: Duration::from_secs(5),
        }
    }
}

/// This much of a streamed answer is held back, so that small results and early errors are answered whole.
const FIRST_BYTES: usize = 1 << 20;
/// Pieces between the engine and a slow client.
const PIECES_MAX: usize = 4;

/// A query and where its answer goes.
pub(crate) struct Job {
    pub(crate) request: QueryRequest,
    pub(crate) sql: Vec<u8>,
    /// Rows that the statement reads; lives as long as it runs.
    pub(crate) spool: Option<Spool>,
    /// Format of the answer.
    pub(crate) format: String,
    /// Set when the answer is to be streamed.
    pub(crate) stream: Option<Header>,
    pub(crate) ticket: Arc<Ticket>,
    pub(crate) started: oneshot::Sender<()>,
    pub(crate) reply: oneshot::Sender<Result<Reply, Problem>>,
}

/// The answer to a query.
pub(crate) struct Reply {
    pub(crate) headers: HeaderMap,
    pub(crate) body: ReplyBody,
}

pub(crate) enum ReplyBody {
    Whole(Bytes),
    /// The beginning and what follows.
    Stream(Bytes, mpsc::Receiver<Piece>),
}

/// What follows in a stream. One that stops without `End` has broken off.
pub(crate) enum Piece {
    Rows(Bytes),
    Failed(Problem),
    End,
}

impl Job {
    pub(crate) fn refuse(self, problem: Problem) {
        // The other side has gone: nobody to tell.
        let _gone = self.reply.send(Err(problem));
    }

    pub(crate) fn run(self, shared: &Shared) {
        let Self { request, sql, spool, format, stream, ticket, started, reply } = self;
        let _gone = started.send(());
        let query = Query { request: &request, sql: &sql, format: &format, ticket: &ticket };
        let connection = query.connect(shared, spool.is_some(), stream.is_some());
        let mut connection = match connection {
            Ok(connection) => connection,
            Err(problem) => return query.send(reply, Err(problem)),
        };
        match stream {
            Some(header) => query.stream(&mut connection, header, reply, shared),
            None => query.send(reply, query.whole(&mut connection)),
        }
    }
}

struct Query<'a> {
    request: &'a QueryRequest,
    sql: &'a [u8],
    format: &'a str,
    ticket: &'a Ticket,
}

impl Query<'_> {
    /// The last word of this query. Done first, so that whoever gets it and goes does not have it stopped.
    fn send(&self, reply: oneshot::Sender<Result<Reply, Problem>>, answer: Result<Reply, Problem>) {
        self.ticket.finish();
        let _gone = reply.send(answer);
    }

    /// A connection with everything the client asked for. What `readonly` forbids is checked against the settings before this statement.
    fn connect(&self, shared: &Shared, has_rows: bool, is_stream: bool) -> Result<Connection, Problem> {
        let engine_error = |text: String| Problem::of_engine(&text);
        let mut connection = shared.engine.connect().map_err(engine_error)?;
        if let Some(database) = &self.request.database {
            let name = database.replace('\\', "\\\\").replace('`', "\\`");
            connection.run(format!("USE `{name}`").as_bytes()).map_err(engine_error)?;
        }
        let mut settings: Vec<(&str, String)> = Vec::new();
        let mut default = |name: &'static str, value: String| {
            if self.request.setting(name).is_none() {
                settings.push((name, value));
            }
        };
        if has_rows {
            // Blocks are joined to one whatever its size: the body is bounded already.
            default("min_insert_block_size_rows", u32::MAX.to_string());
            default("min_insert_block_size_bytes", "0".to_owned());
            default("max_insert_threads", "1".to_owned());
        }
        if !is_stream {
            default("max_result_bytes", shared.limits.whole_result_bytes_max.to_string());
        }
        let given = self.request.settings.iter().filter(|(name, _)| name != "log_comment");
        settings.extend(given.map(|(name, value)| (name.as_str(), value.clone())));
        settings.push(("log_comment", self.ticket.comment.clone()));
        if self.request.read_only && self.request.setting("readonly").is_none() {
            settings.push(("readonly", "2".to_owned()));
        }
        let pairs: Vec<String> =
            settings.iter().map(|(name, value)| format!("`{name}`={}", quoted(value))).collect();
        connection.run(format!("SET {}", pairs.join(", ")).as_bytes()).map_err(engine_error)?;
        Ok(connection)
    }

    fn headers(&self, counts: Option<Counts>) -> HeaderMap {
        answer::headers(&self.request.query_id, self.format, counts)
    }

    fn whole(&self, connection: &mut Connection) -> Result<Reply, Problem> {
        let output = connection.query(self.sql, self.format, &self.request.params);
        let output = output.map_err(|text| Problem::of_engine(&text))?;
        let headers = self.headers(Some(output.counts()));
        Ok(Reply { headers, body: ReplyBody::Whole(Bytes::from_owner(output)) })
    }

    fn stream(
        &self,
        connection: &mut Connection,
        header: Header,
        reply: oneshot::Sender<Result<Reply, Problem>>,
        shared: &Shared,
    ) {
        let stream = connection.stream(self.sql, self.format, &self.request.params);
        let mut pieces = match stream {
            Ok(stream) => Pieces { stream, header, header_length: None },
            Err(text) => return self.send(reply, Err(Problem::of_engine(&text))),
        };
        let mut first = BytesMut::new();
        while first.len() < FIRST_BYTES {
            match pieces.next() {
                Ok(Some(piece)) => first.extend_from_slice(&piece),
                Ok(None) => {
                    let body = ReplyBody::Whole(first.freeze());
                    return self.send(reply, Ok(Reply { headers: self.headers(None), body }));
                }
                Err(problem) => return self.send(reply, Err(problem)),
            }
        }
        let (sender, receiver) = mpsc::channel(PIECES_MAX);
        let body = ReplyBody::Stream(first.freeze(), receiver);
        if reply.send(Ok(Reply { headers: self.headers(None), body })).is_ok() {
            self.forward(&mut pieces, &sender, shared);
        }
    }

    /// Passes pieces on at the client's pace, for as long as the client takes them.
    fn forward(&self, pieces: &mut Pieces<'_>, sender: &mpsc::Sender<Piece>, shared: &Shared) {
        loop {
            let (item, is_last) = match pieces.next() {
                Ok(Some(piece)) => (Piece::Rows(piece), false),
                Ok(None) => (Piece::End, true),
                Err(problem) => (Piece::Failed(problem), true),
            };
            if is_last {
                self.ticket.finish();
            }
            let sending = async { tokio::time::timeout(shared.limits.idle_max, sender.send(item)).await };
            // Gone or asleep: dropping the stream stops the query, and the answer ends without its end.
            let sent = shared.runtime.block_on(sending);
            if !matches!(sent, Ok(Ok(()))) || is_last {
                return;
            }
        }
    }
}

/// Pieces of a result with every header but the first cut off.
struct Pieces<'a> {
    stream: RawStream<'a>,
    header: Header,
    header_length: Option<usize>,
}

impl Pieces<'_> {
    fn next(&mut self) -> Result<Option<Bytes>, Problem> {
        let Some(output): Option<Output> = self.stream.next().map_err(|text| Problem::of_engine(&text))?
        else {
            return Ok(None);
        };
        let piece = Bytes::from_owner(output);
        match self.header_length {
            Some(length) => Ok(Some(piece.slice(length.min(piece.len())..))),
            None => {
                let length = self.header.length(&piece);
                self.header_length = Some(
                    length.ok_or_else(|| Problem::of_engine("a piece of the result has no whole header"))?,
                );
                Ok(Some(piece))
            }
        }
    }
}

/// A text as a literal of SQL.
pub(crate) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}
