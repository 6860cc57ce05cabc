//! An HTTP request as ClickHouse reads it: the query and what goes with it, from the URL, the headers and form fields.
//!
//! Promises: a name that the engine does not know is answered with the engine's own error, never ignored; what the embedded
//! engine cannot do (sessions, compression, roles) is refused by name.

use http::{HeaderMap, Method, request::Parts};
use subtle::ConstantTimeEq;
use url::form_urlencoded;

use crate::answer::Problem;

/// Longest name of a setting or parameter, longest id of a query.
const NAME_BYTES_MAX: usize = 256;

/// Everything about a query except the rows of its body.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct QueryRequest {
    /// The query as far as it stands in the URL or in a form field.
    pub(crate) query: Option<String>,
    /// Settings in the order given.
    pub(crate) settings: Vec<(String, String)>,
    /// Values for `{name:Type}`, escaped as ClickHouse expects them.
    pub(crate) params: Vec<(String, Vec<u8>)>,
    pub(crate) database: Option<String>,
    /// Format of the answer unless the query names one.
    pub(crate) format: Option<String>,
    pub(crate) query_id: String,
    /// The whole result is awaited before the answer begins.
    pub(crate) wait_end: bool,
    /// Came by GET: may not change anything.
    pub(crate) read_only: bool,
}

/// Who a request says it is.
#[derive(Debug, Default)]
struct Credentials {
    user: Option<String>,
    password: Option<String>,
}

impl QueryRequest {
    /// Reads URL and headers. `password`: what a client has to know; `None`: nothing.
    pub(crate) fn read(parts: &Parts, password: Option<&str>) -> Result<Self, Problem> {
        let mut request = Self {
            read_only: parts.method == Method::GET || parts.method == Method::HEAD,
            ..Self::default()
        };
        let mut credentials = Credentials {
            user: header(&parts.headers, "x-clickhouse-user"),
            password: header(&parts.headers, "x-clickhouse-key"),
        };
        request.database = header(&parts.headers, "x-clickhouse-database");
        request.format = header(&parts.headers, "x-clickhouse-format");
        if parts.headers.contains_key(http::header::CONTENT_ENCODING) {
            return Err(Problem::not_implemented(
                "compressed request bodies are not supported by the embedded engine",
            ));
        }
        // Credentials first: a stranger learns nothing from the other checks.
        let pairs: Vec<_> = form_urlencoded::parse(parts.uri.query().unwrap_or("").as_bytes()).collect();
        for (name, value) in &pairs {
            match name.as_ref() {
                "user" => credentials.user = Some(value.clone().into_owned()),
                "password" => credentials.password = Some(value.clone().into_owned()),
                _ => {}
            }
        }
        credentials.check(password)?;
        for (name, value) in pairs {
            request.set(&name, value.into_owned().into_bytes())?;
        }
        if request.query_id.is_empty() {
            request.query_id = new_query_id();
        }
        Ok(request)
    }

    /// Takes one named value, from the URL or a form.
    pub(crate) fn set(&mut self, name: &str, value: Vec<u8>) -> Result<(), Problem> {
        if name.len() > NAME_BYTES_MAX {
            return Err(Problem::bad(format_args!(
                "a parameter name of {} bytes; {NAME_BYTES_MAX} are allowed",
                name.len()
            )));
        }
        if let Some(parameter) = name.strip_prefix("param_") {
            self.params.retain(|(known, _)| known != parameter);
            self.params.push((parameter.to_owned(), value));
            return Ok(());
        }
        let text = String::from_utf8(value)
            .map_err(|_| Problem::bad(format_args!("the value of {name} is not UTF-8")))?;
        let is_on = !matches!(text.as_str(), "" | "0" | "false");
        match name {
            "query" => self.query = Some(text),
            "database" => self.database = Some(text).filter(|text| !text.is_empty()),
            "default_format" => self.format = Some(text).filter(|text| !text.is_empty()),
            "query_id" if text.len() > NAME_BYTES_MAX => {
                return Err(Problem::bad("query_id is longer than 256 bytes"));
            }
            "query_id" => self.query_id = text,
            "wait_end_of_query" => self.wait_end = is_on,
            "compress" | "decompress" if is_on => {
                return Err(Problem::not_implemented(format_args!(
                    "{name}=1: compression is not supported by the embedded engine; use a client without it"
                )));
            }
            "client_protocol_version" if is_on => {
                return Err(Problem::not_implemented(
                    "client_protocol_version: only 0 is supported by the embedded engine",
                ));
            }
            "session_id" | "session_check" | "role" => {
                return Err(Problem::not_implemented(format_args!(
                    "{name}: the embedded engine has no sessions and no roles"
                )));
            }
            // Known to a server, without a meaning here.
            "user"
            | "password"
            | "quota_key"
            | "buffer_size"
            | "stacktrace"
            | "session_timeout"
            | "close_session"
            | "compress"
            | "decompress"
            | "client_protocol_version" => {}
            _ => self.add_setting(name, text)?,
        }
        Ok(())
    }

