//! Attempts to deliver outgoing postbacks.

use super::words::{self, owned};
use super::{Identity, Keyed};
use clickhouse::Row;
use serde::{Deserialize, Serialize};
use signalbox_domain::{
    CampaignId, ClickId, ConversionId, OutputId, Timestamp, TrafficSourceId, WorkspaceId,
};
use signalbox_events::wire::DeliveryV1;

/// One attempt.
#[derive(Debug, Clone, PartialEq, Default, Row, Serialize, Deserialize)]
pub(crate) struct DeliveryRow<'a> {
    pub workspace: u64,
    pub at: i64,
    pub output: u64,
    pub conversion_id: u128,
    pub revision: u32,
    pub attempt: u32,
    pub outcome: i8,
    pub click_id: u128,
    pub campaign: u64,
    pub source: u64,
    pub method: &'a str,
    pub url: &'a str,
    pub http_status: u16,
    pub response: &'a str,
    pub duration_ms: u32,
    pub _journal: u64,
    pub _seq: u64,
}

impl Keyed for DeliveryRow<'_> {
    const PLACE: usize = 4;
    const TIME: &'static str = "at";

    fn seq(&self) -> u64 {
        self._seq
    }

    fn time_ms(&self) -> i64 {
        self.at
    }
}

impl<'r> DeliveryRow<'r> {
    /// The row of a record.
    pub fn of(identity: Identity, delivery: &'r DeliveryV1<'_>) -> Self {
        Self {
            workspace: delivery.workspace.0,
            at: delivery.at.0,
            output: delivery.output.0,
            conversion_id: delivery.conversion.0,
            revision: delivery.revision,
            attempt: delivery.attempt,
            outcome: delivery.outcome as i8,
            click_id: delivery.click.0,
            campaign: delivery.campaign.0,
            source: delivery.source.0,
            method: &delivery.method,
            url: &delivery.url,
            http_status: delivery.status,
            response: &delivery.response,
            duration_ms: delivery.duration_ms,
            _journal: identity.journal,
            _seq: identity.seq,
        }
    }

    /// The record of a row.
    pub fn to_delivery(&self) -> DeliveryV1<'static> {
        DeliveryV1 {
            at: Timestamp(self.at),
            workspace: WorkspaceId(self.workspace),
            output: OutputId(self.output),
            conversion: ConversionId(self.conversion_id),
            revision: self.revision,
            click: ClickId(self.click_id),
            campaign: CampaignId(self.campaign),
            source: TrafficSourceId(self.source),
            attempt: self.attempt,
            outcome: words::delivery_outcome(self.outcome),
            method: owned(self.method),
            url: owned(self.url),
            status: self.http_status,
            response: owned(self.response),
            duration_ms: self.duration_ms,
        }
    }
}
