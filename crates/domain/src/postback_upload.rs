//! Conversions that people bring in by hand: rows of a file, of a program, or requests that nobody could be told. Each becomes a received
//! postback and is judged like any other; there is no second way of judging.

use crate::{Actor, AffiliateNetworkId, ClickId, PostbackId, ReplayLease, Timestamp};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// Most rows of one upload.
pub const UPLOAD_ROWS_MAX: usize = 5_000;
/// Most bytes of the parameters of all rows together.
pub const UPLOAD_BYTES_MAX: usize = 4 << 20;

/// Where rows come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UploadOrigin {
    /// A file, or pasted text.
    Text,
    /// Rows of a program.
    Rows,
    /// Requests that belonged to nobody and were given to a network.
    Strays,
    /// What somebody did to conversions: delete or restore them.
    Hand,
}

/// How far an upload is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UploadState {
    /// Nobody has looked at its rows yet.
    Checking,
    /// What can be said before is said; nothing was taken.
    Checked,
    /// Its good rows are being taken.
    Taking,
    /// Every good row was taken.
    Done,
}

/// Why a row is not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowRefusal {
    /// Stable code, as of verdicts.
    pub code: String,
    /// A sentence with the fix.
    pub reason: String,
}

/// How a row came at first, when it was a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowSender {
    /// When.
    pub at: Timestamp,
    /// `GET` or `POST`.
    pub method: String,
    /// From where.
    pub ip: IpAddr,
    /// Its user agent.
    pub user_agent: String,
    /// Which of the requests that belonged to nobody it was.
    pub stray: String,
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadRow {
    /// Its line in the text, or its number, from 1.
    pub line: u32,
    /// What it says, as the query of a postback.
    pub query: String,
    /// How it came at first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender: Option<RowSender>,
    /// Why it is not taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<RowRefusal>,
    /// The status it is understood as.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub status: String,
    /// The amount it is understood as.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub payout: String,
    /// The received postback that it has become.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken: Option<PostbackId>,
}

/// An upload as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostbackUpload {
    /// Who brought it.
    pub created_by: Actor,
    /// When.
    pub created_at: Timestamp,
    /// From which address.
    pub ip: IpAddr,
    /// Of which network its rows are.
    pub network: AffiliateNetworkId,
    /// Where its rows come from.
    pub origin: UploadOrigin,
    /// How far it is.
    pub state: UploadState,
    /// Whether its rows were looked at.
    #[serde(default)]
    pub checked: bool,
    /// Its rows, at most [`UPLOAD_ROWS_MAX`].
    pub rows: Vec<UploadRow>,
    /// When it ended.
    #[serde(default)]
    pub finished_at: Option<Timestamp>,
    /// Who works on it.
    #[serde(default)]
    pub lease: Option<ReplayLease>,
}

impl UploadRow {
    /// A row that nobody has looked at.
    #[must_use]
    pub fn new(line: u32, query: String) -> Self {
        Self {
            line,
            query,
            sender: None,
            refusal: None,
            status: String::new(),
            payout: String::new(),
            taken: None,
        }
    }

    /// A row that cannot be understood.
    #[must_use]
    pub fn refused(line: u32, query: String, code: &str, reason: String) -> Self {
        Self { refusal: Some(RowRefusal { code: code.to_owned(), reason }), ..Self::new(line, query) }
    }
}

impl PostbackUpload {
    /// Whether there is work to do.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(self.state, UploadState::Checking | UploadState::Taking)
    }

    /// Whether `node` may work on it at `now`.
    #[must_use]
    pub fn is_free_for(&self, node: &str, now: Timestamp) -> bool {
        let free = self.lease.as_ref().is_none_or(|lease| lease.node == node || lease.until <= now);
        self.is_open() && free
    }

    /// What it is looked up by: requests that belonged to nobody are found without reading every file that was uploaded, under the click
    /// that none has.
    #[must_use]
    pub fn looked_up_by(&self) -> Option<ClickId> {
        (self.origin == UploadOrigin::Strays).then_some(ClickId::NONE)
    }

    /// How many rows are good, and how many were taken.
    #[must_use]
    pub fn counts(&self) -> (u32, u32) {
        let count = |keep: fn(&UploadRow) -> bool| {
            u32::try_from(self.rows.iter().filter(|row| keep(row)).count()).unwrap_or(u32::MAX)
        };
        (count(|row| row.refusal.is_none()), count(|row| row.taken.is_some()))
    }
}
