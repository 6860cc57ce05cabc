//! What a request gets back: a problem in ClickHouse's words, or the bytes of a result with its headers.

use std::fmt;

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use crate::ffi::Counts;

/// Codes of ClickHouse that this crate gives itself.
pub(crate) mod code {
    pub(crate) const BAD_ARGUMENTS: i32 = 36;
    pub(crate) const NOT_IMPLEMENTED: i32 = 48;
    pub(crate) const SYNTAX_ERROR: i32 = 62;
    pub(crate) const TIMEOUT_EXCEEDED: i32 = 159;
    pub(crate) const TOO_MANY_SIMULTANEOUS_QUERIES: i32 = 202;
    pub(crate) const NETWORK_ERROR: i32 = 210;
    pub(crate) const QUERY_IS_TOO_LARGE: i32 = 229;
    pub(crate) const ABORTED: i32 = 236;
    pub(crate) const CANNOT_WRITE_TO_FILE_DESCRIPTOR: i32 = 75;
    pub(crate) const QUERY_WAS_CANCELLED: i32 = 394;
    pub(crate) const AUTHENTICATION_FAILED: i32 = 516;
    /// Anything the engine threw without a code.
    pub(crate) const STD_EXCEPTION: i32 = 1001;
}

/// An error as ClickHouse tells it: a code and a text that ends with the code's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) code: i32,
    text: String,
    status: Option<StatusCode>,
}

impl Problem {
    fn own(code: i32, name: &str, reason: impl fmt::Display) -> Self {
        Self { code, text: format!("Code: {code}. DB::Exception: {reason}. ({name})"), status: None }
    }

    fn with_status(mut self, status: StatusCode) -> Self {
        self.status = Some(status);
        self
    }

    pub(crate) fn syntax(reason: &str) -> Self {
        Self::own(code::SYNTAX_ERROR, "SYNTAX_ERROR", format_args!("Syntax error: {reason}"))
    }

    pub(crate) fn bad(reason: impl fmt::Display) -> Self {
        Self::own(code::BAD_ARGUMENTS, "BAD_ARGUMENTS", reason)
    }

    pub(crate) fn not_implemented(reason: impl fmt::Display) -> Self {
        Self::own(code::NOT_IMPLEMENTED, "NOT_IMPLEMENTED", reason)
    }

    pub(crate) fn too_large(what: &str, limit: u64) -> Self {
        let reason = format_args!("{what} is larger than the limit of {limit} bytes");
        Self::own(code::QUERY_IS_TOO_LARGE, "QUERY_IS_TOO_LARGE", reason)
    }

    /// The queue is full, or waiting in it took too long. Worth another try.
    pub(crate) fn busy(reason: impl fmt::Display) -> Self {
        Self::own(code::TOO_MANY_SIMULTANEOUS_QUERIES, "TOO_MANY_SIMULTANEOUS_QUERIES", reason)
            .with_status(StatusCode::SERVICE_UNAVAILABLE)
    }

    pub(crate) fn body_broken(reason: impl fmt::Display) -> Self {
        Self::own(
            code::NETWORK_ERROR,
            "NETWORK_ERROR",
            format_args!("the request body could not be read: {reason}"),
        )
        .with_status(StatusCode::BAD_REQUEST)
    }

    pub(crate) fn body_stalled(seconds: u64) -> Self {
        let reason = format_args!("nothing more of the request body came for {seconds} s");
        Self::own(code::TIMEOUT_EXCEEDED, "TIMEOUT_EXCEEDED", reason)
    }

    pub(crate) fn spool(reason: impl fmt::Display) -> Self {
        let reason = format_args!("the rows could not be set aside: {reason}");
        Self::own(code::CANNOT_WRITE_TO_FILE_DESCRIPTOR, "CANNOT_WRITE_TO_FILE_DESCRIPTOR", reason)
    }

    pub(crate) fn stopping() -> Self {
        Self::own(code::ABORTED, "ABORTED", "the engine is stopping")
            .with_status(StatusCode::SERVICE_UNAVAILABLE)
    }

