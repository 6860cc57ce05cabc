//! Alerts on the wire.

use super::{Basis, Bots, Condition, Id, Time};
use serde::{Deserialize, Serialize};
use signalbox_domain::{self as domain, AlertId};
use utoipa::ToSchema;

/// Where Telegram's bots are reached.
const TELEGRAM: &str = "https://api.telegram.org";

api_enum! {
    /// What of a figure is compared with the bound.
    #[derive(Default)]
    AlertSubject from domain::AlertSubject {
        /// The figure itself.
        #[default]
        Value,
        /// Its change against the window before, per cent of the figure then. Where that was nothing there is no change.
        Change,
    }
}

api_enum! {
    /// How a figure is compared with the bound.
    Comparison from domain::Comparison {
        /// More than the bound.
        Above,
        /// The bound or more.
        AtLeast,
        /// Less than the bound.
        Below,
        /// The bound or less.
        AtMost,
    }
}

api_enum! {
    /// How a watched figure stands.
    AlertStatus from domain::AlertStatus {
        /// Not looked at yet.
        Waiting,
        /// On the right side of the bound.
        Ok,
        /// Beyond the bound.
        Firing,
        /// There is no figure to compare, such as a ratio of nothing. It never fires.
        NoData,
        /// It could not be computed; `error` says why.
        Failed,
    }
}

api_enum! {
    /// What a notice says.
    NoticeKind from domain::NoticeKind {
        /// The figure is beyond the bound.
        Firing,
        /// It still is, a cool-down later.
        StillFiring,
        /// It is back.
        Resolved,
        /// Somebody wanted to see whether messages arrive.
        Test,
    }
}

/// What is counted: as in a report, over a window that ends now.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlertQuery {
    /// All of these hold.
    #[serde(default)]
    pub filters: Vec<Condition>,
    /// Which time counts.
    #[serde(default)]
    pub basis: Basis,
    /// What is done with machines.
    #[serde(default)]
    pub bots: Bots,
}

/// Somebody who is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum AlertChannel {
    /// A POST of JSON.
    Webhook {
        /// Where to.
        url: String,
        /// Whether an `Authorization` header is sent.
        has_authorization: bool,
    },
    /// `sendMessage` of Telegram's bot interface, or of another program that speaks it.
    Telegram {
        /// Where the interface lives.
        base_url: String,
        /// The chat.
        chat_id: String,
        /// Whether a token is kept; it is never shown.
        has_token: bool,
    },
    /// A mail.
    Email {
        /// Addresses.
        to: Vec<String>,
    },
}

/// Somebody to be told.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum AlertChannelInput {
    /// A POST of JSON.
    Webhook {
        /// Where to; a public address.
        #[schema(example = "https://hooks.example.com/tracker")]
        url: String,
        /// Value of the `Authorization` header. Left out, the one that is kept for the same URL; empty: none.
        #[serde(default)]
        authorization: Option<String>,
        /// Comes back with what was read.
        #[serde(default)]
        #[schema(ignore)]
        has_authorization: bool,
    },
    /// `sendMessage` of Telegram's bot interface, or of another program that speaks it.
    Telegram {
        /// Where the interface lives; Telegram itself when absent.
        #[serde(default)]
        base_url: Option<String>,
        /// The bot's token. Left out, the one that is kept for the same chat at the same place.
        #[serde(default)]
        token: Option<String>,
        /// The chat.
        chat_id: String,
        /// Comes back with what was read.
        #[serde(default)]
        #[schema(ignore)]
        has_token: bool,
    },
    /// A mail through the operator's server (`api.mail_url`).
    Email {
        /// Addresses.
        to: Vec<String>,
    },
}

/// A figure that is watched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Alert {
    /// Identity.
    #[schema(value_type = Id)]
    pub id: AlertId,
    /// Raised by each write; sent back with a replacement.
    pub version: u64,
    /// When it was made.
    pub created_at: Time,
    /// When it was last changed.
    pub updated_at: Time,
    /// Shown name.
    pub name: String,
    /// Whether it is watched.
    pub active: bool,
    /// Key of the metric.
    pub metric: String,
    /// What is counted.
    pub filters: Vec<Condition>,
    /// Which time counts.
    pub basis: Basis,
    /// What is done with machines.
    pub bots: Bots,
    /// Length of the window, minutes.
    pub window_minutes: u32,
    /// What is compared.
    pub subject: AlertSubject,
    /// How.
    pub comparison: Comparison,
    /// The bound; per cent for a change.
    pub threshold: String,
    /// At least this long between two notices, minutes.
    pub cooldown_minutes: u32,
    /// Whether it is told as well when the figure is back.
    pub tells_resolved: bool,
    /// Who is told.
    pub channels: Vec<AlertChannel>,
    /// How it stands.
    pub state: AlertState,
}

