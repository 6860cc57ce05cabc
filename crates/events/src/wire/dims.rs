//! The dimensions of a click.

use serde::{Deserialize, Serialize};
use signalbox_domain::{
    AffiliateNetworkId, BotReason, CampaignId, ConnectionType, DestinationId, DeviceType, DomainId, StreamId,
    TrafficSourceId, WorkspaceId,
};
use std::borrow::Cow;

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
    #[serde(borrow)]
    pub region: Cow<'a, str>,
    /// City, or empty.
    #[serde(borrow)]
    pub city: Cow<'a, str>,
    /// Provider, or empty.
    #[serde(borrow)]
    pub isp: Cow<'a, str>,
    /// Autonomous system number; 0 is unknown.
    pub asn: u32,
    /// Kind of connection.
    pub connection: ConnectionType,
    /// Kind of device.
    pub device_type: DeviceType,
    /// Brand, or empty.
    #[serde(borrow)]
    pub device_brand: Cow<'a, str>,
    /// Model, or empty.
    #[serde(borrow)]
    pub device_model: Cow<'a, str>,
    /// Operating system, or empty.
    #[serde(borrow)]
    pub os: Cow<'a, str>,
    /// Its version, or empty.
    #[serde(borrow)]
    pub os_version: Cow<'a, str>,
    /// Browser, or empty.
    #[serde(borrow)]
    pub browser: Cow<'a, str>,
    /// Its version, or empty.
    #[serde(borrow)]
    pub browser_version: Cow<'a, str>,
    /// Preferred language, or empty.
    #[serde(borrow)]
    pub language: Cow<'a, str>,
    /// Host of the referrer, or empty.
    #[serde(borrow)]
    pub referrer_domain: Cow<'a, str>,
    /// Keyword of the source, or empty.
    #[serde(borrow)]
    pub keyword: Cow<'a, str>,
    /// Campaign id of the source, or empty.
    #[serde(borrow)]
    pub ad_campaign_id: Cow<'a, str>,
    /// Creative id of the source, or empty.
    #[serde(borrow)]
    pub creative_id: Cow<'a, str>,
    /// Site or zone of the source, or empty.
    #[serde(borrow)]
    pub site: Cow<'a, str>,
    /// Sub ids that were sent: (1–30, value), ascending.
    pub sub_ids: Vec<(u8, Cow<'a, str>)>,
    /// Bot verdict.
    pub bot: BotReason,
}

pub(super) fn owned(text: &str) -> Cow<'static, str> {
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
