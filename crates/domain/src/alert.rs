//! Alerts: a figure of the reports that is watched over a window that ends now, and who is told when it crosses a bound.
//!
//! Promises: bounds are exact decimals; addresses and tokens of those who are told are stored sealed, as one field. Never: judges
//! (that is the service's), or knows which metrics there are.

use crate::{AlertId, Invalid, Money, Timestamp, Validator};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Longest query of an alert, bytes of JSON.
const QUERY_BYTES_MAX: usize = 64 * 1024;
/// Receivers of an alert.
pub const ALERT_CHANNELS_MAX: usize = 10;
/// Addresses of one e-mail.
const ADDRESSES_MAX: usize = 20;
/// Notices that are kept of an alert.
pub const ALERT_HISTORY_MAX: usize = 50;
/// Windows that can be watched, minutes: a quarter of an hour to 31 days.
const WINDOW_MINUTES: std::ops::RangeInclusive<u32> = 15..=44_640;
/// Quiet times between two notices, minutes: one minute to a week.
const COOLDOWN_MINUTES: std::ops::RangeInclusive<u32> = 1..=10_080;

/// A figure that is watched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// Identity.
    pub id: AlertId,
    /// Shown name.
    pub name: String,
    /// Whether it is watched.
    #[serde(default = "yes")]
    pub active: bool,
    /// Key of the metric.
    pub metric: String,
    /// What is counted: filters, basis and machines, JSON in the words of the API.
    pub query: String,
    /// Length of the window, minutes.
    pub window_minutes: u32,
    /// What is compared with the bound.
    #[serde(default)]
    pub subject: AlertSubject,
    /// How it is compared.
    pub comparison: Comparison,
    /// The bound, a decimal number; per cent for a change.
    pub threshold: String,
    /// At least this long between two notices, minutes.
    pub cooldown_minutes: u32,
    /// Whether it is told as well when the figure is back.
    #[serde(default = "yes")]
    pub tells_resolved: bool,
    /// Who is told; stored sealed. Empty when the seal cannot be opened here.
    #[serde(default)]
    pub channels: Vec<AlertChannel>,
}

/// What of a figure is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertSubject {
    /// The figure itself.
    #[default]
    Value,
    /// Its change against the window before, per cent of the figure then.
    Change,
}

/// How a figure is compared with a bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    /// More than the bound.
    Above,
    /// The bound or more.
    AtLeast,
    /// Less than the bound.
    Below,
    /// The bound or less.
    AtMost,
}

impl Comparison {
    /// Whether `figure` is on the side of `bound` that is told.
    pub const fn holds(self, figure: i128, bound: i128) -> bool {
        match self {
            Self::Above => figure > bound,
            Self::AtLeast => figure >= bound,
            Self::Below => figure < bound,
            Self::AtMost => figure <= bound,
        }
    }
}

/// Somebody who is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum AlertChannel {
    /// A POST of JSON.
    Webhook {
        /// Where to.
        url: String,
        /// Value of the `Authorization` header; empty: none.
        #[serde(default)]
        authorization: String,
    },
    /// `sendMessage` of Telegram's bot interface, or of another program that speaks it.
    Telegram {
        /// Where the interface lives, without the token.
        base_url: String,
        /// The bot's token.
        token: String,
        /// The chat.
        chat_id: String,
    },
    /// A mail through the operator's server.
    Email {
        /// Addresses.
        to: Vec<String>,
    },
}

const fn yes() -> bool {
    true
}

impl Alert {
    /// Checks all but the query and the metric, which only the report engine understands.
    ///
    /// # Errors
    /// Every field that is wrong.
    pub fn validate(&self) -> Result<(), Invalid> {
        let mut v = Validator::new();
        self.check(&mut v);
        let count = self.channels.len();
        v.require(
            (1..=ALERT_CHANNELS_MAX).contains(&count),
            "channels",
            format!("must be 1 to {ALERT_CHANNELS_MAX} receivers"),
        );
        v.finish()
    }

    /// As [`Self::validate`] for an alert as it is stored, whose receivers may be sealed with a key that is not here.
    ///
    /// # Errors
    /// Every field that is wrong.
    pub fn validate_stored(&self) -> Result<(), Invalid> {
        let mut v = Validator::new();
        self.check(&mut v);
        v.finish()
    }

    fn check(&self, v: &mut Validator) {
        v.name("name", &self.name, 100);
        v.name("metric", &self.metric, 60);
        v.require(
            self.query.len() <= QUERY_BYTES_MAX,
            "filters",
            format!("are larger than {QUERY_BYTES_MAX} bytes"),
        );
        let within = |range: &std::ops::RangeInclusive<u32>| {
            format!("must be from {} to {}", range.start(), range.end())
        };
        v.require(WINDOW_MINUTES.contains(&self.window_minutes), "window_minutes", within(&WINDOW_MINUTES));
        v.require(
            COOLDOWN_MINUTES.contains(&self.cooldown_minutes),
            "cooldown_minutes",
            within(&COOLDOWN_MINUTES),
        );
        if let Err(error) = self.threshold.parse::<Money>() {
            v.reject("threshold", format!("is not a decimal number such as 12.5 or -30: {error}"));
        }
        v.each("channels", &self.channels, |v, channel| channel.check(v));
    }
}

