//! Dead letters on the wire: records that could not be written.

use super::{Condition, EntityRef, Time};
use serde::{Deserialize, Serialize};
use signalbox_warehouse::log::DeadLetter;
use std::fmt::Write as _;
use utoipa::ToSchema;

/// Bytes of a record that a row shows.
const SHOWN_BYTES: usize = 2_048;

/// A record that could not be written, as it stands now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DeadLetterRow {
    /// Identity: the journal that took the record and its number there.
    #[schema(example = "9f3c5a1e7b2d4c6f-1042")]
    pub id: String,
    /// When it was set aside.
    pub at: Time,
    /// The workspace that it names; absent where it could not be read.
    pub workspace: Option<EntityRef>,
    /// The stream that carried it: `clicks`, `postbacks` or `facts`; empty where its first byte is of no record.
    pub stream: String,
    /// What it is, as its first byte says: `click`, `landing_click`, `postback`, `verdict`, `conversion`, `delivery`, `counted`,
    /// `unmatched_postback`, `said_events` or `events`; or empty.
    pub record: String,
    /// The table that refuses it; empty when it cannot become rows at all.
    pub refused_by: String,
    /// The database's error code.
    pub code: Option<i32>,
    /// Why, as it was said last.
    pub reason: String,
    /// Length of the record.
    pub bytes: u64,
    /// Its first 2048 bytes, hexadecimal.
    pub payload: String,
    /// Whether its rows stand in their tables since it was tried again.
    pub written: bool,
    /// How often it was tried again.
    pub tries: u32,
    /// When it was tried last.
    pub tried_at: Option<Time>,
}

impl DeadLetterRow {
    /// A row; `workspace` is the one that the letter names, with its name.
    pub fn new(letter: DeadLetter, workspace: Option<EntityRef>) -> Self {
        let mut payload = String::new();
        for byte in letter.payload.iter().take(SHOWN_BYTES) {
            // Writing to a string cannot fail.
            let _ = write!(payload, "{byte:02x}");
        }
        Self {
            id: letter.id.to_string(),
            at: letter.at.into(),
            workspace,
            stream: letter.stream().to_owned(),
            record: letter.record().to_owned(),
            refused_by: letter.refused_by,
            code: (letter.code != 0).then_some(letter.code),
            reason: letter.reason,
            bytes: letter.payload.len() as u64,
            payload,
            written: letter.written,
            tries: letter.tries,
            tried_at: letter.tried_at.map(Into::into),
        }
    }
}

/// Which dead letters are to be tried again: those that are named, or all of the log that meet the conditions and are not written yet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeadLetterRetry {
    /// These alone, at most 25: `id` of rows of the log.
    #[serde(default)]
    pub ids: Vec<String>,
    /// Set aside at or after (RFC 3339); needed where no ids are named.
    #[serde(default)]
    pub from: Option<String>,
    /// Set aside before (RFC 3339); now when absent.
    #[serde(default)]
    pub to: Option<String>,
    /// Filters as in the log; all of these must hold.
    #[serde(default)]
    pub filters: Vec<Condition>,
    /// `next_cursor` of the answer before.
    #[serde(default)]
    pub cursor: Option<String>,
}

/// What became of the dead letters that were tried again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct DeadLettersRetried {
    /// Their rows stand in their tables now, each once.
    pub written: u64,
    /// They stay, each with its newest reason.
    pub failed: u64,
    /// Named, and written already or not there.
    pub skipped: u64,
    /// Goes on with those that were not looked at; absent when there are none.
    pub next_cursor: Option<String>,
}
