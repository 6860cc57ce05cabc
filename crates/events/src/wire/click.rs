//! The click and what follows it on a landing page.

use serde::{Deserialize, Serialize};
use signalbox_domain::{
    AffiliateNetworkId, BotReason, CampaignId, ClickId, ConnectionType, Currency, DestinationId, DeviceType,
    DomainId, Money, Percent, StreamId, Timestamp, TrafficSourceId, WorkspaceId,
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
}

impl CostOnConversion {
    /// The cost of a conversion with this class and revenue.
    pub const fn of(self, counts: bool, revenue: Money) -> Money {
        match self {
            Self::PerConversion(amount) if counts => amount,
            Self::RevenueShare(percent) => percent.of(revenue),
            _ => Money::ZERO,
        }
    }
}

/// The dimensions of a click: copied into everything that follows from it, so that reports never join.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClickDims<'a> {
    /// Tenant.
    pub workspace: WorkspaceId,
    /// Campaign.
    pub campaign: CampaignId,
    /// Stream, or none.
    pub stream: StreamId,
    /// Landing shown first, or none.
    pub landing: DestinationId,
    /// Destination, or none; with a landing, the one chosen when the visitor went on.
    pub destination: DestinationId,
    /// Traffic source, or none.
    pub source: TrafficSourceId,
    /// Network of the destination, or none.
    pub network: AffiliateNetworkId,
    /// Registered domain the click came to, or none.
    pub domain: DomainId,
    /// ISO 3166 code, or empty.
    #[serde(borrow)]
    pub country: Cow<'a, str>,
    /// First-level subdivision, or empty.
    pub region: Cow<'a, str>,
    /// City, or empty.
    pub city: Cow<'a, str>,
    /// Provider, or empty.
    pub isp: Cow<'a, str>,
    /// Autonomous system number; 0 is unknown.
    pub asn: u32,
    /// Kind of connection.
    pub connection: ConnectionType,
    /// Kind of device.
    pub device_type: DeviceType,
    /// Brand, or empty.
    pub device_brand: Cow<'a, str>,
    /// Model, or empty.
    pub device_model: Cow<'a, str>,
    /// Operating system, or empty.
    pub os: Cow<'a, str>,
    /// Its version, or empty.
    pub os_version: Cow<'a, str>,
    /// Browser, or empty.
    pub browser: Cow<'a, str>,
    /// Its version, or empty.
    pub browser_version: Cow<'a, str>,
    /// Preferred language, or empty.
    pub language: Cow<'a, str>,
    /// Host of the referrer, or empty.
    pub referrer_domain: Cow<'a, str>,
    /// Keyword of the source, or empty.
    pub keyword: Cow<'a, str>,
    /// Campaign id of the source, or empty.
    pub ad_campaign_id: Cow<'a, str>,
    /// Creative id of the source, or empty.
    pub creative_id: Cow<'a, str>,
    /// Site or zone of the source, or empty.
    pub site: Cow<'a, str>,
    /// Sub ids that were sent: (1–30, value), ascending.
    pub sub_ids: Vec<(u8, Cow<'a, str>)>,
    /// Bot verdict.
    pub bot: BotReason,
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
    pub external_id: Cow<'a, str>,
    /// Client address.
    pub ip: IpAddr,
    /// User agent as sent, capped.
    pub user_agent: Cow<'a, str>,
    /// Referrer as sent, capped.
    pub referrer: Cow<'a, str>,
    /// Host as sent, lower case.
    pub host: Cow<'a, str>,
    /// Path and query as sent, capped.
    pub path_and_query: Cow<'a, str>,
    /// Where the visitor was sent, or empty.
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
    pub target: Cow<'a, str>,
}

fn owned(text: &str) -> Cow<'static, str> {
    Cow::Owned(text.to_owned())
}

impl ClickDims<'_> {
    /// A copy that borrows nothing.
    pub fn to_static(&self) -> ClickDims<'static> {
        ClickDims {
            workspace: self.workspace,
            campaign: self.campaign,
            stream: self.stream,
            landing: self.landing,
            destination: self.destination,
            source: self.source,
            network: self.network,
            domain: self.domain,
            country: owned(&self.country),
            region: owned(&self.region),
            city: owned(&self.city),
            isp: owned(&self.isp),
            asn: self.asn,
            connection: self.connection,
            device_type: self.device_type,
            device_brand: owned(&self.device_brand),
            device_model: owned(&self.device_model),
            os: owned(&self.os),
            os_version: owned(&self.os_version),
            browser: owned(&self.browser),
            browser_version: owned(&self.browser_version),
            language: owned(&self.language),
            referrer_domain: owned(&self.referrer_domain),
            keyword: owned(&self.keyword),
            ad_campaign_id: owned(&self.ad_campaign_id),
            creative_id: owned(&self.creative_id),
            site: owned(&self.site),
            sub_ids: self.sub_ids.iter().map(|(number, value)| (*number, owned(value))).collect(),
            bot: self.bot,
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
