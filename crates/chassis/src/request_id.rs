//! The id of a request: taken from a proxy when it is harmless, made otherwise; in the answer, in the log and in problems.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};
use rand::Rng as _;

/// The header, in requests and in answers.
pub const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Longest id that is taken over.
const LENGTH_MAX: usize = 64;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

tokio::task_local! {
    static CURRENT: RequestId;
}

/// The id of one request: 1 to 64 of `A-Z a-z 0-9 . _ -`. Handlers find it as an extension, everything else by [`current`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(String);

impl RequestId {
    /// A new one: 20 random characters.
    pub fn random() -> Self {
        let mut bits: u128 = rand::rng().random();
        let mut text = String::with_capacity(20);
        for _ in 0..20 {
            text.push(char::from(ALPHABET[(bits & 31) as usize]));
            bits >>= 5;
        }
        Self(text)
    }

    /// The id that came with a request, when it is harmless to repeat.
    pub fn from_headers(headers: &HeaderMap) -> Option<Self> {
        let text = headers.get(HEADER)?.to_str().ok()?;
        let harmless = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        ((1..=LENGTH_MAX).contains(&text.len()) && text.bytes().all(harmless)).then(|| Self(text.to_owned()))
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The id of the request that this task is answering, inside [`middleware`].
pub fn current() -> Option<RequestId> {
    CURRENT.try_with(Clone::clone).ok()
}

/// Gives the request its id, and the answer the same. Use it outermost: `middleware::from_fn(request_id::middleware)`.
pub async fn middleware(mut request: Request, next: Next) -> Response {
    let id = RequestId::from_headers(request.headers()).unwrap_or_else(RequestId::random);
    request.extensions_mut().insert(id.clone());
    let header = HeaderValue::from_str(id.as_str()).ok();
    let mut response = CURRENT.scope(id, next.run(request)).await;
    if let Some(header) = header {
        response.headers_mut().insert(HEADER, header);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(value: &str) -> HeaderMap {
        HeaderMap::from_iter([(HEADER, HeaderValue::from_str(value).unwrap())])
    }

    #[test]
    fn takes_over_what_is_harmless() {
        assert_eq!(RequestId::from_headers(&with("a1.B-2_c")).unwrap().as_str(), "a1.B-2_c");
        for bad in ["", "a b", "a\"b", "{\"a\":1}", &"x".repeat(65)] {
            assert_eq!(RequestId::from_headers(&with(bad)), None, "{bad}");
        }
        assert_eq!(RequestId::from_headers(&HeaderMap::new()), None);
    }

    #[test]
    fn random_ones_differ_and_would_be_taken_over() {
        let (a, b) = (RequestId::random(), RequestId::random());
        assert_ne!(a, b);
        assert_eq!(RequestId::from_headers(&with(a.as_str())), Some(a));
        assert!(current().is_none());
    }
}
