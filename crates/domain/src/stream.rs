//! Streams: the ordered branches of a campaign.

use crate::{DestinationId, Rule, StreamId, Validator, url_template};
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

/// How a destination is chosen among the routes of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choosing {
    /// At random, by ratio of weights.
    #[default]
    Weighted,
    /// The first available in order.
    Waterfall,
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

/// HTTP status of a redirect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum RedirectStatus {
    MovedPermanently301,
    #[default]
    Found302,
    SeeOther303,
    Temporary307,
    Permanent308,
}

impl RedirectStatus {
    /// The status code.
    pub const fn code(self) -> u16 {
        match self {
            Self::MovedPermanently301 => 301,
            Self::Found302 => 302,
            Self::SeeOther303 => 303,
            Self::Temporary307 => 307,
            Self::Permanent308 => 308,
        }
    }
}

/// What the stream does with the click.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Action {
    /// Choose a destination and redirect there. With landings, the visitor sees one first and goes on to a destination from there.
    Redirect {
        /// Status of the redirect.
        #[serde(default)]
        status: RedirectStatus,
    },
    /// Redirect to a fixed URL with macros, without a destination.
    Url {
        /// Target with macros.
        url: String,
    },
    /// Answer 404: the click is kept, the visitor goes nowhere.
    NotFound,
}

impl Default for Action {
    fn default() -> Self {
        Self::Redirect { status: RedirectStatus::Found302 }
    }
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
        match &self.action {
            Action::Redirect { .. } => {
                v.require(
                    !self.routes.is_empty(),
                    "routes",
                    "needs at least one destination, or choose another action",
                );
            }
            Action::Url { url } => v.within("action", |v| url_template::validate(v, "url", url)),
            Action::NotFound => {}
        }
    }
}
