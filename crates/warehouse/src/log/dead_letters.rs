//! The log of records that could not be written: of every workspace and of none, so for those who look after the instance.

use super::page::Spec;
use super::{InstanceScope, Log, LogPage, LogQuery};
use crate::rows::DeadLetterRow;
use crate::sql::{Bound, Params};
use crate::{Error, Warehouse};
use signalbox_domain::{CampaignId, ClickId, Timestamp, WorkspaceId};
use signalbox_events::wire::{ClickDims, Record};
use std::{fmt, str::FromStr};

pub(super) const SPEC: Spec = Spec {
    log: Log::DeadLetters,
    tag: 'x',
    table: "dead_letters",
    only: "",
    order: &[("at", ""), ("_journal", "UInt64"), ("_seq", "UInt64")],
    // What became of it when it was tried last.
    latest: Some(("tries DESC", "_journal, _seq")),
};

/// Words of [`DeadLetter::record`] by the first byte of records; the first is "of no kind that this version knows".
pub(super) const RECORDS: &[&str] = &[
    "",
    "click",
    "landing_click",
    "postback",
    "verdict",
    "conversion",
    "delivery",
    "counted",
    "unmatched_postback",
    "said_events",
    "events",
];
/// [`RECORDS`] in the order of the variants of `wire::Record`, as SQL over the bytes.
pub(super) const RECORD_SQL: &str = "transform(substring(payload_hex, 1, 2), \
    ['00', '01', '02', '03', '04', '05', '06', '07', '08', '09', '0a', '0b', '0c'], \
    ['click', 'landing_click', 'postback', 'verdict', 'conversion', 'delivery', 'click', 'landing_click', 'counted', 'conversion', \
    'unmatched_postback', 'said_events', 'events'], '')";
/// The same of the streams that carry them.
pub(super) const STREAMS: &[&str] = &["", "clicks", "postbacks", "facts"];
pub(super) const STREAM_SQL: &str = "transform(substring(payload_hex, 1, 2), \
    ['00', '01', '02', '03', '04', '05', '06', '07', '08', '09', '0a', '0b', '0c'], \
    ['clicks', 'clicks', 'postbacks', 'facts', 'facts', 'facts', 'clicks', 'clicks', 'clicks', 'facts', \
    'postbacks', 'postbacks', 'facts'], '')";

/// What names a dead letter: the journal that took the record and its number there, `9f3c5a1e7b2d4c6f-1042`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeadLetterId {
    /// Journal.
    pub journal: u64,
    /// Number in it.
    pub seq: u64,
}

impl fmt::Display for DeadLetterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}-{}", self.journal, self.seq)
    }
}

impl FromStr for DeadLetterId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parsed = text.split_once('-').filter(|(journal, _)| journal.len() == 16);
        let parsed = parsed.and_then(|(journal, seq)| {
            Some(Self { journal: u64::from_str_radix(journal, 16).ok()?, seq: seq.parse().ok()? })
        });
        parsed
            .ok_or_else(|| format!("{text:?} is not the id of a dead letter, such as 9f3c5a1e7b2d4c6f-1042"))
    }
}

/// A record that could not be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// Identity.
    pub id: DeadLetterId,
    /// When it was set aside.
    pub at: Timestamp,
    /// The workspace that its bytes named; none when they could not be read.
    pub workspace: WorkspaceId,
    /// The table that refuses it; empty when it cannot become rows.
    pub refused_by: String,
    /// ClickHouse's error code, or 0.
    pub code: i32,
    /// Why, as it was said last.
    pub reason: String,
    /// The record.
    pub payload: Vec<u8>,
    /// How often it was tried again.
    pub tries: u32,
    /// When it was tried last.
    pub tried_at: Option<Timestamp>,
    /// Whether its rows stand in their tables since.
    pub written: bool,
}

/// The click that a record is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AboutClick {
    /// Its workspace.
    pub workspace: WorkspaceId,
    /// Its id.
    pub click: ClickId,
    /// When it was received.
    pub at: Timestamp,
    /// Its campaign, where the record says it.
    pub campaign: Option<CampaignId>,
}

