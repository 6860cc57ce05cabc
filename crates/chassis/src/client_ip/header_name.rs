//! Which header the proxies write.

use http::HeaderName;
use serde::{Deserialize, Deserializer, de::Error};

/// The header in which the trusted proxies name the client. Only one is believed: a proxy that writes the one passes the others through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ForwardedHeader {
    /// `X-Forwarded-For: client, proxy`.
    #[default]
    XForwardedFor,
    /// RFC 7239 `Forwarded: for=client, for=proxy`.
    Forwarded,
    /// A header that holds the client's address alone, such as `CF-Connecting-IP` or `X-Real-IP`. The proxy must overwrite what the
    /// client sent.
    Single(HeaderName),
}

/// Names that are nearly one of these are typing mistakes, not headers of their own.
const LISTS: [&str; 2] = ["x-forwarded-for", "forwarded"];
/// Headers that say something else about a proxy or a connection.
const OTHERS: &[&str] = &[
    "x-forwarded-proto",
    "x-forwarded-host",
    "x-forwarded-port",
    "host",
    "cookie",
    "user-agent",
    "referer",
    "via",
];

impl<'de> Deserialize<'de> for ForwardedHeader {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let name = text.trim().to_ascii_lowercase();
        let explain = || {
            format!(
                "`{text}` is not \"x-forwarded-for\", \"forwarded\" or the name of a header that holds one address, such as \
                 \"cf-connecting-ip\" or \"x-real-ip\""
            )
        };
        match name.as_str() {
            "x-forwarded-for" => Ok(Self::XForwardedFor),
            "forwarded" => Ok(Self::Forwarded),
            near if OTHERS.contains(&near)
                || LISTS.iter().any(|list| strsim::levenshtein(list, near) <= 2) =>
            {
                Err(D::Error::custom(explain()))
            }
            _ => {
                HeaderName::try_from(name.as_str()).map(Self::Single).map_err(|_| D::Error::custom(explain()))
            }
        }
    }
}
