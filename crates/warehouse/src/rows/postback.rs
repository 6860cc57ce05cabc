//! Inbound postbacks: a row as received, a row for each verdict.

use super::{Address, Identity, Keyed};
use clickhouse::Row;
use serde::{Deserialize, Serialize};
use signalbox_events::wire::{PostbackRawV1, VerdictV1};
use std::borrow::Cow;

/// A postback as received (`verdict` 0), or a verdict on it.
#[derive(Debug, Clone, PartialEq, Default, Row, Serialize, Deserialize)]
pub(crate) struct PostbackRow<'a> {
    pub workspace: u64,
    pub received_at: i64,
    pub raw_journal: u64,
    pub raw_seq: u64,
    pub verdict: i8,
    pub at: i64,
    pub network: u64,
    pub code: &'a str,
    pub reason: &'a str,
    pub click_id: u128,
    pub conversion_id: u128,
    pub method: &'a str,
    #[serde(borrow)]
    pub query: Cow<'a, str>,
    pub ip: Address,
    pub user_agent: &'a str,
    pub _journal: u64,
    pub _seq: u64,
}

impl Keyed for PostbackRow<'_> {
    const PLACE: usize = 3;
    const TIME: &'static str = "received_at";

    fn seq(&self) -> u64 {
        self._seq
    }

    fn time_ms(&self) -> i64 {
        self.received_at
    }
}

impl<'r> PostbackRow<'r> {
    /// A postback as it was received: its own identity is the raw one.
    pub fn of_raw(identity: Identity, postback: &'r PostbackRawV1<'_>) -> Self {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(postback.parameters.iter());
        Self {
            workspace: postback.workspace.0,
            received_at: postback.at.0,
            raw_journal: identity.journal,
            raw_seq: identity.seq,
            verdict: 0,
            at: postback.at.0,
            network: postback.network.0,
            method: &postback.method,
            query: Cow::Owned(query.finish()),
            ip: postback.ip.into(),
            user_agent: &postback.user_agent,
            _journal: identity.journal,
            _seq: identity.seq,
            ..Self::default()
        }
    }

    /// A verdict.
    pub fn of_verdict(identity: Identity, verdict: &'r VerdictV1<'_>) -> Self {
        Self {
            workspace: verdict.workspace.0,
            received_at: verdict.received_at.0,
            raw_journal: verdict.raw_journal,
            raw_seq: verdict.raw_seq,
            verdict: verdict.verdict as i8,
            at: verdict.at.0,
            network: verdict.network.0,
            code: &verdict.code,
            reason: &verdict.reason,
            click_id: verdict.click.0,
            conversion_id: verdict.conversion.0,
            method: &verdict.method,
            query: Cow::Borrowed(&verdict.query),
            ip: verdict.ip.into(),
            user_agent: "",
            _journal: identity.journal,
            _seq: identity.seq,
        }
    }
}
