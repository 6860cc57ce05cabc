//! The one state of the service: every shared thing, made once at start.

use crate::{
    alerts::Sender,
    auth::{LoginLimits, Passwords},
    geo::GeoSources,
    landing_store::LandingStore,
    rate_feed::Fetcher,
};
use axum::extract::{ConnectInfo, FromRequestParts};
use http::request::Parts;
use signalbox_catalog::Catalog;
use signalbox_chassis::{client_ip::TrustedProxies, settings::ApiSettings};
use signalbox_detect::Detector;
use signalbox_domain::Timestamp;
use signalbox_warehouse::Warehouse;
use std::{
    convert::Infallible,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
};
use tokio::sync::{Semaphore, watch};

/// Where the time comes from; tests put their own clock here.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Addresses under which the instance is reached, without a slash at the end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Urls {
    /// Admin and API.
    pub admin: String,
    /// Visitors.
    pub traffic: String,
    /// Affiliate networks.
    pub postback: String,
}

/// Everything that handlers share. Clones are the same.
#[derive(Clone)]
pub struct App(Arc<Inner>);

/// What an [`App`] is made of.
pub(crate) struct Inner {
    pub settings: ApiSettings,
    pub proxies: TrustedProxies,
    pub catalog: Catalog,
    pub warehouse: watch::Receiver<Option<Warehouse>>,
    pub detector: Arc<Detector>,
    pub landings: Arc<LandingStore>,
    pub uploads: Arc<Semaphore>,
    pub exports: Arc<Semaphore>,
    pub sender: Sender,
    pub fetcher: Fetcher,
    pub geo: GeoSources,
    pub urls: Urls,
    pub clock: Clock,
    pub limits: LoginLimits,
    pub passwords: Passwords,
}

impl App {
    pub(crate) fn new(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }

    /// `[api]` of the configuration.
    pub fn settings(&self) -> &ApiSettings {
        &self.0.settings
    }

    /// Configuration and state.
    pub fn catalog(&self) -> &Catalog {
        &self.0.catalog
    }

    /// The analytics database, once it is there.
    pub fn warehouse(&self) -> Option<Warehouse> {
        self.0.warehouse.borrow().clone()
    }

    /// What describes visitors.
    pub fn detector(&self) -> Arc<Detector> {
        Arc::clone(&self.0.detector)
    }

    /// Whose geo data is used.
    pub fn geo(&self) -> &GeoSources {
        &self.0.geo
    }

    /// Uploaded landing pages.
    pub fn landings(&self) -> Arc<LandingStore> {
        Arc::clone(&self.0.landings)
    }

    /// Places for uploads under way.
    pub fn uploads(&self) -> &Arc<Semaphore> {
        &self.0.uploads
    }

    /// Addresses under which the instance is reached.
    pub fn urls(&self) -> &Urls {
        &self.0.urls
    }

    /// Room for exports.
    pub fn exports(&self) -> Arc<Semaphore> {
        Arc::clone(&self.0.exports)
    }

    /// What notices of alerts are sent with.
    pub fn sender(&self) -> &Sender {
        &self.0.sender
    }

    /// What exchange rates are asked for with.
    pub fn fetcher(&self) -> &Fetcher {
        &self.0.fetcher
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        (self.0.clock)()
    }

    /// How long a session lasts without use, milliseconds.
    pub fn session_ms(&self) -> i64 {
        i64::try_from(self.0.settings.session_duration().as_millis()).unwrap_or(i64::MAX)
    }

    /// How often somebody may try to log in.
    pub fn login_limits(&self) -> &LoginLimits {
        &self.0.limits
    }

    /// Hashes and checks passwords.
    pub fn passwords(&self) -> &Passwords {
        &self.0.passwords
    }
}

/// Where a request comes from, through trusted proxies only.
#[derive(Debug, Clone, Copy)]
pub struct Peer {
    /// Client address.
    pub address: IpAddr,
    /// Whether the client came over https, or users always do.
    pub secure: bool,
}

impl FromRequestParts<App> for Peer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
        // Without a connection (a router called by a test) the peer is this machine.
        let peer = peer.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
        let proxies = &app.0.proxies;
        Ok(Self {
            address: proxies.client(peer, &parts.headers),
            secure: app.settings().cookie_is_secure(proxies.is_https(peer, &parts.headers)),
        })
    }
}
