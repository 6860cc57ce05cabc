//! ClickHouse's HTTP interface: from a request to a job in a queue, and from its reply to an answer.
//!
//! Promises: `/ping` never waits for the engine; a body that breaks off or stalls runs nothing; a client that goes away frees
//! its place.

use std::sync::Arc;

use axum::{
    Router,
    body::{Body, BodyDataStream},
    extract::State,
    response::Response,
    routing::get,
};
use bytes::{Bytes, BytesMut};
use futures::{Stream, StreamExt};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, header, request::Parts};
use tokio::sync::{mpsc, oneshot};

use crate::{
    answer::{self, Problem},
    control::Control,
    lanes::{Lane, Shared},
    multipart,
    password::Password,
    pieces,
    request::QueryRequest,
    run::{Job, Piece, Reply, ReplyBody},
    spool::{Spool, SpoolBudget},
    sql::{self, Shape},
    ticket::{Ticket, Waiter},
};

/// So much of a body is looked at to find out whether it is an INSERT with rows.
const HEAD_BYTES: usize = 64 << 10;

/// What the handlers need.
pub(crate) struct App {
    pub(crate) shared: Arc<Shared>,
    pub(crate) reads: Lane,
    pub(crate) writes: Lane,
    pub(crate) control: Control,
    pub(crate) spools: Arc<SpoolBudget>,
    pub(crate) password: Option<Password>,
}

/// Every address that is answered.
pub(crate) fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/ping", get(|| async { answer::plain(StatusCode::OK, "Ok.\n") }))
        .route("/", get(query).post(query))
        .fallback(|| async {
            answer::plain(
                StatusCode::NOT_FOUND,
                "There is nothing here: use / for queries and /ping for health.\n",
            )
        })
        .with_state(app)
}

async fn query(State(app): State<Arc<App>>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    if parts.method == Method::GET && parts.uri.query().is_none_or(str::is_empty) {
        return answer::plain(StatusCode::OK, "Ok.\n");
    }
    match app.answer(&parts, body).await {
        Ok(response) => response,
        Err(problem) => {
            tracing::debug!(code = problem.code, "query refused or failed");
            problem.into_response(app.shared.engine.version())
        }
    }
}

/// A statement ready for the engine.
struct Statement {
    sql: Vec<u8>,
    spool: Option<Spool>,
    is_insert: bool,
    is_select: bool,
    format: Option<String>,
}

impl App {
    async fn answer(&self, parts: &Parts, body: Body) -> Result<Response, Problem> {
        let mut request = QueryRequest::read(parts, self.password.as_ref().map(Password::expose))?;
        let mut body = Incoming { chunks: body.into_data_stream(), idle_max: self.shared.limits.idle_max };
        let content_type =
            parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
        if let Some(boundary) = multipart::boundary(content_type) {
            let form = body.collect(BytesMut::new(), self.shared.limits.query_bytes_max).await?;
            for (name, value) in multipart::parse(&form, &boundary?)? {
                request.set(&name, value)?;
            }
            body.chunks = Body::empty().into_data_stream();
        }
        let statement = self.statement(request.query.take(), &mut body).await?;
        self.run(request, statement).await
    }

    /// Reads the statement from URL and body, and sets its rows aside.
    async fn statement(&self, query: Option<String>, body: &mut Incoming) -> Result<Statement, Problem> {
        let query_max = self.shared.limits.query_bytes_max;
        let Some(query) = query else {
            let head = body.at_least(HEAD_BYTES).await?;
            if let Ok(Shape::Rows(rows)) = self.analyse(&head, false) {
                return self.with_rows(&head, &rows, body).await;
            }
            let text = body.collect(head, query_max).await?;
            return self.whole(&text, body).await;
        };
        // As a server does: the URL's part, a line break, the body's part.
        let mut text = BytesMut::from(format!("{query}\n").as_bytes());
        let first = body.next().await?;
        if let Some(first) = first {
            let shape = self.analyse(&text, true)?;
            text.extend_from_slice(&first);
            if let Shape::Rows(rows) = shape {
                return self.with_rows(&text, &rows, body).await;
            }
            text = body.collect(text, query_max).await?;
        }
        self.whole(&text, body).await
    }

    fn analyse(&self, text: &[u8], has_body: bool) -> Result<Shape, Problem> {
        sql::analyse(text, has_body, |name| self.shared.engine.is_format(name))
    }

    async fn whole(&self, text: &[u8], body: &mut Incoming) -> Result<Statement, Problem> {
        match self.analyse(text, false)? {
            Shape::Rows(rows) => self.with_rows(text, &rows, body).await,
            Shape::Plain(plain) => Ok(Statement {
                sql: text.to_vec(),
                spool: None,
                is_insert: plain.is_insert,
                is_select: plain.is_select,
                format: plain.format,
            }),
        }
    }

    async fn with_rows(
        &self,
        text: &[u8],
        rows: &sql::Rows,
        body: &mut Incoming,
    ) -> Result<Statement, Problem> {
        let mut spool = Spool::new(&self.spools)?;
        spool.write(&text[rows.rows_at..])?;
        while let Some(chunk) = body.next().await? {
            spool.write(&chunk)?;
        }
        let sql = rows.statement(text, spool.path());
        Ok(Statement { sql, spool: Some(spool), is_insert: true, is_select: false, format: None })
    }

