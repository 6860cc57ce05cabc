//! Destinations: where a visitor can be sent.

use crate::{
    AffiliateNetworkId, Cap, ConversionStatus, Currency, DestinationId, Invalid, Money, Schedule, Validator,
    cap::validate_caps, url_template,
};
use serde::{Deserialize, Serialize};

/// What a destination is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DestinationKind {
    /// Something that pays.
    #[default]
    Offer,
    /// A page on the way to an offer.
    Landing,
    /// Any other address.
    Url,
}

/// Whether a destination takes traffic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DestinationState {
    /// Takes traffic.
    #[default]
    Active,
    /// Paused by hand: no traffic.
    Paused,
    /// Known to be down: no traffic.
    Down,
    /// Hidden from lists: no traffic.
    Archived,
}

/// What a conversion pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Payout {
    /// What the postback says.
    #[default]
    Auto,
    /// Always this amount, whatever the postback says.
    Fixed {
        /// Per conversion, ≥ 0.
        amount: Money,
    },
}

/// What conversions pay that a rule is about. Of several rules the first that applies counts; where none does, the payout of the
/// destination.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayoutRule {
    /// Statuses it is about; empty: all but events.
    #[serde(default)]
    pub statuses: Vec<ConversionStatus>,
    /// Countries of the click it is about, two letters each; empty: all.
    #[serde(default)]
    pub countries: Vec<String>,
    /// What such a conversion pays.
    pub payout: Payout,
}

/// Most payout rules of a destination.
pub const PAYOUT_RULES_MAX: usize = 100;

impl PayoutRule {
    /// Whether it is about a conversion of this status whose click came from this country.
    pub fn applies(&self, status: ConversionStatus, country: &str) -> bool {
        let of_status = self.statuses.is_empty() || self.statuses.contains(&status);
        let of_country =
            self.countries.is_empty() || self.countries.iter().any(|it| it.eq_ignore_ascii_case(country));
        of_status && of_country && status != ConversionStatus::Event
    }

    fn validate(&self, v: &mut Validator) {
        v.require(
            !(self.statuses.is_empty() && self.countries.is_empty()),
            "statuses",
            "must name statuses, or countries must: what is for all is the payout itself",
        );
        v.require(
            !self.statuses.contains(&ConversionStatus::Event),
            "statuses",
            "cannot be event: events pay nothing",
        );
        v.require(self.countries.len() <= 250, "countries", "has more than 250 countries");
        v.each("countries", &self.countries, |v, country| {
            let sound = country.len() == 2 && country.bytes().all(|b| b.is_ascii_alphabetic());
            v.require(sound, "", format!("{country:?} is no country code of two letters such as DE"));
        });
        if let Payout::Fixed { amount } = self.payout {
            v.require(!amount.is_negative(), "payout.amount", "must not be negative");
        }
    }
}

/// Asks regularly whether the destination answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthCheck {
    /// What is asked, without macros; the destination's URL with its macros left empty when absent.
    #[serde(default)]
    pub url: Option<String>,
    /// How often, seconds, 10–86 400.
    #[serde(default = "minute")]
    pub interval_seconds: u32,
    /// Failures in a row until it takes no traffic, 1–100. One success brings it back.
    #[serde(default = "three")]
    pub failures: u8,
}

fn minute() -> u32 {
    60
}

fn three() -> u8 {
    3
}

/// Takes a destination that loses money out of rotation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LossRule {
    /// Out when (revenue − cost) ÷ cost × 100 is below this, percent; −100 and more.
    pub roi_below: Money,
    /// Clicks in the window before the rule is asked, ≥ 1.
    pub clicks_min: u32,
    /// Window, hours, 1–744. The destination comes back when its clicks have left the window.
    pub window_hours: u16,
}

