//! The click and what follows it on a landing page.

use super::dims::{ClickDims, owned};
use serde::{Deserialize, Serialize};
use signalbox_domain::{
    CampaignId, ClickId, ConversionStatus, Currency, DestinationId, Money, Percent, StreamId, Timestamp,
    WorkspaceId,
};
use std::{borrow::Cow, net::IpAddr};

/// What was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[repr(u8)]
pub enum Outcome {
    /// Sent to a destination or a stream's URL.
    Routed = 0,
    /// No stream took the click: trafficback.
    NoStream = 1,
    /// A stream took it, but none of its destinations was available: trafficback.
    NoDestination = 2,
    /// The campaign is paused or archived: trafficback.
    CampaignPaused = 3,
    /// A stream answers 404.
    NotFound = 4,
    /// A cap of the campaign is reached: trafficback.
    CapReached = 5,
    /// Campaigns pass the click round in a circle, or too far: trafficback.
    Loop = 6,
    /// A machine, answered by the campaign's setting for machines.
    Bot = 7,
    /// A page, a text or nothing was answered: the visitor stays.
    Answered = 8,
    /// The visitor has been to every destination of a stream that repeats none: trafficback.
    Exhausted = 9,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 10] = [
        Self::Routed,
        Self::NoStream,
        Self::NoDestination,
        Self::CampaignPaused,
        Self::NotFound,
        Self::CapReached,
        Self::Loop,
        Self::Bot,
        Self::Answered,
        Self::Exhausted,
    ];

    /// The word used in logs and reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Routed => "routed",
            Self::NoStream => "no_stream",
            Self::NoDestination => "no_destination",
            Self::CampaignPaused => "campaign_paused",
            Self::NotFound => "not_found",
            Self::CapReached => "cap_reached",
            Self::Loop => "loop",
            Self::Bot => "bot",
            Self::Answered => "answered",
            Self::Exhausted => "exhausted",
        }
    }

    /// Whether the click ended in a fallback: nothing that was configured for it took it.
    pub const fn is_trafficback(self) -> bool {
        matches!(
            self,
            Self::NoStream
                | Self::NoDestination
                | Self::CampaignPaused
                | Self::CapReached
                | Self::Loop
                | Self::Exhausted
        )
    }
}

/// For which populations the visitor was new at this click; additive in reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct UniqueFlags {
    /// First on this campaign within its uniqueness period.
    pub campaign: bool,
    /// First on this stream.
    pub stream: bool,
    /// First in this workspace.
    pub workspace: bool,
}

/// What a conversion of this click will cost, decided when the click was bought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum CostOnConversion {
    /// Nothing.
    #[default]
    None,
    /// CPA: this much for each counted conversion.
    PerConversion(Money),
    /// RevShare: this part of its revenue.
    RevenueShare(Percent),
    /// CPL: this much for each lead, also once it is a sale.
    PerLead(Money),
}

impl CostOnConversion {
    /// The cost of a conversion with this status and payout. What does not earn, as what was rejected, costs nothing.
    pub const fn of(self, status: ConversionStatus, payout: Money) -> Money {
        let class = status.class();
        match self {
            _ if !class.earns => Money::ZERO,
            Self::PerConversion(amount) if class.counts => amount,
            Self::PerLead(amount) if matches!(status, ConversionStatus::Lead | ConversionStatus::Sale) => {
                amount
            }
            Self::RevenueShare(percent) => percent.of(payout),
            _ => Money::ZERO,
        }
    }
}

/// A click that was answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClickV1<'a> {
    /// Identity, sent along as the sub id.
    pub id: ClickId,
    /// When it was received.
    pub at: Timestamp,
    /// Dimensions.
    #[serde(borrow)]
    pub dims: ClickDims<'a>,
    /// What was answered.
    pub outcome: Outcome,
    /// HTTP status of the answer.
    pub status: u16,
    /// For whom the visitor was new.
    pub unique: UniqueFlags,
    /// Cost of this click in the workspace's reporting currency.
    pub cost: Money,
    /// Currency of `cost`.
    pub currency: Currency,
    /// What a conversion will cost.
    pub cost_on_conversion: CostOnConversion,
    /// The source's own click id, or empty.
    #[serde(borrow)]
    pub external_id: Cow<'a, str>,
    /// Client address.
    pub ip: IpAddr,
    /// User agent as sent, capped.
    #[serde(borrow)]
    pub user_agent: Cow<'a, str>,
    /// Referrer as sent, capped.
    #[serde(borrow)]
    pub referrer: Cow<'a, str>,
    /// Host as sent, lower case.
    #[serde(borrow)]
    pub host: Cow<'a, str>,
    /// Path and query as sent, capped.
    #[serde(borrow)]
    pub path_and_query: Cow<'a, str>,
    /// Where the visitor was sent, or empty.
    #[serde(borrow)]
    pub target: Cow<'a, str>,
}