impl AlertChannel {
    /// By what people recognise it; holds no secret.
    pub fn label(&self) -> String {
        match self {
            Self::Webhook { url, .. } => format!("webhook {}", authority(url).unwrap_or_default()),
            Self::Telegram { chat_id, .. } => format!("chat {chat_id}"),
            Self::Email { to } => format!("mail {}", to.join(", ")),
        }
    }

    fn check(&self, v: &mut Validator) {
        let header = |text: &str| text.bytes().all(|byte| (32..127).contains(&byte));
        match self {
            Self::Webhook { url, authorization } => {
                check_url(v, "url", url);
                v.at_most("authorization", authorization, 2_000);
                v.require(header(authorization), "authorization", "must be printable ASCII");
            }
            Self::Telegram { base_url, token, chat_id } => {
                check_url(v, "base_url", base_url);
                v.require(!base_url.contains(['?', '#']), "base_url", "must end with the path");
                let plain = |byte: u8| byte.is_ascii_alphanumeric() || b":_-".contains(&byte);
                v.require(
                    (1..=200).contains(&token.len()) && token.bytes().all(plain),
                    "token",
                    "must be the token of a bot, such as 123456:ABC-def",
                );
                v.name("chat_id", chat_id, 100);
            }
            Self::Email { to } => {
                let count = to.len();
                v.require(
                    (1..=ADDRESSES_MAX).contains(&count),
                    "to",
                    format!("must be 1 to {ADDRESSES_MAX} addresses"),
                );
                for (index, address) in to.iter().enumerate() {
                    let sound = address.split_once('@').is_some_and(|(user, host)| {
                        !user.is_empty() && !host.is_empty() && !host.contains('@')
                    });
                    let plain =
                        address.bytes().all(|byte| byte.is_ascii_graphic() && !b",;<>\"".contains(&byte));
                    v.require(
                        sound && plain && address.len() <= 254,
                        &format!("to[{index}]"),
                        "must be an address such as ana@example.com",
                    );
                }
            }
        }
    }
}

/// Host and port of an http(s) URL.
fn authority(url: &str) -> Option<&str> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    rest.split(['/', '?', '#', '\\']).next()
}

pub(crate) fn check_url(v: &mut Validator, field: &str, text: &str) {
    let sound = authority(text).is_some_and(|host| !host.is_empty() && !host.contains('@'));
    let plain = text.bytes().all(|byte| byte.is_ascii_graphic());
    v.require(
        sound && plain && text.len() <= 2_000,
        field,
        "must be an http(s) URL without a user, at most 2000 bytes",
    );
}

/// How a watched figure stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertStatus {
    /// Not looked at yet.
    #[default]
    Waiting,
    /// On the right side of the bound.
    Ok,
    /// Beyond the bound.
    Firing,
    /// There is no figure to compare, such as a ratio of nothing.
    NoData,
    /// It could not be computed.
    Failed,
}

/// What is remembered of an alert between two looks.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct AlertState {
    /// How it stands.
    pub status: AlertStatus,
    /// Since when it has stood so.
    pub since: Timestamp,
    /// When it was last looked at.
    pub evaluated_at: Timestamp,
    /// The figure, as reports show it.
    #[serde(default)]
    pub value: Option<String>,
    /// The figure of the window before, for a change.
    #[serde(default)]
    pub before: Option<String>,
    /// The change, per cent.
    #[serde(default)]
    pub change: Option<String>,
    /// Why it could not be computed.
    #[serde(default)]
    pub error: String,
    /// When it last began to fire.
    #[serde(default)]
    pub fired_at: Option<Timestamp>,
    /// When it was last told that it fires.
    #[serde(default)]
    pub told_at: Option<Timestamp>,
    /// Whether it was told that it fires, and not yet that it is back.
    #[serde(default)]
    pub open: bool,
    /// A notice that is being sent.
    #[serde(default)]
    pub pending: Option<AlertNotice>,
    /// Notices that were sent or given up, newest first.
    #[serde(default)]
    pub history: VecDeque<AlertNotice>,
}

/// What somebody is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertNotice {
    /// What happened.
    pub kind: NoticeKind,
    /// When.
    pub at: Timestamp,
    /// The figure then.
    #[serde(default)]
    pub value: Option<String>,
    /// The change then, per cent.
    #[serde(default)]
    pub change: Option<String>,
    /// To whom, and what became of it.
    #[serde(default)]
    pub deliveries: Vec<NoticeDelivery>,
}

/// What a notice says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// The figure is beyond the bound.
    Firing,
    /// It still is, a cool-down later.
    StillFiring,
    /// It is back.
    Resolved,
    /// Somebody wants to see whether messages arrive.
    Test,
}

/// One receiver of a notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeDelivery {
    /// [`AlertChannel::label`].
    pub channel: String,
    /// Whether it was taken.
    pub done: bool,
    /// Attempts so far.
    pub attempts: u32,
    /// What the last failed attempt came to; holds no secret.
    #[serde(default)]
    pub error: String,
}

impl AlertState {
    /// Puts a notice into the history, whose oldest goes beyond [`ALERT_HISTORY_MAX`].
    pub fn keep(&mut self, notice: AlertNotice) {
        self.history.push_front(notice);
        self.history.truncate(ALERT_HISTORY_MAX);
    }
}

#[cfg(test)]
mod tests;