/// Where a visitor can be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Destination {
    /// Identity.
    pub id: DestinationId,
    /// Shown name.
    pub name: String,
    /// What it is.
    #[serde(default)]
    pub kind: DestinationKind,
    /// Target with macros.
    pub url: String,
    /// The network that pays for it.
    #[serde(default)]
    pub network_id: Option<AffiliateNetworkId>,
    /// What a conversion pays.
    #[serde(default)]
    pub payout: Payout,
    /// What conversions of some statuses or countries pay instead; the first that applies counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub payout_rules: Vec<PayoutRule>,
    /// Currency of a payout that names none; the workspace's when absent.
    #[serde(default)]
    pub currency: Option<Currency>,
    /// Whether it takes traffic.
    #[serde(default)]
    pub state: DestinationState,
    /// Whether the page was uploaded and is served by the tracker; `url` is then only where its click links lead from outside.
    #[serde(default)]
    pub hosted: bool,
    /// Limits; when one is reached the alternative gets the clicks, or the next route.
    #[serde(default)]
    pub caps: Vec<Cap>,
    /// Gets the clicks when this one takes none; its own caps and alternative count in turn, a loop ends.
    #[serde(default)]
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

impl Destination {
    /// A destination of a kind at a URL, everything else as a new one has it.
    pub fn new(
        id: DestinationId,
        name: impl Into<String>,
        kind: DestinationKind,
        url: impl Into<String>,
    ) -> Self {
        Self {
            id,
            name: name.into(),
            kind,
            url: url.into(),
            network_id: None,
            payout: Payout::default(),
            payout_rules: Vec::new(),
            currency: None,
            state: DestinationState::default(),
            hosted: false,
            caps: Vec::new(),
            alternative_id: None,
            schedule: None,
            health: None,
            loss_rule: None,
            tags: Vec::new(),
            notes: String::new(),
        }
    }

    /// Checks everything that can be checked without other documents.
    pub fn validate(&self) -> Result<(), Invalid> {
        let mut v = Validator::new();
        v.name("name", &self.name, 200);
        url_template::validate(&mut v, "url", &self.url);
        if let Payout::Fixed { amount } = self.payout {
            v.require(!amount.is_negative(), "payout.amount", "must not be negative");
        }
        let rules = self.payout_rules.len();
        v.require(
            rules <= PAYOUT_RULES_MAX,
            "payout_rules",
            format!("has {rules} rules; {PAYOUT_RULES_MAX} are allowed"),
        );
        v.each("payout_rules", &self.payout_rules, |v, rule| rule.validate(v));
        v.require(
            !self.hosted || self.kind == DestinationKind::Landing,
            "hosted",
            "applies only to kind landing",
        );
        validate_caps(&mut v, &self.caps);
        v.require(self.alternative_id != Some(self.id), "alternative_id", "must be another destination");
        if let Some(schedule) = &self.schedule {
            v.within("schedule", |v| schedule.validate(v));
        }
        self.validate_watch(&mut v);
        v.require(self.tags.len() <= 50, "tags", "has more than 50 tags");
        v.each("tags", &self.tags, |v, tag| v.name("", tag, 50));
        v.at_most("notes", &self.notes, 5000);
        v.finish()
    }
    fn validate_watch(&self, v: &mut Validator) {
        if let Some(health) = &self.health {
            if let Some(url) = &health.url {
                url_template::validate(v, "health.url", url);
                v.require(!url.contains(['{', '}']), "health.url", "must not contain macros");
            }
            let often = (10..=86_400).contains(&health.interval_seconds);
            v.require(often, "health.interval_seconds", "must be from 10 to 86400 seconds");
            v.require((1..=100).contains(&health.failures), "health.failures", "must be from 1 to 100");
        }
        if let Some(rule) = &self.loss_rule {
            let lowest = Money::from_whole(-100);
            v.require(
                rule.roi_below >= lowest,
                "loss_rule.roi_below",
                "must be at least -100: more cannot be lost",
            );
            v.require(rule.clicks_min >= 1, "loss_rule.clicks_min", "must be at least 1");
            v.require(
                (1..=744).contains(&rule.window_hours),
                "loss_rule.window_hours",
                "must be from 1 to 744",
            );
        }
    }
}
