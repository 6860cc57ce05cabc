//! A server that takes outgoing postbacks.

use axum::{Router, body::Bytes, extract::State};
use http::{HeaderMap, Method, StatusCode, Uri};
use parking_lot::Mutex;
use std::{net::SocketAddr, sync::Arc};

/// One request as it came.
#[derive(Debug, Clone)]
pub struct Received {
    /// `GET` or `POST`.
    pub method: String,
    /// Path and query.
    pub uri: String,
    /// The key by which a repeat is recognised.
    pub idempotency_key: String,
    /// Body as text.
    pub body: String,
}

#[derive(Default)]
struct Inner {
    received: Mutex<Vec<Received>>,
    answers: Mutex<Vec<u16>>,
}

/// A listening receiver; it ends with the test's runtime.
#[derive(Clone)]
pub struct Receiver {
    inner: Arc<Inner>,
    address: SocketAddr,
}

impl Receiver {
    /// Listens on a free loopback port.
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound address");
        let inner = Arc::new(Inner::default());
        let router = Router::new().fallback(take).with_state(Arc::clone(&inner));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { inner, address }
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Statuses for the next requests, in order; 200 after them.
    pub fn answer_next(&self, statuses: &[u16]) {
        let mut answers = self.inner.answers.lock();
        answers.extend_from_slice(statuses);
    }

    /// Everything received.
    pub fn received(&self) -> Vec<Received> {
        self.inner.received.lock().clone()
    }
}

async fn take(
    State(inner): State<Arc<Inner>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let key = headers.get("idempotency-key").and_then(|value| value.to_str().ok()).unwrap_or_default();
    inner.received.lock().push(Received {
        method: method.to_string(),
        uri: uri.to_string(),
        idempotency_key: key.to_owned(),
        body: String::from_utf8_lossy(&body).into_owned(),
    });
    let mut answers = inner.answers.lock();
    let status = if answers.is_empty() { 200 } else { answers.remove(0) };
    StatusCode::from_u16(status).unwrap_or(StatusCode::OK)
}
