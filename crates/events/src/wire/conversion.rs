//! A conversion that came to be or changed.

use super::ClickDims;
use serde::{Deserialize, Serialize};
use signalbox_domain::{
    CampaignId, ClickId, ConversionId, ConversionStatus, Currency, EventValues, Money, StreamId, Timestamp,
};
use std::borrow::Cow;

/// Stands between the network's two words where it has a second status; no word has it.
pub const SECOND_STATUS_AFTER: char = '\u{1f}';

/// What one state of a conversion adds to reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversionMeasures {
    /// Status of this state.
    pub status: ConversionStatus,
    /// Money of this state in the reporting currency, whatever the status; the status decides which revenue it is.
    pub payout: Money,
    /// Cost that this state causes (CPA, RevShare).
    pub cost: Money,
}

/// A conversion came to be (no `before`), changed, or was taken away (no `after`). Carries every dimension of its click.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversionV1<'a> {
    /// Identity.
    pub id: ConversionId,
    /// 1 for the first state, then one more for each change. (`id`, `revision`) is unique.
    pub revision: u32,
    /// The click.
    pub click: ClickId,
    /// When the click was received.
    pub clicked_at: Timestamp,
    /// When the conversion was first reported: its conversion time in reports.
    pub converted_at: Timestamp,
    /// When this change was reported.
    pub at: Timestamp,
    /// Dimensions of the click.
    #[serde(borrow)]
    pub dims: ClickDims<'a>,
    /// State taken away.
    pub before: Option<ConversionMeasures>,
    /// State added.
    pub after: Option<ConversionMeasures>,
    /// The network's word for the status, or empty. When it said a second status, that follows after [`SECOND_STATUS_AFTER`].
    pub original_status: Cow<'a, str>,
    /// The network's transaction id, or empty.
    pub transaction: Cow<'a, str>,
    /// Amount as reported.
    pub original_payout: Money,
    /// Currency as reported.
    pub original_currency: Currency,
    /// Reporting currency of the measures.
    pub currency: Currency,
    /// The source's own click id, or empty.
    pub external_id: Cow<'a, str>,
    /// Journal of the raw postback that caused it.
    pub raw_journal: u64,
    /// Its sequence number.
    pub raw_seq: u64,
}

/// A conversion, with what counters and the memory of visitors need beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversionV2<'a> {
    /// The conversion.
    #[serde(borrow)]
    pub conversion: ConversionV1<'a>,
    /// Key of the click's visitor; 0: none.
    pub visitor: u64,
    /// The last campaign that decided on the click, when it was passed on; else none.
    pub passed_to: CampaignId,
    /// The stream of that campaign which took it; else none.
    pub passed_to_stream: StreamId,
}

/// The events of a click changed: numbers that were said about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClickEventsV1<'a> {
    /// Identity, click and revision, as of a conversion of status `event`, whose measures are zero.
    #[serde(borrow)]
    pub conversion: ConversionV1<'a>,
    /// Values taken away.
    pub before: EventValues,
    /// Values added.
    pub after: EventValues,
}
