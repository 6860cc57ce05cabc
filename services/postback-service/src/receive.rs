//! Conversions in: `/{key}/postback`, by GET or POST (form or JSON). Also the places where other trackers take them, without a key: such a
//! postback counts when the network of its click's destination allows that, which is looked up when it is judged.
//!
//! What is known to be from a network is journaled as received, on disk, before it is understood; only then is it answered. A refusal that
//! needs no look-up (no click id, a literal macro, a payout that is no number) is told in the answer, and can still be judged again later.
//! What a page embeds (`/conversion.gif`, `/conversion.html`) is answered with a picture or an empty page instead.

mod parameters;

use crate::{
    config::{Config, CurrentConfig, digest},
    heads::ClickHeads,
    metrics::Metrics,
    reading,
    strays::{self, Stray, Strays},
};
use axum::{
    Router,
    body::Bytes,
    extract::{ConnectInfo, DefaultBodyLimit, FromRequest, Path, Request, State},
    response::{IntoResponse, Response},
    routing::any,
};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use signalbox_chassis::{
    client_ip::{TrustedProxies, limit_key},
    embed::{self, Form},
    ratelimit::RateLimiter,
    warn_limited,
};
use signalbox_domain::{AddressPolicy, AffiliateNetworkId, Timestamp, WorkspaceId};
use signalbox_events::{
    Journal,
    wire::{PostbackRawV1, Record},
};
use std::{borrow::Cow, net::SocketAddr, sync::Arc};

pub use parameters::{BYTES_MAX, PARAMETERS_MAX, ParametersError, read_parameters};

/// What receiving needs.
pub(crate) struct Receiver {
    pub(crate) config: CurrentConfig,
    pub(crate) postbacks: Journal,
    pub(crate) heads: ClickHeads,
    pub(crate) proxies: TrustedProxies,
    pub(crate) limiter: RateLimiter,
    pub(crate) strays: Strays,
    pub(crate) metrics: Arc<Metrics>,
}

/// The routes; also mounted on the tracking domain when one process hosts both.
pub(crate) fn router(receiver: Arc<Receiver>, body_bytes_max: usize) -> Router {
    KEYLESS
        .iter()
        .fold(Router::new(), |router, path| router.route(path, any(receive_keyless)))
        .route("/{key}/postback", any(receive_postback))
        .layer(DefaultBodyLimit::max(body_bytes_max))
        .with_state(receiver)
}

/// Where other trackers take conversions, without a key of the network.
const KEYLESS: &[&str] = &[
    "/postback",
    "/cf/cv",
    "/adclick.php",
    "/tracking202/static/gpb.php",
    "/conversion.gif",
    "/conversion.html",
];

async fn receive_postback(
    State(receiver): State<Arc<Receiver>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Path(key): Path<String>,
    request: Request,
) -> Response {
    receive(&receiver, peer, Some(&key), request).await
}

async fn receive_keyless(
    State(receiver): State<Arc<Receiver>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let form = Form::of(request.uri().path());
    form.dress(receive(&receiver, peer, None, request).await)
}

async fn receive(receiver: &Receiver, peer: SocketAddr, key: Option<&str>, request: Request) -> Response {
    let ip = receiver.proxies.client(peer.ip(), request.headers());
    if let Err(limited) = receiver.limiter.check(&limit_key(ip)) {
        receiver.metrics.answered("limited").increment(1);
        let mut response =
            text(StatusCode::TOO_MANY_REQUESTS, "Too many postbacks from this address; try again later\n");
        let seconds = limited.retry_after.as_secs().max(1);
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        return response;
    }
    // What a visitor's browser sends comes from the visitor.
    let browser = request.extensions().get::<AddressPolicy>().copied();
    let browser = browser.or((Form::of(request.uri().path()) != Form::Text).then_some(AddressPolicy::Keep));
    let (method, uri, headers) = (request.method().clone(), request.uri().clone(), request.headers().clone());
    if !matches!(method, Method::GET | Method::POST) {
        let mut response = text(StatusCode::METHOD_NOT_ALLOWED, "Use GET or POST\n");
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, POST"));
        return response;
    }
    let body = match Bytes::from_request(request, &()).await {
        Ok(body) => body,
        Err(rejection) => {
            return (rejection.status(), "The body is too large or was cut off\n").into_response();
        }
    };
    let query = uri.query().unwrap_or_default();
    let from = From { method: &method, headers: &headers, ip, browser, query: Cow::Borrowed(query) };
    let parameters = match read_parameters(query, &headers, &body) {
        Ok(parameters) => parameters,
        Err(error) => {
            let reason = format!("{error}; nothing was kept of it but this note");
            receiver.stray(&from, key, ("parameters_unreadable", &reason));
            return (StatusCode::BAD_REQUEST, format!("{error}\n")).into_response();
        }
    };
    match key {
        Some(key) => receiver.accept(key, &from, parameters).await,
        None => receiver.accept_keyless(&from, parameters).await,
    }
}

/// How a postback came.
struct From<'a> {
    method: &'a Method,
    headers: &'a HeaderMap,
    ip: std::net::IpAddr,
    /// The policy that is known to hold for its address, when a visitor's browser sent it.
    browser: Option<AddressPolicy>,
    query: Cow<'a, str>,
}

