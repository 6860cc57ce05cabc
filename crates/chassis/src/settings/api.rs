//! `[api]`: admin pages and API.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use ipnet::IpNet;
use serde::Deserialize;
use url::Url;

use super::{
    checks::{Checks, ListenerLimits, Violation, check_trust},
    values::{base_url, listen, networks, optional_base_url, optional_path, optional_secret, proxies},
};
use crate::{
    client_ip::{ForwardedHeader, TrustedProxies},
    secret::SecretString,
    server::Limits,
};

/// Admin pages and API.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiSettings {
    /// Address and port for the admin and the API.
    #[serde(deserialize_with = "listen")]
    pub listen: SocketAddr,
    /// Address and port for health and metrics.
    #[serde(deserialize_with = "listen")]
    pub health_listen: SocketAddr,
    /// Base URL for users; see [`ApiSettings::public_base`].
    #[serde(deserialize_with = "optional_base_url")]
    pub public_url: Option<Url>,
    /// Folder of the built admin pages; `None`: look beside the program.
    #[serde(deserialize_with = "optional_path")]
    pub admin_dir: Option<PathBuf>,
    /// Requests worked on at one time.
    pub in_flight_max: usize,
    /// Open connections.
    pub connections_max: usize,
    /// Longest accepted request target, bytes.
    pub uri_bytes_max: usize,
    /// Largest accepted request head, bytes.
    pub header_bytes_max: usize,
    /// Largest accepted request body, bytes.
    pub body_bytes_max: usize,
    /// Time for a client to send a request head, milliseconds.
    pub header_timeout_ms: u64,
    /// How long a quiet connection is kept, milliseconds.
    pub idle_timeout_ms: u64,
    /// Proxies that may say who the user is.
    #[serde(deserialize_with = "networks")]
    pub trusted_proxies: Vec<IpNet>,
    /// Number of proxies in front, instead of their networks; 0: none.
    pub trusted_hops: usize,
    /// The header these proxies write.
    pub forwarded_header: ForwardedHeader,
    /// A login lasts this long without use, hours.
    pub session_hours: u64,
    /// Failed logins in a minute from one address.
    pub login_address_per_minute_max: u32,
    /// Failed logins in an hour to one account from one address.
    pub login_account_per_hour_max: u32,
    /// Password checks at one time.
    pub login_in_flight_max: usize,
    /// Whether the session cookie is for https only.
    pub cookie_secure: CookieSecure,
    /// How often alerts are looked at, seconds.
    pub alert_every_s: u64,
    /// The server that mails go through; `None`: no mails.
    #[serde(deserialize_with = "optional_secret")]
    pub mail_url: Option<SecretString>,
    /// Whom mails are from.
    pub mail_from: String,
    /// Folder of the files of scheduled exports.
    pub exports_dir: PathBuf,
}

/// Whether the session cookie is for https only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CookieSecure {
    /// When the public URL or the trusted proxy says https.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl ApiSettings {
    pub(super) fn check(&self) -> Vec<Violation> {
        let mut checks = Checks::of("api");
        ListenerLimits {
            in_flight_max: self.in_flight_max,
            connections_max: self.connections_max,
            uri_bytes_max: self.uri_bytes_max,
            header_bytes_max: self.header_bytes_max,
            header_timeout_ms: self.header_timeout_ms,
            idle_timeout_ms: self.idle_timeout_ms,
        }
        .check(&mut checks);
        check_trust(&mut checks, &self.trusted_proxies, self.trusted_hops);
        checks
            .within("body_bytes_max", self.body_bytes_max, 1_024..=268_435_456)
            .within("session_hours", self.session_hours, 1..=8_760)
            .within("login_address_per_minute_max", self.login_address_per_minute_max, 1..=10_000)
            .within("login_account_per_hour_max", self.login_account_per_hour_max, 1..=10_000)
            .within("login_in_flight_max", self.login_in_flight_max, 1..=256)
            .within("alert_every_s", self.alert_every_s, 1..=3_600)
            .not_empty("exports_dir", &self.exports_dir);
        if let Some(url) = &self.mail_url {
            let scheme = url.expose().starts_with("smtp://") || url.expose().starts_with("smtps://");
            checks
                .require("mail_url", scheme, || {
                    (
                        "is not the address of a mail server".to_owned(),
                        "Begin it with smtp:// or smtps://.".to_owned(),
                    )
                })
                .require("mail_from", self.mail_from.contains('@'), || {
                    (
                        "is no address, and mails need one".to_owned(),
                        "Write an address such as Signalbox <tracker@example.com>.".to_owned(),
                    )
                });
        }
        checks.finish()
    }

    /// Base URL for users without the last slash; `port` is the bound one, used when no public URL is set.
    pub fn public_base(&self, port: u16) -> String {
        base_url(self.public_url.as_ref(), port)
    }

    /// What the listener refuses.
    pub fn limits(&self) -> Limits {
        Limits {
            connections_max: self.connections_max,
            connections_per_address_max: 0,
            requests_per_address_max: 0,
            proxies: TrustedProxies::none(),
            uri_bytes_max: self.uri_bytes_max,
            header_bytes_max: self.header_bytes_max,
            header_timeout: Duration::from_millis(self.header_timeout_ms),
            idle_timeout: Duration::from_millis(self.idle_timeout_ms),
        }
    }

    /// Who may say who the user is.
    pub fn proxies(&self) -> TrustedProxies {
        proxies(&self.trusted_proxies, self.trusted_hops, &self.forwarded_header)
    }

    /// A login lasts this long without use.
    pub fn session_duration(&self) -> Duration {
        Duration::from_secs(self.session_hours.saturating_mul(3_600))
    }

    /// Whether the session cookie is marked for https only; `request_is_https` as the trusted proxies say.
    pub fn cookie_is_secure(&self, request_is_https: bool) -> bool {
        match self.cookie_secure {
            CookieSecure::Always => true,
            CookieSecure::Never => false,
            CookieSecure::Auto => {
                request_is_https || self.public_url.as_ref().is_some_and(|url| url.scheme() == "https")
            }
        }
    }
}
