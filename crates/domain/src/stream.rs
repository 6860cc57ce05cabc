//! Streams: the ordered branches of a campaign.

mod action;
mod choosing;

pub use action::{Action, BODY_MAX, RedirectStatus, Via};
pub use choosing::{Adaptive, Choosing, Goal};

use crate::{Cap, DestinationId, Rule, Schedule, StreamId, Validator, cap::validate_caps, url_template};
use serde::{Deserialize, Serialize};

/// When a stream is considered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StreamKind {
    /// Before all others, top down, first match.
    Forced,
    /// Then these, by position or by weight.
    Regular,
    /// Last, when nothing else took the click.
    Default,
}

/// When the destination behind a landing page is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfferChoice {
    /// When the visitor goes on.
    #[default]
    AfterLanding,
    /// With the click; the landing page may use its macros, and every landing click goes there.
    BeforeLanding,
}

/// What happens when a visitor has been to every destination of a stream that never repeats one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exhausted {
    /// Destinations are repeated.
    Repeat,
    /// The stream lets the visitor pass to the next stream.
    NextStream,
    /// Trafficback.
    Trafficback,
}

/// Never the same destination twice for a visitor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoRepeat {
    /// For how many hours a visit is remembered, 1–8784.
    pub ttl_hours: u16,
    /// What happens when nothing new is left.
    pub exhausted: Exhausted,
}

/// One possible destination of a stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// Where to.
    pub destination_id: DestinationId,
    /// Ratio against the other routes, 0–1 000 000; 0 gets traffic only in a waterfall.
    #[serde(default = "hundred")]
    pub weight: u32,
    /// Whether it takes part.
    #[serde(default = "yes")]
    pub active: bool,
}

/// An ordered branch of a campaign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stream {
    /// Identity.
    pub id: StreamId,
    /// Shown name.
    pub name: String,
    /// When it is considered.
    pub kind: StreamKind,
    /// Whether it takes part.
    #[serde(default = "yes")]
    pub active: bool,
    /// Ratio against the other regular streams when the campaign selects by weight, 0–1 000 000.
    #[serde(default = "hundred")]
    pub weight: u32,
    /// Who is let in.
    #[serde(default)]
    pub rules: Rule,
    /// What is done.
    #[serde(default)]
    pub action: Action,
    /// How one of the routes is chosen.
    #[serde(default)]
    pub choosing: Choosing,
    /// Landing pages shown first, chosen independently of the routes; may be empty.
    #[serde(default)]
    pub landings: Vec<Route>,
    /// Destinations.
    #[serde(default)]
    pub routes: Vec<Route>,
    /// When the destination behind a landing page is chosen.
    #[serde(default)]
    pub offer_choice: OfferChoice,
    /// Never the same destination twice for a visitor; absent: as it comes.
    #[serde(default)]
    pub no_repeat: Option<NoRepeat>,
    /// Limits; when one is reached the stream takes no clicks.
    #[serde(default)]
    pub caps: Vec<Cap>,
    /// When it takes part; absent: always.
    #[serde(default)]
    pub schedule: Option<Schedule>,
    /// Whether its clicks are kept; clicks that are not are only counted.
    #[serde(default = "yes")]
    pub collect_clicks: bool,
    /// Where the click goes when no route is available; the campaign's when absent.
    #[serde(default)]
    pub trafficback_url: Option<String>,
    /// Free text.
    #[serde(default)]
    pub notes: String,
}

fn yes() -> bool {
    true
}

fn hundred() -> u32 {
    100
}

/// Largest weight.
pub const WEIGHT_MAX: u32 = 1_000_000;
/// Most routes of one stream.
pub const ROUTES_MAX: usize = 500;

impl Stream {
    /// A stream that lets everybody in and has no routes yet, everything else as a new one has it.
    pub fn new(id: StreamId, name: impl Into<String>, kind: StreamKind) -> Self {
        Self {
            id,
            name: name.into(),
            kind,
            active: true,
            weight: hundred(),
            rules: Rule::default(),
            action: Action::default(),
            choosing: Choosing::default(),
            landings: Vec::new(),
            routes: Vec::new(),
            offer_choice: OfferChoice::default(),
            no_repeat: None,
            caps: Vec::new(),
            schedule: None,
            collect_clicks: true,
            trafficback_url: None,
            notes: String::new(),
        }
    }

    /// Notes everything wrong with this stream.
    pub fn validate(&self, v: &mut Validator) {
        v.name("name", &self.name, 200);
        v.at_most("notes", &self.notes, 2000);
        v.require(self.weight <= WEIGHT_MAX, "weight", format!("must be at most {WEIGHT_MAX}"));
        v.within("rules", |v| self.rules.validate(v));
        if let Some(url) = &self.trafficback_url {
            url_template::validate(v, "trafficback_url", url);
        }
        for (field, routes) in [("landings", &self.landings), ("routes", &self.routes)] {
            v.require(
                routes.len() <= ROUTES_MAX,
                field,
                format!("has {} entries; {ROUTES_MAX} are allowed", routes.len()),
            );
            v.each(field, routes, |v, route| {
                v.require(route.weight <= WEIGHT_MAX, "weight", format!("must be at most {WEIGHT_MAX}"));
            });
        }
        v.within("choosing", |v| self.choosing.validate(v));
        if let Some(no_repeat) = &self.no_repeat {
            let fits = (1..=8784).contains(&no_repeat.ttl_hours);
            v.require(fits, "no_repeat.ttl_hours", "must be from 1 to 8784 hours");
        }
        validate_caps(v, &self.caps);
        if let Some(schedule) = &self.schedule {
            v.within("schedule", |v| schedule.validate(v));
        }
        self.validate_action(v);
    }

    fn validate_action(&self, v: &mut Validator) {
        match &self.action {
            Action::Redirect { .. } => {
                v.require(
                    !self.routes.is_empty(),
                    "routes",
                    "needs at least one destination, or choose another action",
                );
            }
            Action::Url { url, .. } => v.within("action", |v| url_template::validate(v, "url", url)),
            Action::ShowHtml { body } | Action::ShowText { body } => v.require(
                body.len() <= BODY_MAX,
                "action.body",
                format!("has {} bytes; {BODY_MAX} are allowed", body.len()),
            ),
            Action::Campaign { .. } | Action::Nothing | Action::NotFound => {}
        }
    }
}