/// A visitor went on from a landing page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LandingClickV1<'a> {
    /// The click it belongs to.
    pub click: ClickId,
    /// When it was received.
    pub at: Timestamp,
    /// When the click was received.
    pub clicked_at: Timestamp,
    /// Dimensions of the click, with the destination chosen now.
    #[serde(borrow)]
    pub dims: ClickDims<'a>,
    /// Whether this is the first landing click of the click, as far as this node knows.
    pub first: bool,
    /// Where the visitor was sent.
    #[serde(borrow)]
    pub target: Cow<'a, str>,
}

/// A click, with what version 1 did not have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClickV2<'a> {
    /// The click.
    #[serde(borrow)]
    pub click: ClickV1<'a>,
    /// Key of the visitor by the campaign's uniqueness, the same on every node; 0: none.
    pub visitor: u64,
    /// The last campaign that decided, when it was passed on; else none.
    pub passed_to: CampaignId,
    /// The stream of that campaign which took it; else none. For counters.
    pub passed_to_stream: StreamId,
    /// Why it went where it went: compact JSON, or empty. Kept of sampled clicks and of those that ended in a fallback.
    #[serde(borrow)]
    pub trace: Cow<'a, str>,
    /// Recorded by the tracking script: the visitor was on the landing page already and was not sent anywhere.
    pub by_script: bool,
}

/// A visitor went on from a landing page, or its parameters were updated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LandingClickV2<'a> {
    /// The landing click. Its dimensions carry the sub ids as updated by it.
    #[serde(borrow)]
    pub landing_click: LandingClickV1<'a>,
    /// Whether it counts as a landing click; otherwise only its dimensions matter, for what follows.
    pub counted: bool,
    /// What its click cost, which counters hold against the destination it goes to. In reports the click has that cost already.
    pub cost: Money,
    /// The stream of another campaign to which the click was passed on; else none. For counters.
    pub passed_to_stream: StreamId,
}

impl<'a> LandingClickV2<'a> {
    /// A landing click that counts and of which nothing more is known.
    pub const fn of(landing_click: LandingClickV1<'a>) -> Self {
        Self { landing_click, counted: true, cost: Money::ZERO, passed_to_stream: StreamId::NONE }
    }
}

/// A click that is not kept, only counted: its stream says so. Has no rows in reports. One that ended in a fallback names no stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountedV1 {
    /// Identity.
    pub id: ClickId,
    /// When it was received.
    pub at: Timestamp,
    /// Tenant.
    pub workspace: WorkspaceId,
    /// Campaign.
    pub campaign: CampaignId,
    /// Stream, or none.
    pub stream: StreamId,
    /// Landing shown first, or none.
    pub landing: DestinationId,
    /// Destination, or none.
    pub destination: DestinationId,
    /// The last campaign that decided, when it was passed on; else none.
    pub passed_to: CampaignId,
    /// The stream of that campaign which took it; else none.
    pub passed_to_stream: StreamId,
    /// Cost of this click.
    pub cost: Money,
    /// Key of the visitor by the campaign's uniqueness; 0: a machine, who is not remembered.
    pub visitor: u64,
    /// Not the click itself: its visitor went on from the landing page, for the first time.
    pub going_on: bool,
}

impl<'a> ClickV2<'a> {
    /// A click of which nothing more is known.
    pub const fn of(click: ClickV1<'a>) -> Self {
        Self {
            click,
            visitor: 0,
            passed_to: CampaignId::NONE,
            passed_to_stream: StreamId::NONE,
            trace: Cow::Borrowed(""),
            by_script: false,
        }
    }

    /// Whether its visitor saw a landing page.
    pub fn shows_landing(&self) -> bool {
        self.by_script || !self.click.dims.landing.is_none()
    }

    /// A copy that borrows nothing.
    pub fn to_static(&self) -> ClickV2<'static> {
        ClickV2 {
            click: self.click.to_static(),
            visitor: self.visitor,
            passed_to: self.passed_to,
            passed_to_stream: self.passed_to_stream,
            trace: owned(&self.trace),
            by_script: self.by_script,
        }
    }
}

impl ClickV1<'_> {
    /// A copy that borrows nothing.
    pub fn to_static(&self) -> ClickV1<'static> {
        ClickV1 {
            id: self.id,
            at: self.at,
            dims: self.dims.to_static(),
            outcome: self.outcome,
            status: self.status,
            unique: self.unique,
            cost: self.cost,
            currency: self.currency,
            cost_on_conversion: self.cost_on_conversion,
            external_id: owned(&self.external_id),
            ip: self.ip,
            user_agent: owned(&self.user_agent),
            referrer: owned(&self.referrer),
            host: owned(&self.host),
            path_and_query: owned(&self.path_and_query),
            target: owned(&self.target),
        }
    }
}
