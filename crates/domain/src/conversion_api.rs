//! Conversion APIs of advertising platforms: what an output needs to tell one of them about a conversion.
//!
//! Built from the platforms' public documentation and never tried against their live services. Credentials are kept because they must be
//! sent; nothing here prints them.

use crate::{ConversionStatus, ParameterRole, Validator};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Who is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Platform {
    /// Conversions API of Meta (Facebook, Instagram).
    Meta,
    /// Events API of TikTok.
    Tiktok,
    /// Click conversions of Google Ads.
    Google,
}

impl Platform {
    /// Every platform, in the order shown to people.
    pub const ALL: [Self; 3] = [Self::Meta, Self::Tiktok, Self::Google];

    /// The word used everywhere.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Meta => "meta",
            Self::Tiktok => "tiktok",
            Self::Google => "google",
        }
    }

    /// Where the API lives, with its version; paths of the account are appended.
    pub const fn base_url(self) -> &'static str {
        match self {
            Self::Meta => "https://graph.facebook.com/v25.0",
            Self::Tiktok => "https://business-api.tiktok.com/open_api/v1.3",
            Self::Google => "https://googleads.googleapis.com/v26",
        }
    }

    /// Names of the credentials that it needs.
    pub const fn credentials(self) -> &'static [&'static str] {
        match self {
            Self::Meta | Self::Tiktok => &["access_token"],
            Self::Google => &["developer_token", "client_id", "client_secret", "refresh_token"],
        }
    }
}

/// A status and the event it is told as.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiEvent {
    /// The status of the conversion.
    pub status: ConversionStatus,
    /// Name of the event, such as `Purchase`; at Google the number of the conversion action.
    pub event: String,
}

/// What proves to the platform who is calling. Its `Debug` prints nothing of it.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Credentials {
    /// Meta and TikTok: the token of the dataset or pixel.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub access_token: String,
    /// Google: the token of the API account.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub developer_token: String,
    /// Google: the OAuth client.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub client_id: String,
    /// Google: its secret.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub client_secret: String,
    /// Google: what access tokens are got with.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub refresh_token: String,
}

impl Credentials {
    /// Whether there is none: nothing was given, or it was stored sealed and this process lacks the secret that opens it.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Each by its name, in a fixed order; empty where it is not set.
    pub fn named(&self) -> [(&'static str, &str); 5] {
        [
            ("access_token", &self.access_token),
            ("developer_token", &self.developer_token),
            ("client_id", &self.client_id),
            ("client_secret", &self.client_secret),
            ("refresh_token", &self.refresh_token),
        ]
    }
}

impl Credentials {
    fn validate(&self, v: &mut Validator, platform: Platform) {
        for (name, value) in self.named() {
            if platform.credentials().contains(&name) {
                v.require(!value.is_empty(), name, "must be given");
            }
            // They travel in header lines.
            let fits = value.len() <= 2000 && value.bytes().all(|b| b.is_ascii_graphic());
            v.require(fits, name, "must be at most 2000 visible characters without blanks");
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// How a platform is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversionApi {
    /// Who is told.
    pub platform: Platform,
    /// Meta: the dataset (pixel) id. TikTok: the pixel code. Google: the customer id, digits only.
    pub account: String,
    /// Google: the manager account that logs in, digits only; empty when there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub manager_account: String,
    /// Google: where access tokens are got; empty: Google's address.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub token_url: String,
    /// Which status is told as which event; a status that is not here is not told.
    pub events: Vec<ApiEvent>,
    /// Where the click carries the platform's click id (`fbclid`, `ttclid`, `gclid`): the external id or a sub id.
    #[serde(default = "external_id")]
    pub click_id: ParameterRole,
    /// Meta and TikTok: marks events as a test, to be seen in the platform's test view; empty: real.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub test_code: String,
}

fn external_id() -> ParameterRole {
    ParameterRole::ExternalId
}

impl ConversionApi {
    /// The event that a status is told as.
    pub fn event(&self, status: ConversionStatus) -> Option<&str> {
        self.events.iter().find(|event| event.status == status).map(|event| event.event.as_str())
    }

    /// Checks everything that can be checked without other documents; `base_url` is the URL of the output. Credentials are not looked at
    /// when they are `None`.
    pub(crate) fn validate(&self, v: &mut Validator, (base_url, credentials): (&str, Option<&Credentials>)) {
        v.require(carries_secrets(base_url), "url", "must start with https://, because it is told secrets");
        v.within("conversion_api", |v| {
            let google = self.platform == Platform::Google;
            let account = !self.account.is_empty() && self.account.len() <= 64;
            let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
            if google || self.platform == Platform::Meta {
                v.require(
                    account && digits(&self.account),
                    "account",
                    "must be the number of the account, digits only",
                );
            } else {
                let plain = self.account.bytes().all(|b| b.is_ascii_alphanumeric());
                v.require(
                    account && plain,
                    "account",
                    "must be the code of the pixel, letters and digits only",
                );
            }
            v.require(
                self.manager_account.is_empty() || google && digits(&self.manager_account),
                "manager_account",
                "is for Google alone, digits only",
            );
            v.require(
                self.token_url.is_empty() || google && carries_secrets(&self.token_url),
                "token_url",
                "is for Google alone and must start with https://",
            );
            v.require(!self.events.is_empty(), "events", "must name at least one status and its event");
            for (index, event) in self.events.iter().enumerate() {
                v.within(&format!("events[{index}]"), |v| {
                    v.name("event", &event.event, 100);
                    let number = "must be the number of the conversion action";
                    v.require(!google || digits(&event.event), "event", number);
                    let twice = self.events[..index].iter().any(|other| other.status == event.status);
                    v.require(!twice, "status", "is told twice");
                });
            }
            let carried = matches!(self.click_id, ParameterRole::ExternalId | ParameterRole::SubId(_));
            v.require(carried, "click_id", "must be external_id or sub_id_1 to sub_id_30");
            v.require(self.test_code.is_empty() || !google, "test_code", "is for Meta and TikTok alone");
            v.at_most("test_code", &self.test_code, 100);
            if let Some(credentials) = credentials {
                v.within("credentials", |v| credentials.validate(v, self.platform));
            }
        });
    }
}

/// Whether secrets may be sent there: encrypted, or to this machine.
fn carries_secrets(url: &str) -> bool {
    let here = ["http://127.0.0.1:", "http://[::1]:", "http://localhost:"];
    url.starts_with("https://") || here.iter().any(|start| url.starts_with(start))
}

#[cfg(test)]
mod tests;