/// A figure to be watched.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AlertInput {
    /// Version that was read; needed to replace, ignored to create.
    #[serde(default)]
    pub version: Option<u64>,
    /// Shown name.
    pub name: String,
    /// Whether it is watched.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub active: bool,
    /// A metric of reports, own ones included.
    #[schema(example = "roi")]
    pub metric: String,
    /// What is counted; everything when empty.
    #[serde(default)]
    pub filters: Vec<Condition>,
    /// Which time counts.
    #[serde(default)]
    pub basis: Basis,
    /// What is done with machines.
    #[serde(default)]
    pub bots: Bots,
    /// Length of the window, which ends now, minutes.
    #[schema(minimum = 15, maximum = 44_640, example = 60)]
    pub window_minutes: u32,
    /// What is compared.
    #[serde(default)]
    pub subject: AlertSubject,
    /// How.
    pub comparison: Comparison,
    /// The bound, a decimal number; per cent for a change.
    #[schema(example = "-30")]
    pub threshold: String,
    /// At least this long between two notices, minutes.
    #[serde(default = "an_hour")]
    #[schema(minimum = 1, maximum = 10_080, default = 60)]
    pub cooldown_minutes: u32,
    /// Whether it is told as well when the figure is back.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub tells_resolved: bool,
    /// Who is told.
    pub channels: Vec<AlertChannelInput>,
    /// Comes back with what was read.
    #[serde(default)]
    #[schema(ignore)]
    pub state: serde_json::Value,
}

const fn yes() -> bool {
    true
}

const fn an_hour() -> u32 {
    60
}

/// How an alert stands, and what was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AlertState {
    /// How it stands.
    pub status: AlertStatus,
    /// Since when.
    pub since: Option<Time>,
    /// When it was last looked at.
    pub evaluated_at: Option<Time>,
    /// The figure, as reports show it.
    pub value: Option<String>,
    /// The figure of the window before, where a change is watched.
    pub before: Option<String>,
    /// The change, per cent.
    pub change: Option<String>,
    /// Why it could not be computed; empty otherwise.
    pub error: String,
    /// When it last began to fire.
    pub fired_at: Option<Time>,
    /// Notices, newest first; the first may still be under way.
    pub history: Vec<AlertNotice>,
}

/// What was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AlertNotice {
    /// What happened.
    pub kind: NoticeKind,
    /// When.
    pub at: Time,
    /// The figure then.
    pub value: Option<String>,
    /// The change then, per cent.
    pub change: Option<String>,
    /// To whom, and what became of it.
    pub deliveries: Vec<NoticeDelivery>,
}

/// One receiver of a notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct NoticeDelivery {
    /// By what the receiver is recognised.
    pub channel: String,
    /// Whether it took the message.
    pub done: bool,
    /// Attempts so far.
    pub attempts: u32,
    /// What the last failed attempt came to.
    pub error: String,
}

/// A list of alerts, by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Alerts {
    /// The alerts.
    pub items: Vec<Alert>,
    /// Whether the operator has named a mail server.
    pub can_mail: bool,
}

impl AlertChannelInput {
    /// The domain's channel. A secret that is left out stays the one that `held` keeps for the same receiver.
    pub fn into_domain(self, held: &[domain::AlertChannel]) -> domain::AlertChannel {
        match self {
            Self::Webhook { url, authorization, .. } => {
                let same = held.iter().find_map(|channel| match channel {
                    domain::AlertChannel::Webhook { url: known, authorization } if *known == url => {
                        Some(authorization.clone())
                    }
                    _ => None,
                });
                let authorization = authorization.or(same).unwrap_or_default();
                domain::AlertChannel::Webhook { url, authorization }
            }
            Self::Telegram { base_url, token, chat_id, .. } => {
                let base_url = base_url.filter(|url| !url.trim().is_empty());
                let base_url = base_url.unwrap_or_else(|| TELEGRAM.to_owned());
                let base_url = base_url.trim_end_matches('/').to_owned();
                let same = held.iter().find_map(|channel| match channel {
                    domain::AlertChannel::Telegram { base_url: place, token, chat_id: chat }
                        if *place == base_url && *chat == chat_id =>
                    {
                        Some(token.clone())
                    }
                    _ => None,
                });
                let token = token.filter(|token| !token.is_empty()).or(same).unwrap_or_default();
                domain::AlertChannel::Telegram { base_url, token, chat_id }
            }
            Self::Email { to } => domain::AlertChannel::Email { to },
        }
    }
}

impl From<&domain::AlertChannel> for AlertChannel {
    fn from(channel: &domain::AlertChannel) -> Self {
        match channel {
            domain::AlertChannel::Webhook { url, authorization } => {
                Self::Webhook { url: url.clone(), has_authorization: !authorization.is_empty() }
            }
            domain::AlertChannel::Telegram { base_url, token, chat_id } => Self::Telegram {
                base_url: base_url.clone(),
                chat_id: chat_id.clone(),
                has_token: !token.is_empty(),
            },
            domain::AlertChannel::Email { to } => Self::Email { to: to.clone() },
        }
    }
}

impl From<domain::AlertState> for AlertState {
    fn from(state: domain::AlertState) -> Self {
        let known = |at: domain::Timestamp| (at.0 != 0).then(|| at.into());
        Self {
            status: state.status.into(),
            since: known(state.since),
            evaluated_at: known(state.evaluated_at),
            value: state.value,
            before: state.before,
            change: state.change,
            error: state.error,
            fired_at: state.fired_at.map(Into::into),
            history: state.pending.into_iter().chain(state.history).map(Into::into).collect(),
        }
    }
}

impl From<domain::AlertNotice> for AlertNotice {
    fn from(notice: domain::AlertNotice) -> Self {
        let delivery = |it: domain::NoticeDelivery| NoticeDelivery {
            channel: it.channel,
            done: it.done,
            attempts: it.attempts,
            error: it.error,
        };
        Self {
            kind: notice.kind.into(),
            at: notice.at.into(),
            value: notice.value,
            change: notice.change,
            deliveries: notice.deliveries.into_iter().map(delivery).collect(),
        }
    }
}
