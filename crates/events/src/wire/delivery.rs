//! Attempts to deliver outgoing postbacks.

use serde::{Deserialize, Serialize};
use signalbox_domain::{
    CampaignId, ClickId, ConversionId, OutputId, Timestamp, TrafficSourceId, WorkspaceId,
};
use std::borrow::Cow;

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[repr(u8)]
pub enum DeliveryOutcome {
    /// Answered with 2xx.
    Delivered = 1,
    /// Failed; will be tried again.
    Retry = 2,
    /// Failed for good.
    Dead = 3,
}

impl DeliveryOutcome {
    /// The word used in logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Retry => "retry",
            Self::Dead => "dead",
        }
    }
}

/// One attempt to deliver an outgoing postback.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryV1<'a> {
    /// When the attempt ended.
    pub at: Timestamp,
    /// Tenant.
    pub workspace: WorkspaceId,
    /// Output.
    pub output: OutputId,
    /// Conversion that is told.
    pub conversion: ConversionId,
    /// Its revision.
    pub revision: u32,
    /// Its click.
    pub click: ClickId,
    /// Campaign of the click.
    pub campaign: CampaignId,
    /// Traffic source of the click, or none.
    pub source: TrafficSourceId,
    /// 1 for the first attempt.
    pub attempt: u32,
    /// How it ended.
    pub outcome: DeliveryOutcome,
    /// `GET` or `POST`.
    #[serde(borrow)]
    pub method: Cow<'a, str>,
    /// The URL as sent.
    pub url: Cow<'a, str>,
    /// HTTP status of the answer; 0 when there was none.
    pub status: u16,
    /// First bytes of the answer, or the error.
    pub response: Cow<'a, str>,
    /// How long it took, milliseconds.
    pub duration_ms: u32,
}