    pub(crate) fn cancelled(reason: impl fmt::Display) -> Self {
        Self::own(code::QUERY_WAS_CANCELLED, "QUERY_WAS_CANCELLED", reason)
    }

    pub(crate) fn unauthenticated() -> Self {
        let reason =
            "default: Authentication failed: password is incorrect, or there is no user with such name";
        Self::own(code::AUTHENTICATION_FAILED, "AUTHENTICATION_FAILED", reason)
    }

    /// What the engine said, as it said it.
    pub(crate) fn of_engine(text: &str) -> Self {
        // Errors while rows are parsed come wrapped in a copy of their own beginning.
        let mut text = text.trim();
        while let Some((before, inner)) =
            text.split_once("DB::Exception: ").filter(|(_, inner)| inner.starts_with("Code: "))
        {
            debug_assert!(before.starts_with("Code: "), "{before}");
            text = inner.rsplit_once(" (version ").map_or(inner, |(text, _)| text);
        }
        let code = text.strip_prefix("Code: ").and_then(|rest| rest.split('.').next()?.parse().ok());
        match code {
            Some(code) => Self { code, text: text.to_owned(), status: None },
            None => Self::own(code::STD_EXCEPTION, "STD_EXCEPTION", text),
        }
    }

    /// The text as a server sends it, with the version at its end.
    pub(crate) fn full_text(&self, version: &str) -> String {
        format!("{} (version {version} (embedded))\n", self.text)
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.status.unwrap_or_else(|| status_of(self.code))
    }