impl DeadLetter {
    /// What its first byte says it is: a word of the field `record`, or empty.
    pub fn record(&self) -> &'static str {
        let words = [1, 2, 3, 4, 5, 6, 1, 2, 7, 5, 8, 9, 10];
        let word = self.payload.first().and_then(|byte| words.get(usize::from(*byte)));
        word.map_or("", |place: &usize| RECORDS[*place])
    }

    /// The stream that carried it: a word of the field `stream`, or empty.
    pub fn stream(&self) -> &'static str {
        match self.record() {
            "" => "",
            "click" | "landing_click" | "counted" => "clicks",
            "postback" | "unmatched_postback" | "said_events" => "postbacks",
            _ => "facts",
        }
    }

    /// The click that the record is about, where it can be read and is about one; the clock of a postback's click is in its id.
    pub fn about(&self) -> Option<AboutClick> {
        let of = |dims: &ClickDims<'_>, click, at| AboutClick {
            workspace: dims.workspace,
            click,
            at,
            campaign: Some(dims.campaign),
        };
        let known = |workspace, click: ClickId| AboutClick {
            workspace,
            click,
            at: click.timestamp(),
            campaign: None,
        };
        let about = match Record::decode(&self.payload).ok()? {
            Record::Click(it) => of(&it.dims, it.id, it.at),
            Record::ClickV2(it) => of(&it.click.dims, it.click.id, it.click.at),
            Record::LandingClick(it) => of(&it.dims, it.click, it.clicked_at),
            Record::LandingClickV2(it) => {
                of(&it.landing_click.dims, it.landing_click.click, it.landing_click.clicked_at)
            }
            Record::Conversion(it) => of(&it.dims, it.click, it.clicked_at),
            Record::ConversionV2(it) => {
                of(&it.conversion.dims, it.conversion.click, it.conversion.clicked_at)
            }
            Record::ClickEvents(it) => of(&it.conversion.dims, it.conversion.click, it.conversion.clicked_at),
            Record::Verdict(it) => known(it.workspace, it.click),
            Record::Delivery(it) => known(it.workspace, it.click),
            Record::Counted(_)
            | Record::PostbackRaw(_)
            | Record::PostbackUnmatched(_)
            | Record::EventsRaw(_) => return None,
        };
        (!about.click.is_none()).then_some(about)
    }

    fn of(row: DeadLetterRow) -> Self {
        Self {
            id: DeadLetterId { journal: row._journal, seq: row._seq },
            at: Timestamp(row.at),
            workspace: WorkspaceId(row.workspace),
            payload: row.payload(),
            refused_by: row.refused_by,
            code: row.code,
            reason: row.reason,
            tries: row.tries,
            tried_at: (row.tries > 0).then_some(Timestamp(row.tried_at)),
            written: row.written != 0,
        }
    }
}

impl Warehouse {
    /// Records that could not be written, by when they were set aside, newest first, each as it stands now.
    ///
    /// # Errors
    /// As for [`Warehouse::list_clicks`].
    pub async fn list_dead_letters(
        &self,
        scope: InstanceScope,
        query: &LogQuery,
    ) -> Result<LogPage<DeadLetter>, Error> {
        self.page::<DeadLetterRow, _>(&SPEC, scope, query, |row| {
            let key = vec![row.at as u128, row._journal.into(), row._seq.into()];
            (key, DeadLetter::of(row))
        })
        .await
    }

    /// Those of `ids` that there are, as they stand now.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when ClickHouse does not answer.
    pub async fn find_dead_letters(
        &self,
        _scope: InstanceScope,
        ids: &[DeadLetterId],
    ) -> Result<Vec<DeadLetter>, Error> {
        let mut params = Params::default();
        let of = |number: fn(&DeadLetterId) -> u64| {
            Bound::Unsigneds(ids.iter().map(|id| number(id).into()).collect())
        };
        let journals = params.bind("Array(UInt64)", of(|id| id.journal));
        let seqs = params.bind("Array(UInt64)", of(|id| id.seq));
        let sql = format!(
            "SELECT ?fields FROM dead_letters WHERE _seq IN {seqs} AND has(arrayZip({journals}, {seqs}), (_journal, _seq)) \
             ORDER BY at DESC, _journal DESC, _seq DESC, tries DESC LIMIT 1 BY _journal, _seq"
        );
        let query = params.apply(self.client.query(&sql));
        self.fetch_map::<DeadLetterRow, _>(query, DeadLetter::of).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_round_trip_and_strangers_are_refused() {
        let id = DeadLetterId { journal: 0x9f3c, seq: 12 };
        assert_eq!(id.to_string(), "0000000000009f3c-12");
        assert_eq!(id.to_string().parse(), Ok(id));
        for bad in ["", "9f3c-12", "0000000000009f3c", "0000000000009f3c-", "zzzzzzzzzzzzzzzz-1"] {
            assert!(bad.parse::<DeadLetterId>().is_err(), "{bad}");
        }
    }
}