impl From<'_> {
    /// The same with all its parameters, those of the body too, in the query.
    fn with(&self, parameters: &[(String, String)]) -> Self {
        Self { query: Cow::Owned(crate::judge::query(parameters)), ..*self }
    }

    /// What is kept of the sender's address: all of a server's, of a visitor's what the workspace allows; of one whose workspace nobody knows,
    /// what every workspace does.
    fn kept_ip(&self, config: Option<&Config>, workspace: WorkspaceId) -> std::net::IpAddr {
        let Some(browser) = self.browser else { return self.ip };
        let known = config.map(|config| config.addresses_of(workspace));
        browser.max(known.unwrap_or_default()).cut(self.ip)
    }

    fn header(&self, name: header::HeaderName) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Host as sent, lower case, without port.
    fn host(&self) -> String {
        let host = self.header(header::HOST);
        let name = if host.starts_with('[') { host } else { host.split(':').next().unwrap_or_default() };
        name.trim_end_matches('.').to_ascii_lowercase()
    }
}

impl Receiver {
    async fn accept(&self, key: &str, from: &From<'_>, parameters: Vec<(String, String)>) -> Response {
        let Some(config) = self.config.get() else { return busy("not ready yet") };
        let Some(known) = config.network_by_digest(&digest(key), Timestamp::now()) else {
            if config.lacks_keys() {
                return busy("the keys of some networks cannot be read by this server now");
            }
            self.metrics.answered("unknown_key").increment(1);
            self.stray(&from.with(&parameters), Some(key), ("key_unknown", strays::KEY_UNKNOWN));
            return (StatusCode::NOT_FOUND, format!("Unknown postback key: {}\n", strays::KEY_UNKNOWN))
                .into_response();
        };
        if !known.allows(from.ip) {
            self.metrics.answered("address_refused").increment(1);
            let reason = known.refusal_of(from.ip);
            self.stray(&from.with(&parameters), Some(key), ("address_not_allowed", &reason));
            let text =
                format!("address_not_allowed: postbacks of this network may not come from {}\n", from.ip);
            return (StatusCode::FORBIDDEN, text).into_response();
        }
        let workspace = config.workspace(known.workspace);
        let reading =
            reading::read(&parameters, &known.network, workspace).map(|_| embed::taken(pairs(&parameters)));
        let raw = self.raw((known.workspace, known.network.id), from, parameters).await;
        if let Err(reason) = self.keep(raw).await {
            return busy(&reason);
        }
        self.told(reading)
    }

    /// Without a key nobody can be told whose postback it is; what names no click is nobody's and is not kept.
    async fn accept_keyless(&self, from: &From<'_>, parameters: Vec<(String, String)>) -> Response {
        let Some(config) = self.config.get() else { return busy("not ready yet") };
        if let Err(refusal) = reading::read_click_of(&parameters) {
            return self.told(Err(refusal));
        }
        let workspace = config.workspace_of_host(&from.host()).unwrap_or(WorkspaceId::NONE);
        let taken = embed::taken(pairs(&parameters));
        let raw = self.raw((workspace, AffiliateNetworkId::NONE), from, parameters).await;
        match self.keep(raw).await {
            Ok(()) => self.told(Ok(taken)),
            Err(reason) => busy(&reason),
        }
    }

    /// Keeps what belongs to nobody in the ring of such requests.
    fn stray(&self, from: &From<'_>, key: Option<&str>, (code, reason): (&'static str, &str)) {
        let stray = Stray {
            code,
            reason,
            key_sha256: key.map(digest),
            method: from.method.as_str(),
            query: &from.query,
            ip: from.kept_ip(self.config.get().as_deref(), WorkspaceId::NONE),
            user_agent: from.header(header::USER_AGENT),
        };
        self.strays.note(&stray, Timestamp::now());
    }

    fn told(&self, reading: Result<Response, reading::Refusal>) -> Response {
        match reading {
            Ok(taken) => {
                self.metrics.answered("accepted").increment(1);
                taken
            }
            Err(refusal) if refusal.is_wish() => {
                self.metrics.answered("accepted").increment(1);
                "OK\n".into_response()
            }
            Err(refusal) => {
                self.metrics.answered("refused").increment(1);
                (StatusCode::BAD_REQUEST, format!("{}: {}\n", refusal.code, refusal.reason)).into_response()
            }
        }
    }

    async fn raw(
        &self,
        (workspace, network): (WorkspaceId, AffiliateNetworkId),
        from: &From<'_>,
        parameters: Vec<(String, String)>,
    ) -> PostbackRawV1<'static> {
        let parameters = parameters.into_iter();
        PostbackRawV1 {
            at: Timestamp::now(),
            workspace,
            network,
            method: Cow::Owned(from.method.to_string()),
            parameters: parameters.map(|(name, value)| (Cow::Owned(name), Cow::Owned(value))).collect(),
            ip: from.kept_ip(self.config.get().as_deref(), workspace),
            user_agent: Cow::Owned(from.header(header::USER_AGENT).chars().take(300).collect()),
            heads: self.heads.now().await,
        }
    }

    /// Journals the postback, on disk when this returns.
    async fn keep(&self, raw: PostbackRawV1<'_>) -> Result<(), String> {
        let record = Record::PostbackRaw(raw).encode().map_err(|error| error.to_string())?;
        self.postbacks.append_durable(&record).await.map(drop).map_err(|error| {
            self.metrics.answered("not_kept").increment(1);
            warn_limited!(6, %error, "a postback could not be journaled and was answered 503");
            error.to_string()
        })
    }
}

fn pairs(parameters: &[(String, String)]) -> impl Iterator<Item = (&str, &str)> {
    parameters.iter().map(|(name, value)| (name.as_str(), value.as_str()))
}

fn busy(reason: &str) -> Response {
    let mut response =
        (StatusCode::SERVICE_UNAVAILABLE, format!("Not kept ({reason}); try again\n")).into_response();
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    response
}

fn text(status: StatusCode, text: &'static str) -> Response {
    (status, text).into_response()
}

#[cfg(test)]
mod tests;
