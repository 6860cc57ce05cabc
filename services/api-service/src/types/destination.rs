//! Destinations on the wire.

use super::{Cap, Currency, Envelope, Id, Money, Payout, PayoutRule, Schedule, Time, caps_in, caps_out};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use signalbox_domain::{self as domain, AffiliateNetworkId, DestinationId};
use signalbox_engine::CompiledUrl;
use utoipa::ToSchema;

api_enum! {
    /// What a destination is.
    DestinationKind from domain::DestinationKind {
        /// Something that pays.
        Offer,
        /// A page on the way to an offer.
        Landing,
        /// Any other address.
        Url,
    }
}

api_enum! {
    /// Whether a destination takes traffic.
    DestinationState from domain::DestinationState {
        /// Takes traffic.
        Active,
        /// Paused by hand: no traffic.
        Paused,
        /// Known to be down: no traffic.
        Down,
        /// Hidden from lists: no traffic.
        Archived,
    }
}

/// Asks regularly whether a destination answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HealthCheck {
    /// What is asked, without macros; the destination's URL with its macros left empty when absent.
    #[serde(default)]
    pub url: Option<String>,
    /// How often, seconds.
    #[serde(default = "interval_seconds")]
    #[schema(default = 60, minimum = 10, maximum = 86_400)]
    pub interval_seconds: u32,
    /// Failures in a row until it takes no traffic. One success brings it back.
    #[serde(default = "failures")]
    #[schema(default = 3, minimum = 1, maximum = 100)]
    pub failures: u8,
}

/// Takes a destination that loses money out of rotation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LossRule {
    /// Out when (revenue − cost) ÷ cost × 100 is below this, percent; −100 and more.
    #[schema(value_type = Money)]
    pub roi_below: domain::Money,
    /// Clicks in the window before the rule is asked.
    #[schema(minimum = 1)]
    pub clicks_min: u32,
    /// Window, hours. The destination comes back when its clicks have left the window.
    #[schema(minimum = 1, maximum = 744)]
    pub window_hours: u16,
}

/// Where a visitor can be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Destination {
    /// Identity.
    #[schema(value_type = Id)]
    pub id: DestinationId,
    /// Raised by each write; sent back with a replacement.
    pub version: u64,
    /// When it was made.
    pub created_at: Time,
    /// When it was last changed.
    pub updated_at: Time,
    /// Shown name.
    pub name: String,
    /// What it is.
    pub kind: DestinationKind,
    /// Target with macros.
    pub url: String,
    /// What looks like a mistake in `url`, such as a macro that is none. Visitors are sent there all the same.
    pub url_warnings: Vec<String>,
    /// The network that pays for it.
    #[schema(value_type = Option<Id>)]
    pub network_id: Option<AffiliateNetworkId>,
    /// What a conversion pays.
    pub payout: Payout,
    /// What conversions of some statuses or countries pay instead; the first that applies counts.
    pub payout_rules: Vec<PayoutRule>,
    /// Currency of a payout that names none; the workspace's when absent.
    #[schema(value_type = Option<Currency>)]
    pub currency: Option<domain::Currency>,
    /// Whether it takes traffic.
    pub state: DestinationState,
    /// Whether the page was uploaded and is served by the tracker; `url` is then only where its click links lead from outside.
    pub hosted: bool,
    /// Limits; when one is reached the alternative gets the clicks, or the next route.
    pub caps: Vec<Cap>,
    /// Gets the clicks when this one takes none; its own caps and alternative count in turn, a loop ends.
    #[schema(value_type = Option<Id>)]
    pub alternative_id: Option<DestinationId>,
    /// When it takes traffic; absent: always.
    pub schedule: Option<Schedule>,
    /// Whether and how it is asked if it answers.
    pub health: Option<HealthCheck>,
    /// When it loses too much.
    pub loss_rule: Option<LossRule>,
    /// Labels for lists.
    pub tags: Vec<String>,
    /// Free text.
    pub notes: String,
}