    pub(crate) fn into_response(self, version: &str) -> Response {
        let mut response = (self.status(), self.full_text(version)).into_response();
        let headers = response.headers_mut();
        headers.insert(HeaderName::from_static("x-clickhouse-exception-code"), HeaderValue::from(self.code));
        response
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The status that a ClickHouse server gives with a code.
fn status_of(code: i32) -> StatusCode {
    match code {
        194 => StatusCode::UNAUTHORIZED,
        // Unknown user, wrong password, authentication failed, access denied, role not granted.
        192 | 193 | 516 | 497 | 512 => StatusCode::FORBIDDEN,
        // Bad arguments, values that cannot be parsed, columns that do not fit, syntax.
        6 | 8 | 15 | 25 | 26 | 27 | 36 | 37 | 38 | 41 | 44 | 53 | 62 | 72 | 117 | 123 | 167 | 168 | 223
        | 321 | 376 | 427 | 441 | 675 | 676 => StatusCode::BAD_REQUEST,
        // Unknown table, function, identifier, type, storage, database, setting, format, …
        46 | 47 | 50 | 56 | 60 | 63 | 73 | 78 | 81 | 115 | 152 | 336 | 511 => StatusCode::NOT_FOUND,
        159 => StatusCode::REQUEST_TIMEOUT,
        229 => StatusCode::PAYLOAD_TOO_LARGE,
        48 => StatusCode::NOT_IMPLEMENTED,
        76 | 209 | 439 => StatusCode::SERVICE_UNAVAILABLE,
        381 => StatusCode::LENGTH_REQUIRED,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The headers of a successful answer.
pub(crate) fn headers(query_id: &str, format: &str, counts: Option<Counts>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let mut set = |name: &'static str, value: &str| {
        // A name of a format or an id that is no header value is left out: the header is a courtesy.
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    set("x-clickhouse-query-id", query_id);
    set("x-clickhouse-format", format);
    set("x-clickhouse-timezone", "UTC");
    if let Some(counts) = counts {
        set("x-clickhouse-summary", &summary(counts));
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(format)));
    headers
}

fn summary(counts: Counts) -> String {
    let Counts { result_rows, result_bytes, read_rows, read_bytes, written_rows, written_bytes, elapsed_ns } =
        counts;
    let text = |value: u64| value.to_string();
    serde_json::json!({
        "read_rows": text(read_rows), "read_bytes": text(read_bytes),
        "written_rows": text(written_rows), "written_bytes": text(written_bytes),
        "result_rows": text(result_rows), "result_bytes": text(result_bytes), "elapsed_ns": text(elapsed_ns),
    })
    .to_string()
}

fn content_type(format: &str) -> &'static str {
    let format = format.to_ascii_lowercase();
    match format.as_str() {
        "csv" | "csvwithnames" | "csvwithnamesandtypes" => "text/csv; charset=UTF-8",
        "json" | "jsoncompact" | "jsonstrings" | "jsoncolumns" => "application/json; charset=UTF-8",
        name if name.ends_with("eachrow") || name == "ndjson" => "application/x-ndjson; charset=UTF-8",
        name if name.starts_with("rowbinary")
            || ["native", "parquet", "arrow", "arrowstream", "orc", "avro"].contains(&name) =>
        {
            "application/octet-stream"
        }
        name if name.starts_with("tabseparated") || name.starts_with("tsv") => {
            "text/tab-separated-values; charset=UTF-8"
        }
        _ => "text/plain; charset=UTF-8",
    }
}

/// The last piece of an answer that broke off after its headers had gone out: clients of ClickHouse look for it.
pub(crate) fn exception_trailer(problem: &Problem, version: &str, tag: &str) -> Bytes {
    let text = problem.full_text(version);
    Bytes::from(format!(
        "\r\n__exception__\r\n{tag}\r\n{text}{length} {tag}\r\n__exception__\r\n",
        length = text.len()
    ))
}

/// A short plain answer.
pub(crate) fn plain(status: StatusCode, text: &'static str) -> Response {
    (status, [(header::CONTENT_TYPE, "text/html; charset=UTF-8")], Body::from(text)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speaks_as_the_engine_does() {
        let simple =
            Problem::of_engine("Code: 60. DB::Exception: Table default.x does not exist. (UNKNOWN_TABLE)\n");
        assert_eq!((simple.code, simple.status()), (60, StatusCode::NOT_FOUND));
        assert_eq!(
            simple.full_text("26.5.1.1"),
            "Code: 60. DB::Exception: Table default.x does not exist. (UNKNOWN_TABLE) (version 26.5.1.1 (embedded))\n"
        );
        let nested = Problem::of_engine(
            "Code: 27. DB::Exception: Code: 27. DB::Exception: Cannot parse input. (X) (version 26.5.1.1). (X)",
        );
        assert_eq!(nested.to_string(), "Code: 27. DB::Exception: Cannot parse input. (X)");
        let alien = Problem::of_engine("std::bad_alloc");
        assert_eq!((alien.code, alien.status()), (1001, StatusCode::INTERNAL_SERVER_ERROR));
        assert_eq!(Problem::of_engine("").code, 1001);
    }

    #[test]
    fn statuses_are_those_of_a_server() {
        for (problem, status) in [
            (Problem::syntax("x"), 400),
            (Problem::bad("x"), 400),
            (Problem::not_implemented("x"), 501),
            (Problem::too_large("x", 1), 413),
            (Problem::busy("x"), 503),
            (Problem::unauthenticated(), 403),
            (Problem::body_stalled(1), 408),
            (Problem::of_engine("Code: 241. DB::Exception: memory"), 500),
        ] {
            assert_eq!(problem.status().as_u16(), status, "{problem}");
            let response = problem.clone().into_response("1");
            assert_eq!(response.headers()["x-clickhouse-exception-code"], problem.code.to_string().as_str());
        }
    }

    #[test]
    fn the_trailer_counts_its_text() {
        let trailer = exception_trailer(&Problem::bad("x"), "1", "tag");
        let text = std::str::from_utf8(&trailer).unwrap();
        let body = text.strip_prefix("\r\n__exception__\r\ntag\r\n").unwrap();
        let body = body.strip_suffix(" tag\r\n__exception__\r\n").unwrap();
        let (message, length) = body.rsplit_once('\n').unwrap();
        assert_eq!(length.parse::<usize>().unwrap(), message.len() + 1);
    }
}
