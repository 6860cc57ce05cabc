//! What a conversion keeps of its click.

use super::hex;
use serde::{Deserialize, Serialize};
use signalbox_domain::{CampaignId, ClickId, StreamId, Timestamp};
use signalbox_events::{
    visitor::{VisitorSource, visitor_key},
    wire::{ClickDims, ClickV1, CostOnConversion},
};
use signalbox_warehouse::ConvertingClick;
use std::net::IpAddr;

/// What is known of the click when a conversion is attributed to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Click {
    /// Identity.
    pub id: ClickId,
    /// When it was received.
    pub at: Timestamp,
    /// Dimensions.
    #[serde(deserialize_with = "owned_dims")]
    pub dims: ClickDims<'static>,
    /// What a conversion costs.
    pub cost_on_conversion: CostOnConversion,
    /// The source's own click id, or empty.
    pub external_id: String,
    /// Key of the visitor; 0: none.
    #[serde(default, with = "hex")]
    pub visitor: u64,
    /// The last campaign that decided, when the click was passed on; else none.
    #[serde(default)]
    pub passed_to: CampaignId,
    /// The stream of that campaign which took it; else none.
    #[serde(default)]
    pub passed_to_stream: StreamId,
}

impl Click {
    /// What is known of a click that was not passed on.
    pub fn of(click: &ClickV1<'_>, visitor: u64) -> Self {
        Self {
            id: click.id,
            at: click.at,
            dims: click.dims.to_static(),
            cost_on_conversion: click.cost_on_conversion,
            external_id: click.external_id.clone().into_owned(),
            visitor: visitor_or(visitor, &click.dims, (click.ip, &click.user_agent)),
            passed_to: CampaignId::NONE,
            passed_to_stream: StreamId::NONE,
        }
    }

    /// What ClickHouse knows of a click.
    pub fn of_stored(click: ConvertingClick) -> Self {
        Self {
            id: click.id,
            at: click.at,
            visitor: visitor_or(click.visitor, &click.dims, (click.ip, &click.user_agent)),
            dims: click.dims,
            cost_on_conversion: click.cost_on_conversion,
            external_id: click.external_id,
            passed_to: CampaignId::NONE,
            passed_to_stream: StreamId::NONE,
        }
    }
}

/// The key of the visitor: a person without one gets that of its address and user agent.
fn visitor_or(visitor: u64, dims: &ClickDims<'_>, (ip, user_agent): (IpAddr, &str)) -> u64 {
    match visitor {
        0 if dims.bot.is_bot() => 0,
        0 => visitor_key(VisitorSource::IpUserAgent(ip, user_agent)),
        visitor => visitor,
    }
}

fn owned_dims<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<ClickDims<'static>, D::Error> {
    Ok(ClickDims::deserialize(deserializer)?.to_static())
}
