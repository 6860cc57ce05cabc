//! Reading of values that TOML has no type for, with reasons that help.

use std::{net::SocketAddr, path::PathBuf};

use ipnet::IpNet;
use serde::{Deserialize, Deserializer, de::Error};
use url::Url;

use crate::{
    client_ip::{ForwardedHeader, TrustedProxies},
    secret::{Secret, SecretString},
};

/// `ADDRESS:PORT`.
pub(super) fn listen<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SocketAddr, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.trim().parse().map_err(|_| {
        D::Error::custom(format!(
            "`{text}` is not an IP address and a port such as 0.0.0.0:8080, 127.0.0.1:8080 or [::]:8080"
        ))
    })
}

/// A path; the empty text is none.
pub(super) fn optional_path<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<PathBuf>, D::Error> {
    let text = String::deserialize(deserializer)?;
    Ok((!text.trim().is_empty()).then(|| PathBuf::from(text)))
}

/// A secret text; the empty one is none.
pub(super) fn optional_secret<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<SecretString>, D::Error> {
    let text = String::deserialize(deserializer)?;
    Ok((!text.trim().is_empty()).then(|| SecretString::from(text.trim().to_owned())))
}

/// A key of 32 bytes in hexadecimal; the empty text is none.
pub(super) fn optional_key<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Secret<[u8; 32]>>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let digits = text.trim().as_bytes();
    if digits.is_empty() {
        return Ok(None);
    }
    if digits.len() != 64 || !digits.iter().all(u8::is_ascii_hexdigit) {
        return Err(D::Error::custom("is not 64 hexadecimal digits, such as `openssl rand -hex 32` prints"));
    }
    let mut key = [0; 32];
    for (byte, pair) in key.iter_mut().zip(digits.chunks_exact(2)) {
        let pair = std::str::from_utf8(pair).map_err(D::Error::custom)?;
        *byte = u8::from_str_radix(pair, 16).map_err(D::Error::custom)?;
    }
    Ok(Some(Secret::new(key)))
}

/// A list of paths.
pub(super) fn paths<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<PathBuf>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    if texts.iter().any(|text| text.trim().is_empty()) {
        return Err(D::Error::custom("a path is empty"));
    }
    Ok(texts.into_iter().map(PathBuf::from).collect())
}

/// A list of texts to look for; the empty one would be found everywhere.
pub(super) fn needles<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    if texts.iter().any(|text| text.trim().is_empty()) {
        return Err(D::Error::custom("an empty text is contained in every text; leave it out"));
    }
    Ok(texts)
}

/// An absolute http(s) URL without credentials and fragment; the empty text is none.
pub(super) fn optional_url<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Url>, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.trim().is_empty() {
        return Ok(None);
    }
    web_url(&text).map(Some).map_err(D::Error::custom)
}

/// As [`optional_url`], and nothing after the path.
pub(super) fn optional_base_url<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Url>, D::Error> {
    let url = optional_url(deserializer)?;
    if url.as_ref().is_some_and(|url| url.query().is_some()) {
        return Err(D::Error::custom("a base URL cannot have a query (`?…`)"));
    }
    Ok(url)
}

fn web_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text.trim())
        .map_err(|error| format!("not a URL such as https://go.example.com: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err("not a URL that starts with http:// or https:// and names a host".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return Err("the URL must not carry a user, a password or a fragment (`#…`)".to_owned());
    }
    Ok(url)
}

/// A list of networks; a single address is a network of one.
pub(super) fn networks<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<IpNet>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    texts.iter().map(|text| network(text).map_err(D::Error::custom)).collect()
}

fn network(text: &str) -> Result<IpNet, String> {
    let text = text.trim();
    let net = match text.parse::<std::net::IpAddr>() {
        Ok(address) => IpNet::from(address),
        Err(_) => text.parse::<IpNet>().map_err(|_| {
            format!("`{text}` is not an address or a network such as 10.0.0.0/8 or 2001:db8::/32")
        })?,
    };
    Ok(net.trunc())
}

/// Who may say who the client is: networks, or a number of proxies (never both, which [`super::checks::check_trust`] refuses).
pub(super) fn proxies(networks: &[IpNet], hops: usize, header: &ForwardedHeader) -> TrustedProxies {
    match hops {
        0 => TrustedProxies::new(networks.to_vec(), header.clone()),
        hops => TrustedProxies::hops(hops, header.clone()),
    }
}

/// A base URL as text without the last slash: the configured one, or the local one of a port.
pub(super) fn base_url(public: Option<&Url>, port: u16) -> String {
    match public {
        Some(url) => url.as_str().trim_end_matches('/').to_owned(),
        None => format!("http://localhost:{port}"),
    }
}

/// Whether a name consists of what is safe in topics, leases and labels.
pub(super) fn is_plain_name(text: &str, length_max: usize) -> bool {
    !text.is_empty()
        && text.len() <= length_max
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

/// The text of a secret for people: the scheme and the host stay, credentials and options go.
pub(super) fn redact(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else {
        return match text.split_once('=') {
            Some((name, _)) => format!("{name}=***"),
            None => text.to_owned(),
        };
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    // A password may hold a raw `/`, `?` or `#`, and then an `@` follows behind it: nothing of such a URL is safe to show.
    if tail.contains('@') {
        return format!("{scheme}://***");
    }
    let hosts = authority.rsplit_once('@').map_or(authority.to_owned(), |(_, hosts)| format!("***@{hosts}"));
    let path = tail.split(['?', '#']).next().unwrap_or_default();
    format!("{scheme}://{hosts}{path}")
}