    async fn run(&self, request: QueryRequest, statement: Statement) -> Result<Response, Problem> {
        let Statement { sql, spool, is_insert, is_select, format } = statement;
        let format = format.or_else(|| request.format.clone()).unwrap_or_else(|| "TabSeparated".to_owned());
        let stream = pieces::streamable(&format).filter(|_| is_select && !request.wait_end);
        let ticket = Ticket::new(request.setting("log_comment"), is_select);
        let (started, mut has_started) = oneshot::channel();
        let (reply, answer) = oneshot::channel();
        let waiter = Waiter::new(Arc::clone(&ticket), self.control.clone());
        let lane = if is_insert { &self.writes } else { &self.reads };
        let job = Job { request, sql, spool, format, stream, ticket: Arc::clone(&ticket), started, reply };
        lane.submit(Box::new(job))?;
        let wait_max = self.shared.limits.queue_wait_max;
        if tokio::time::timeout(wait_max, &mut has_started).await.is_err() && ticket.abandon() {
            return Err(Problem::busy(format_args!("no thread became free within {} s", wait_max.as_secs())));
        }
        let reply = answer.await.map_err(|_| Problem::cancelled("the query ended without an answer"))??;
        Ok(self.respond(reply, waiter))
    }

    fn respond(&self, reply: Reply, waiter: Waiter) -> Response {
        let Reply { mut headers, body } = reply;
        let body = match body {
            ReplyBody::Whole(bytes) => Body::from(bytes),
            ReplyBody::Stream(first, rest) => {
                let tag = format!("{:016x}", rand::random::<u64>());
                insert_tag(&mut headers, &tag);
                let version = self.shared.engine.version().to_owned();
                Body::from_stream(stream_body(first, StreamState { rest, waiter, tag, version }))
            }
        };
        let mut response = Response::new(body);
        *response.headers_mut() = headers;
        response
    }
}

fn insert_tag(headers: &mut HeaderMap, tag: &str) {
    if let Ok(tag) = HeaderValue::from_str(tag) {
        headers.insert(HeaderName::from_static("x-clickhouse-exception-tag"), tag);
    }
}

/// The rest of a streamed answer. Dropped with the connection, it stops the query.
struct StreamState {
    rest: mpsc::Receiver<Piece>,
    waiter: Waiter,
    tag: String,
    version: String,
}

enum Next {
    First(Bytes),
    More,
    /// The error has been told; now the connection must break, so that nobody takes the answer for whole.
    Broken,
}

fn stream_body(first: Bytes, state: StreamState) -> impl Stream<Item = Result<Bytes, std::io::Error>> {
    futures::stream::unfold((Next::First(first), state), |(next, mut state)| async move {
        match next {
            Next::First(bytes) => Some((Ok(bytes), (Next::More, state))),
            Next::More => match state.rest.recv().await {
                Some(Piece::Rows(bytes)) => Some((Ok(bytes), (Next::More, state))),
                Some(Piece::Failed(problem)) => {
                    let trailer = answer::exception_trailer(&problem, &state.version, &state.tag);
                    Some((Ok(trailer), (Next::Broken, state)))
                }
                Some(Piece::End) => {
                    drop(state.waiter);
                    None
                }
                None => Some((Err(broken_off()), (Next::More, state))),
            },
            Next::Broken => {
                // Lets the connection send the error text before it breaks.
                tokio::task::yield_now().await;
                Some((Err(broken_off()), (Next::More, state)))
            }
        }
    })
}

fn broken_off() -> std::io::Error {
    std::io::Error::other("the query failed after its answer had begun")
}

/// A request body, read with patience but not for ever.
struct Incoming {
    chunks: BodyDataStream,
    idle_max: std::time::Duration,
}

impl Incoming {
    /// The next bytes, never empty; `None` at the end.
    async fn next(&mut self) -> Result<Option<Bytes>, Problem> {
        loop {
            let chunk = tokio::time::timeout(self.idle_max, self.chunks.next()).await;
            match chunk.map_err(|_| Problem::body_stalled(self.idle_max.as_secs()))? {
                Some(Ok(bytes)) if bytes.is_empty() => {}
                Some(Ok(bytes)) => return Ok(Some(bytes)),
                Some(Err(error)) => return Err(Problem::body_broken(error)),
                None => return Ok(None),
            }
        }
    }

    /// So many bytes, or fewer when the body is shorter.
    async fn at_least(&mut self, bytes: usize) -> Result<BytesMut, Problem> {
        let mut text = BytesMut::new();
        while text.len() < bytes {
            let Some(chunk) = self.next().await? else { break };
            text.extend_from_slice(&chunk);
        }
        Ok(text)
    }

    /// All that is left, behind what is there.
    async fn collect(&mut self, mut text: BytesMut, bytes_max: u64) -> Result<BytesMut, Problem> {
        loop {
            if text.len() as u64 > bytes_max {
                return Err(Problem::too_large("the query", bytes_max));
            }
            let Some(chunk) = self.next().await? else { return Ok(text) };
            text.extend_from_slice(&chunk);
        }
    }
}
