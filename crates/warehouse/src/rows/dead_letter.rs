//! Records that cannot be written.

use super::{Identity, Keyed};
use clickhouse::Row;
use serde::{Deserialize, Serialize};
use signalbox_domain::{Timestamp, WorkspaceId};
use signalbox_events::wire::Record;
use std::fmt::Write as _;

/// A record with its bytes and the reason; or what became of it when it was tried again.
#[derive(Debug, Clone, PartialEq, Default, Row, Serialize, Deserialize)]
pub(crate) struct DeadLetterRow {
    pub workspace: u64,
    pub at: i64,
    pub refused_by: String,
    pub code: i32,
    pub reason: String,
    pub payload_hex: String,
    /// 0 as it was set aside; one more for each time that it was tried again.
    pub tries: u32,
    pub tried_at: i64,
    /// Whether its rows stand in their tables since.
    pub written: u8,
    pub _journal: u64,
    pub _seq: u64,
}

impl Keyed for DeadLetterRow {
    const PLACE: usize = 0;
    /// The time is that of the attempt, so a row made again has another.
    const TIME: &'static str = "";

    fn seq(&self) -> u64 {
        self._seq
    }

    fn time_ms(&self) -> i64 {
        self.at
    }
}

impl DeadLetterRow {
    /// The row of a payload that could not be written because of `reason`.
    pub fn of(identity: Identity, payload: &[u8], reason: String, now: Timestamp) -> Self {
        let mut payload_hex = String::with_capacity(payload.len() * 2);
        for byte in payload {
            // Writing to a string cannot fail.
            let _ = write!(payload_hex, "{byte:02x}");
        }
        Self {
            workspace: workspace_of(payload).0,
            at: now.0,
            reason,
            payload_hex,
            _journal: identity.journal,
            _seq: identity.seq,
            ..Self::default()
        }
    }

    /// The same, refused by ClickHouse.
    pub fn refused_by(mut self, table: &str, code: i32) -> Self {
        self.refused_by = table.to_owned();
        self.code = code;
        self
    }

    /// The bytes of the record; what is no hexadecimal text gives none.
    pub fn payload(&self) -> Vec<u8> {
        let pairs = self.payload_hex.as_bytes().chunks_exact(2);
        let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
        pairs.map(byte).collect::<Option<_>>().unwrap_or_default()
    }
}

/// The workspace a payload names, or none when it cannot be read.
fn workspace_of(payload: &[u8]) -> WorkspaceId {
    match Record::decode(payload) {
        Ok(Record::Click(click)) => click.dims.workspace,
        Ok(Record::ClickV2(click)) => click.click.dims.workspace,
        Ok(Record::LandingClick(landing)) => landing.dims.workspace,
        Ok(Record::LandingClickV2(landing)) => landing.landing_click.dims.workspace,
        Ok(Record::Counted(click)) => click.workspace,
        Ok(Record::PostbackRaw(postback)) => postback.workspace,
        Ok(Record::Verdict(verdict)) => verdict.workspace,
        Ok(Record::Conversion(conversion)) => conversion.dims.workspace,
        Ok(Record::ConversionV2(conversion)) => conversion.conversion.dims.workspace,
        Ok(Record::Delivery(delivery)) => delivery.workspace,
        Ok(Record::EventsRaw(said)) => said.workspace,
        Ok(Record::ClickEvents(events)) => events.conversion.dims.workspace,
        Ok(Record::PostbackUnmatched(_)) | Err(_) => WorkspaceId::NONE,
    }
}