/// A destination to be stored.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DestinationInput {
    /// Version that was read; needed to replace, ignored to create.
    #[serde(default)]
    pub version: Option<u64>,
    /// Shown name; the host of the URL when absent.
    #[serde(default)]
    pub name: Option<String>,
    /// What it is.
    #[serde(default = "offer")]
    #[schema(default = "offer")]
    pub kind: DestinationKind,
    /// Absolute http(s) URL; macros such as `{click_id}` are allowed in path, query and fragment.
    #[schema(example = "https://offer.example.com/?sub={click_id}")]
    pub url: String,
    /// The network that pays for it.
    #[serde(default)]
    #[schema(value_type = Option<Id>)]
    pub network_id: Option<AffiliateNetworkId>,
    /// What a conversion pays; what the postback says when absent.
    #[serde(default)]
    pub payout: Payout,
    /// What conversions of some statuses or countries pay instead; the first that applies counts.
    #[serde(default)]
    pub payout_rules: Vec<PayoutRule>,
    /// Currency of a payout that names none: the workspace's or one with a rate; the workspace's when absent.
    #[serde(default)]
    #[schema(value_type = Option<Currency>)]
    pub currency: Option<domain::Currency>,
    /// Whether it takes traffic.
    #[serde(default = "active")]
    #[schema(default = "active")]
    pub state: DestinationState,
    /// Whether the page was uploaded and is served by the tracker; `url` is then only where its click links lead from outside.
    #[serde(default)]
    pub hosted: bool,
    /// Limits; when one is reached the alternative gets the clicks, or the next route.
    #[serde(default)]
    pub caps: Vec<Cap>,
    /// Gets the clicks when this one takes none; its own caps and alternative count in turn, a loop ends.
    #[serde(default)]
    #[schema(value_type = Option<Id>)]
    pub alternative_id: Option<DestinationId>,
    /// When it takes traffic; absent: always.
    #[serde(default)]
    pub schedule: Option<Schedule>,
    /// Whether and how it is asked if it answers.
    #[serde(default)]
    pub health: Option<HealthCheck>,
    /// When it loses too much.
    #[serde(default)]
    pub loss_rule: Option<LossRule>,
    /// Labels for lists.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Free text.
    #[serde(default)]
    pub notes: String,
}

fn interval_seconds() -> u32 {
    60
}

fn failures() -> u8 {
    3
}

fn offer() -> DestinationKind {
    DestinationKind::Offer
}

fn active() -> DestinationState {
    DestinationState::Active
}

impl DestinationInput {
    /// The domain's destination, not yet validated.
    pub fn into_domain(self, id: DestinationId) -> domain::Destination {
        let host = |url: &str| url::Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned));
        domain::Destination {
            id,
            name: self.name.unwrap_or_else(|| host(&self.url).unwrap_or_else(|| "Destination".to_owned())),
            kind: self.kind.into(),
            url: self.url,
            network_id: self.network_id,
            payout: self.payout.into(),
            payout_rules: self.payout_rules.into_iter().map(Into::into).collect(),
            currency: self.currency,
            state: self.state.into(),
            hosted: self.hosted,
            caps: caps_in(self.caps),
            alternative_id: self.alternative_id,
            schedule: self.schedule.map(Into::into),
            health: self.health.map(Into::into),
            loss_rule: self.loss_rule.map(Into::into),
            tags: self.tags,
            notes: self.notes,
        }
    }
}

/// What a target that may be saved is warned about; the timezone of its dates changes nothing about that.
fn url_warnings(url: &str) -> Vec<String> {
    CompiledUrl::compile(url, &TimeZone::UTC).map(|(_, warnings)| warnings).unwrap_or_default()
}

impl Destination {
    /// What the API shows of a stored destination.
    pub fn new(envelope: Envelope, destination: domain::Destination) -> Self {
        Self {
            id: destination.id,
            version: envelope.version,
            created_at: envelope.created_at,
            updated_at: envelope.updated_at,
            name: destination.name,
            kind: destination.kind.into(),
            url_warnings: url_warnings(&destination.url),
            url: destination.url,
            network_id: destination.network_id,
            payout: destination.payout.into(),
            payout_rules: destination.payout_rules.into_iter().map(Into::into).collect(),
            currency: destination.currency,
            state: destination.state.into(),
            hosted: destination.hosted,
            caps: caps_out(destination.caps),
            alternative_id: destination.alternative_id,
            schedule: destination.schedule.map(Into::into),
            health: destination.health.map(Into::into),
            loss_rule: destination.loss_rule.map(Into::into),
            tags: destination.tags,
            notes: destination.notes,
        }
    }
}

impl From<HealthCheck> for domain::HealthCheck {
    fn from(check: HealthCheck) -> Self {
        let HealthCheck { url, interval_seconds, failures } = check;
        Self { url, interval_seconds, failures }
    }
}

impl From<domain::HealthCheck> for HealthCheck {
    fn from(check: domain::HealthCheck) -> Self {
        let domain::HealthCheck { url, interval_seconds, failures } = check;
        Self { url, interval_seconds, failures }
    }
}

impl From<LossRule> for domain::LossRule {
    fn from(rule: LossRule) -> Self {
        let LossRule { roi_below, clicks_min, window_hours } = rule;
        Self { roi_below, clicks_min, window_hours }
    }
}

impl From<domain::LossRule> for LossRule {
    fn from(rule: domain::LossRule) -> Self {
        let domain::LossRule { roi_below, clicks_min, window_hours } = rule;
        Self { roi_below, clicks_min, window_hours }
    }
}
