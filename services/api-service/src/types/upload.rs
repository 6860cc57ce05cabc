//! Uploads on the wire: conversions that people bring in.

use super::{EventId, Id, Time};
use serde::{Deserialize, Serialize};
use signalbox_catalog::Stored;
use signalbox_domain::{self as domain, AffiliateNetworkId, ConversionId, PostbackUpload};
use signalbox_warehouse::log::PostbackEntry;
use utoipa::{IntoParams, ToSchema};

api_enum! {
    /// How far an upload is.
    UploadState from domain::UploadState {
        /// Nobody has looked at its rows yet; it takes a moment.
        Checking,
        /// What can be said before is said; nothing was taken.
        Checked,
        /// Its good rows are being taken.
        Taking,
        /// Every good row was taken.
        Done,
    }
}

api_enum! {
    /// Where the rows of an upload come from.
    UploadOrigin from domain::UploadOrigin {
        /// A file, or pasted text.
        Text,
        /// Rows of a program.
        Rows,
        /// Requests that belonged to nobody and were given to a network.
        Strays,
        /// What somebody did to a conversion.
        Hand,
    }
}

/// Conversions to be brought in, as `text` or as `rows`. A body may have 1 MB, an upload 5000 conversions.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UploadInput {
    /// Of which network they are.
    #[schema(value_type = Id)]
    pub network_id: AffiliateNetworkId,
    /// Lines, separated by semicolon, tab, comma or colon: below a line of column names that are the parameters of a postback, or without
    /// one as `subid;revenue;tid;status` or `clickid:payout:status`. A cell may be `name=value`.
    #[serde(default)]
    #[schema(example = "subid;payout;tid;status\n01k7hz0q8m3v5x9c2d4f6g8h0j;12.50;1001;sale")]
    pub text: Option<String>,
    /// Names of the columns of `text` in their order, at most 50; `-` leaves one out. Empty: as above.
    #[serde(default)]
    pub columns: Vec<String>,
    /// Objects with the parameters of a postback; values are texts or numbers.
    #[serde(default)]
    #[schema(value_type = Option<Vec<Object>>)]
    pub rows: Option<Vec<serde_json::Map<String, serde_json::Value>>>,
    /// Take the good rows at once, without waiting for `take`.
    #[serde(default)]
    pub take: bool,
}

/// Requests that belong to nobody and are to be given to a network.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StrayAssignment {
    /// The network that sent them.
    #[schema(value_type = Id)]
    pub network_id: AffiliateNetworkId,
    /// `id` of each, at most 1000.
    pub ids: Vec<String>,
}

/// Conversions that were brought in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Upload {
    /// Identity.
    #[schema(value_type = EventId)]
    pub id: String,
    /// When.
    pub created_at: Time,
    /// Where its rows come from.
    pub origin: UploadOrigin,
    /// Of which network they are.
    #[schema(value_type = Id)]
    pub network_id: AffiliateNetworkId,
    /// How far it is.
    pub state: UploadState,
    /// How many rows it has.
    pub total: u32,
    /// How many cannot be understood and are not taken; 0 while it is `checking`.
    pub bad: u32,
    /// How many were taken as received postbacks.
    pub taken: u32,
    /// When every good row was taken.
    pub finished_at: Option<Time>,
}

/// Which rows of an upload.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct UploadRowsQuery {
    /// How many rows to pass over.
    #[serde(default)]
    pub offset: u32,
    /// How many rows, 1 to 500; 100 when absent.
    #[serde(default)]
    pub limit: Option<u32>,
    /// Only rows that are not taken because they cannot be understood.
    #[serde(default)]
    pub bad: bool,
}

/// Rows of an upload, in its order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct UploadRows {
    /// Rows.
    pub items: Vec<UploadRow>,
    /// How many there are.
    pub total: u32,
}

/// A row, with what can be said before it is taken, and then with what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct UploadRow {
    /// Its line in the text, or its number, from 1.
    pub line: u32,
    /// The parameters it says.
    pub query: String,
    /// Code of why it is not taken; absent: it is good, or nobody has looked yet.
    pub code: Option<String>,
    /// Why it is not taken, with the fix.
    pub reason: Option<String>,
    /// The status it is understood as.
    pub status: Option<String>,
    /// The amount it is understood as.
    pub payout: Option<String>,
    /// The received postback it became; the log has it under this id.
    pub postback_id: Option<String>,
    /// Its verdict, once it is judged.
    pub verdict: Option<RowVerdict>,
}

/// What became of a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RowVerdict {
    /// `accepted`, `updated`, `duplicate`, `held`, `orphan` or `refused`.
    pub verdict: String,
    /// Code of the reason, or empty.
    pub code: String,
    /// Why, in a sentence with the fix.
    pub reason: String,
    /// The conversion it made, changed or left as it was.
    #[schema(value_type = Option<EventId>)]
    pub conversion_id: Option<ConversionId>,
}

impl From<Stored<PostbackUpload>> for Upload {
    fn from(stored: Stored<PostbackUpload>) -> Self {
        let upload = stored.value;
        let ((good, taken), total) = (upload.counts(), u32::try_from(upload.rows.len()).unwrap_or(u32::MAX));
        Self {
            id: stored.id,
            created_at: upload.created_at.into(),
            origin: upload.origin.into(),
            network_id: upload.network,
            state: upload.state.into(),
            total,
            bad: if upload.checked { total - good } else { 0 },
            taken,
            finished_at: upload.finished_at.map(Time::from),
        }
    }
}

impl UploadRow {
    /// What the API shows of a row; `entry` is what the log has of it.
    pub fn new(row: &domain::UploadRow, entry: Option<&PostbackEntry>) -> Self {
        let text = |text: &String| (!text.is_empty()).then(|| text.clone());
        let verdict = entry.and_then(|entry| entry.verdict.as_ref()).map(|it| RowVerdict {
            verdict: it.verdict.as_str().to_owned(),
            code: it.code.clone(),
            reason: it.reason.clone(),
            conversion_id: (!it.conversion.is_none()).then_some(it.conversion),
        });
        Self {
            line: row.line,
            query: row.query.clone(),
            code: row.refusal.as_ref().map(|refusal| refusal.code.clone()),
            reason: row.refusal.as_ref().map(|refusal| refusal.reason.clone()),
            status: text(&row.status),
            payout: text(&row.payout),
            postback_id: row.taken.map(|id| id.to_string()),
            verdict,
        }
    }
}
