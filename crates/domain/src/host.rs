//! A tracking domain: a host name that answers clicks.

use crate::{CampaignId, DomainId, Invalid, Validator, url_template};
use serde::{Deserialize, Serialize};

/// A host name that answers clicks, and what it does with paths it does not know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Domain {
    /// Identity.
    pub id: DomainId,
    /// Host name in lower case without port, such as `trk.example.com`.
    pub host: String,
    /// Campaign that answers the bare domain (`/`).
    #[serde(default)]
    pub default_campaign_id: Option<CampaignId>,
    /// Where unknown paths go; `None` answers 404 or the global setting.
    #[serde(default)]
    pub not_found_url: Option<String>,
    /// Whether links shown in the admin use https.
    #[serde(default = "yes")]
    pub https: bool,
    /// Whether search engines and other robots that ask may visit its links; otherwise `/robots.txt` tells them not to.
    #[serde(default)]
    pub robots: bool,
    /// Free text.
    #[serde(default)]
    pub notes: String,
}

fn yes() -> bool {
    true
}

impl Domain {
    /// Checks host and URL.
    pub fn validate(&self) -> Result<(), Invalid> {
        let mut v = Validator::new();
        if let Err(reason) = check_host(&self.host) {
            v.reject("host", reason);
        }
        if let Some(url) = &self.not_found_url {
            url_template::validate(&mut v, "not_found_url", url);
        }
        v.at_most("notes", &self.notes, 2000);
        v.finish()
    }
}

/// Accepts a lower-case DNS name or an IP literal without scheme, port or path.
fn check_host(host: &str) -> Result<(), String> {
    if host.is_empty() || host.len() > 253 {
        return Err("must have 1 to 253 characters".to_owned());
    }
    if host.parse::<std::net::IpAddr>().is_ok() {
        return Ok(());
    }
    let label_ok = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    if host.split('.').all(label_ok) {
        return Ok(());
    }
    Err(format!(
        "{host:?} is not a host name: give only the name in lower case, such as trk.example.com, without https://, port or path"
    ))
}