    fn add_setting(&mut self, name: &str, value: String) -> Result<(), Problem> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.';
        if name.is_empty() || !name.bytes().all(plain) {
            return Err(Problem::bad(format_args!("{name:?} is not the name of a setting")));
        }
        self.settings.retain(|(known, _)| known != name);
        self.settings.push((name.to_owned(), value));
        Ok(())
    }

    /// The value of a setting, when the client gave one.
    pub(crate) fn setting(&self, name: &str) -> Option<&str> {
        self.settings.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

impl Credentials {
    fn check(&self, expected: Option<&str>) -> Result<(), Problem> {
        let known_user = self.user.as_deref().is_none_or(|user| user.is_empty() || user == crate::USER);
        let given = self.password.as_deref().unwrap_or("");
        let right = bool::from(expected.unwrap_or("").as_bytes().ct_eq(given.as_bytes()));
        if known_user && right { Ok(()) } else { Err(Problem::unauthenticated()) }
    }
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?;
    (!value.is_empty()).then(|| value.to_owned())
}

/// 32 random hexadecimal digits.
pub(crate) fn new_query_id() -> String {
    format!("{:032x}", rand::random::<u128>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(uri: &str, headers: &[(&str, &str)], password: Option<&str>) -> Result<QueryRequest, Problem> {
        let mut builder = http::Request::builder().method("POST").uri(uri);
        for (name, value) in headers {
            builder = builder.header(*name, *value);
        }
        QueryRequest::read(&builder.body(()).unwrap().into_parts().0, password)
    }

    #[test]
    fn sorts_what_the_url_says() {
        let uri = "/?query=SELECT+%7Ba%3AString%7D&database=d&param_a=x%5Ct&max_threads=2&default_format=CSV&query_id=q&wait_end_of_query=1&buffer_size=9";
        let request = read(uri, &[], None).unwrap();
        let expected = QueryRequest {
            query: Some("SELECT {a:String}".to_owned()),
            settings: vec![("max_threads".to_owned(), "2".to_owned())],
            params: vec![("a".to_owned(), b"x\\t".to_vec())],
            database: Some("d".to_owned()),
            format: Some("CSV".to_owned()),
            query_id: "q".to_owned(),
            wait_end: true,
            read_only: false,
        };
        assert_eq!(request, expected);
        let request =
            read("/?a=1&a=2", &[("x-clickhouse-database", "e"), ("x-clickhouse-format", "TSV")], None)
                .unwrap();
        assert_eq!(
            (request.setting("a"), request.database.as_deref(), request.format.as_deref()),
            (Some("2"), Some("e"), Some("TSV"))
        );
        assert_eq!(request.query_id.len(), 32);
    }

    #[test]
    fn lets_in_only_who_knows_the_password() {
        let key = |user: &str, key: &str| {
            read("/", &[("x-clickhouse-user", user), ("x-clickhouse-key", key)], Some("s3cret"))
        };
        assert!(key("default", "s3cret").is_ok());
        assert!(key("", "s3cret").is_ok());
        assert!(read("/?user=default&password=s3cret", &[], Some("s3cret")).is_ok());
        for refused in [
            key("default", ""),
            key("default", "s3cre"),
            key("root", "s3cret"),
            read("/?compress=1", &[], Some("s3cret")),
            read("/", &[("x-clickhouse-key", "x")], None),
        ] {
            assert_eq!(refused.unwrap_err().code, 516);
        }
    }

    #[test]
    fn names_what_it_does_not_do() {
        for uri in [
            "/?compress=1",
            "/?decompress=1",
            "/?session_id=x",
            "/?role=x",
            "/?client_protocol_version=54460",
        ] {
            assert_eq!(read(uri, &[], None).unwrap_err().code, 48, "{uri}");
        }
        assert!(read("/?compress=0&client_protocol_version=0", &[], None).is_ok());
        assert_eq!(read("/", &[("content-encoding", "gzip")], None).unwrap_err().code, 48);
        for uri in ["/?a%3Db=1", "/?a%20b=1", "/?=1", "/?x%27%3B=1"] {
            assert_eq!(read(uri, &[], None).unwrap_err().code, 36, "{uri}");
        }
        assert_eq!(read(&format!("/?{}=1", "a".repeat(300)), &[], None).unwrap_err().code, 36);
    }
}
