//! Streams: the ordered branches of a campaign.

use crate::{
    CampaignId, Cap, DestinationId, Percent, Rule, Schedule, StreamId, Validator, cap::validate_caps, url_template,
};
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

/// How a landing and a destination are chosen among those of a stream. Only what takes traffic is chosen from.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "ChoosingForm", into = "ChoosingForm")]
pub enum Choosing {
    /// At random, by ratio of weights.
    #[default]
    Weighted,
    /// By ratio of weights, the same for the same visitor: derived from the visitor and the configuration, so it holds on every node
    /// and after a restart. Changing the weight of one entry moves only visitors to or from that entry.
    Sticky {
        /// After how many hours a visitor may be assigned anew, 1–8784.
        ttl_hours: u16,
    },
    /// One after the other, in order; weights are ignored except 0.
    RoundRobin,
    /// The first available in order.
    Waterfall,
    /// By what has paid best so far.
    Adaptive(Adaptive),
}

/// The stored form of [`Choosing`]: a word, or an object with parameters.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum ChoosingForm {
    Word(ChoosingWord),
    Full(ChoosingObject),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ChoosingWord {
    Weighted,
    RoundRobin,
    Waterfall,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum ChoosingObject {
    Weighted,
    Sticky { ttl_hours: u16 },
    RoundRobin,
    Waterfall,
    Adaptive(Adaptive),
}

impl From<ChoosingForm> for Choosing {
    fn from(form: ChoosingForm) -> Self {
        match form {
            ChoosingForm::Word(ChoosingWord::Weighted) | ChoosingForm::Full(ChoosingObject::Weighted) => {
                Self::Weighted
            }
            ChoosingForm::Word(ChoosingWord::RoundRobin) | ChoosingForm::Full(ChoosingObject::RoundRobin) => {
                Self::RoundRobin
            }
            ChoosingForm::Word(ChoosingWord::Waterfall) | ChoosingForm::Full(ChoosingObject::Waterfall) => {
                Self::Waterfall
            }
            ChoosingForm::Full(ChoosingObject::Sticky { ttl_hours }) => Self::Sticky { ttl_hours },
            ChoosingForm::Full(ChoosingObject::Adaptive(adaptive)) => Self::Adaptive(adaptive),
        }
    }
}

impl From<Choosing> for ChoosingForm {
    fn from(choosing: Choosing) -> Self {
        match choosing {
            Choosing::Weighted => Self::Word(ChoosingWord::Weighted),
            Choosing::RoundRobin => Self::Word(ChoosingWord::RoundRobin),
            Choosing::Waterfall => Self::Word(ChoosingWord::Waterfall),
            Choosing::Sticky { ttl_hours } => Self::Full(ChoosingObject::Sticky { ttl_hours }),
            Choosing::Adaptive(adaptive) => Self::Full(ChoosingObject::Adaptive(adaptive)),
        }
    }
}

/// What an adaptive stream tries to raise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    /// Revenue per click.
    #[default]
    Epc,
    /// (Revenue − cost) ÷ cost.
    Roi,
    /// Conversions per click.
    Cr,
}

/// How an adaptive stream learns. Statistics are those of the destination within the stream, older clicks counting less.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adaptive {
    /// What is raised.
    #[serde(default)]
    pub goal: Goal,
    /// Clicks that an entry gets by its weight before it is compared, 1–1 000 000.
    #[serde(default = "hundred")]
    pub clicks_min: u32,
    /// Share of clicks that goes on being spread by weight, 1–100 %.
    #[serde(default = "tenth")]
    pub exploration: Percent,
    /// After how many hours a click counts half, 1–744.
    #[serde(default = "three_days")]
    pub half_life_hours: u16,
}

fn tenth() -> Percent {
    Percent::from_whole(10)
}

fn three_days() -> u16 {
    72
}

impl Default for Adaptive {
    fn default() -> Self {
        Self {
            goal: Goal::default(),
            clicks_min: hundred(),
            exploration: tenth(),
            half_life_hours: three_days(),
        }
    }
}

impl Choosing {
    fn validate(&self, v: &mut Validator) {
        match self {
            Self::Sticky { ttl_hours } => {
                v.require((1..=8784).contains(ttl_hours), "ttl_hours", "must be from 1 to 8784 hours");
            }
            Self::Adaptive(adaptive) => {
                let Adaptive { clicks_min, exploration, half_life_hours, .. } = adaptive;
                v.require((1..=1_000_000).contains(clicks_min), "clicks_min", "must be from 1 to 1000000");
                let explores = (Percent::from_whole(1)..=Percent::HUNDRED).contains(exploration);
                v.require(explores, "exploration", "must be from 1 to 100 %: a share of 0 would never learn");
                v.require((1..=744).contains(half_life_hours), "half_life_hours", "must be from 1 to 744");
            }
            Self::Weighted | Self::RoundRobin | Self::Waterfall => {}
        }
    }
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

/// By what means the visitor is sent on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    /// The `Location` header with the status of the redirect.
    #[default]
    Http,
    /// A page with `<meta http-equiv="refresh">`.
    Meta,
    /// Two such pages, one after the other, so that the target sees the tracker or nothing as referrer.
    DoubleMeta,
    /// A page whose script replaces the location.
    Js,
    /// A page that posts the target's query as a form to the target.
    Form,
    /// A page that shows the target in a frame over the whole window.
    Iframe,
}

/// Longest text or page of an action, bytes.
pub const BODY_MAX: usize = 262_144;

/// What the stream does with the click.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Action {
    /// Choose a destination and send the visitor there. With landings, the visitor sees one first and goes on to a destination from there.
    Redirect {
        /// Status of the redirect.
        #[serde(default)]
        status: RedirectStatus,
        /// By what means.
        #[serde(default)]
        via: Via,
    },
    /// Send to a fixed URL with macros, without a destination.
    Url {
        /// Target with macros.
        url: String,
        /// Status of the redirect.
        #[serde(default)]
        status: RedirectStatus,
        /// By what means.
        #[serde(default)]
        via: Via,
    },
    /// Let the streams of another campaign decide. The click, its cost and its reports stay with this one. A loop ends in trafficback.
    Campaign {
        /// The campaign.
        campaign_id: CampaignId,
    },
    /// Answer 200 with a page; macros in it are escaped for HTML.
    ShowHtml {
        /// The page with macros.
        body: String,
    },
    /// Answer 200 with plain text; macros in it are replaced as they are.
    ShowText {
        /// The text with macros.
        body: String,
    },
    /// Answer 204 without a body: the click is kept, the visitor stays where it is.
    Nothing,
    /// Answer 404: the click is kept, the visitor goes nowhere.
    NotFound,
}

impl Default for Action {
    fn default() -> Self {
        Self::Redirect { status: RedirectStatus::Found302, via: Via::Http }
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
