//! Reports and logs in full, as a file that is written while it is read.
//!
//! Promises: constant memory, whatever the size; amounts exact; a text that a spreadsheet would run as a formula is made harmless in
//! CSV; a file that broke off is not taken for whole, because its connection breaks. At most a few exports run at one time.
//! Never: keeps a file.

mod csv;
mod file;
mod json;
mod names;
mod parquet;

use crate::{app::App, error::ApiError, handlers::reports::counted, types::ExportFormat};
use axum::{
    body::Body,
    http::{HeaderValue, header},
    response::{IntoResponse as _, Response},
};
use bytes::Bytes;
pub use file::write_file;
use futures::StreamExt as _;
use names::NameCache;
use signalbox_chassis::problem::Problem;
use signalbox_domain::Scope;
use signalbox_warehouse::{Cell, ExportKind, ExportStream};
use std::{io, time::Duration};
use tokio::{fs::File, sync::mpsc};
use tokio_util::io::ReaderStream;

/// How long an answer waits for the first rows, so that a refusal still has a status.
const FIRST_MAX: Duration = Duration::from_secs(45);
/// A reader that takes nothing for so long is given up.
const STALLED_MAX: Duration = Duration::from_secs(120);
/// Parts that wait for the reader.
const PARTS: usize = 2;

/// A column of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What its values are.
    pub kind: Kind,
}

/// What the values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Integer,
    Money,
    Number,
    Time,
    Boolean,
}

/// Writes rows in one of the formats.
enum Encoder {
    Csv(csv::Csv),
    Json(json::Json),
    Parquet(Box<parquet::Parquet>),
}

impl Encoder {
    fn new(format: ExportFormat, columns: Vec<Column>) -> io::Result<Self> {
        Ok(match format {
            ExportFormat::Csv => Self::Csv(csv::Csv::new(columns)),
            ExportFormat::Jsonl => Self::Json(json::Json::new(&columns)),
            ExportFormat::Parquet => Self::Parquet(Box::new(parquet::Parquet::new(&columns)?)),
        })
    }

    fn rows(&mut self, rows: Vec<Vec<Cell>>) -> io::Result<Vec<u8>> {
        match self {
            Self::Csv(csv) => Ok(csv.rows(&rows)),
            Self::Json(json) => Ok(json.rows(&rows)),
            Self::Parquet(parquet) => parquet.rows(rows),
        }
    }

    fn end(self) -> io::Result<Vec<u8>> {
        match self {
            Self::Csv(csv) => Ok(csv.end()),
            Self::Json(_) => Ok(Vec::new()),
            Self::Parquet(parquet) => parquet.end(),
        }
    }
}

const fn describe(format: ExportFormat) -> (&'static str, &'static str) {
    match format {
        ExportFormat::Csv => ("text/csv; charset=utf-8", "csv"),
        ExportFormat::Jsonl => ("application/x-ndjson", "jsonl"),
        ExportFormat::Parquet => ("application/vnd.apache.parquet", "parquet"),
    }
}

/// The ending of names of files.
pub const fn ending(format: ExportFormat) -> &'static str {
    describe(format).1
}

/// Answers with a file that is there.
pub fn send_file(file: File, name: &str, bytes: u64) -> Response {
    let ending = name.rsplit('.').next().unwrap_or_default();
    let formats = [ExportFormat::Csv, ExportFormat::Jsonl, ExportFormat::Parquet];
    let known = formats.into_iter().map(describe).find(|(_, it)| *it == ending);
    let media_type = known.map_or("application/octet-stream", |(media_type, _)| media_type);
    let mut response = Body::from_stream(ReaderStream::new(file)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(bytes));
    headers.insert(header::CONTENT_DISPOSITION, disposition(name));
    response
}

/// Names a file, whatever letters its name has.
fn disposition(name: &str) -> HeaderValue {
    let plain: String = name.chars().map(|c| if c.is_ascii() { c } else { '_' }).collect();
    let mut encoded = String::new();
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => encoded.push(char::from(byte)),
            byte => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    let text = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}");
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("attachment"))
}

/// Answers with a file of everything that `stream` gives.
///
/// # Errors
/// 503 `busy` when too many exports run; what the warehouse says before the first row.
pub async fn answer(
    app: &App,
    scope: Scope,
    mut stream: ExportStream,
    (format, name): (ExportFormat, &str),
) -> Result<Response, ApiError> {
    let Ok(permit) = app.exports().try_acquire_owned() else {
        let detail = "As many exports as this instance allows are running; try again when one has ended";
        let busy = Problem::unavailable(detail).with_code("busy");
        return Err(busy.with_retry_after(Duration::from_secs(30)).into());
    };
    let mut names = NameCache::new(app.clone(), scope, stream.columns());
    let mut encoder = Encoder::new(format, names.columns()).map_err(Problem::internal)?;
    let first = match tokio::time::timeout(FIRST_MAX, stream.next()).await {
        Ok(first) => Some(counted(first)?),
        Err(_) => None,
    };
    let (parts, body) = mpsc::channel(PARTS);
    tokio::spawn(async move {
        let outcome = write(&mut stream, first, (&mut names, &mut encoder), &parts).await;
        let last = match outcome {
            Ok(()) => encoder.end().map(Bytes::from),
            Err(error) => Err(error),
        };
        if let Err(error) = &last {
            tracing::warn!(%error, "an export broke off");
        }
        let _ = parts.send_timeout(last, STALLED_MAX).await;
        drop(permit);
    });
    let (media_type, ending) = describe(format);
    let day = &app.now().to_rfc3339()[..10];
    let disposition = format!("attachment; filename=\"signalbox-{name}-{day}.{ending}\"");
    let rows = futures::stream::unfold(body, |mut body| async move { Some((body.recv().await?, body)) });
    // What compresses an answer asks once more after its end.
    let mut response = Body::from_stream(rows.fuse()).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    if let Ok(value) = HeaderValue::from_str(&disposition) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(response)
}

type Rows = Option<Vec<Vec<Cell>>>;

/// Writes until the rows end, or until something fails.
async fn write(
    stream: &mut ExportStream,
    mut first: Option<Rows>,
    (names, encoder): (&mut NameCache, &mut Encoder),
    parts: &mpsc::Sender<io::Result<Bytes>>,
) -> io::Result<()> {
    loop {
        let rows = match first.take() {
            Some(rows) => rows,
            None => stream.next().await.map_err(io::Error::other)?,
        };
        let Some(rows) = rows else { return Ok(()) };
        let named = names.add(rows).await.map_err(|error| io::Error::other(error.code().to_owned()))?;
        let bytes = encoder.rows(named)?;
        if !bytes.is_empty() {
            let sent = parts.send_timeout(Ok(bytes.into()), STALLED_MAX).await;
            sent.map_err(|_| io::Error::new(io::ErrorKind::BrokenPipe, "the reader went away"))?;
        }
    }
}

/// The columns of the file for those of the warehouse.
fn kind(kind: ExportKind) -> Kind {
    match kind {
        ExportKind::Text | ExportKind::Id(_) => Kind::Text,
        ExportKind::Integer => Kind::Integer,
        ExportKind::Money => Kind::Money,
        ExportKind::Number => Kind::Number,
        ExportKind::Time => Kind::Time,
        ExportKind::Boolean => Kind::Boolean,
    }
}
