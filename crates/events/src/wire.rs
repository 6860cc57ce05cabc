//! Wire records: what is written to journals and topics, encoded with postcard.
//!
//! The first byte is the variant of [`Record`]. Records only grow: a changed record is a new variant at the end, the old one stays
//! readable for ever. Field order is the format. Texts borrow from the bytes they are read from.

mod click;
mod conversion;
mod delivery;
mod dims;
mod postback;

pub use click::{
    ClickV1, ClickV2, CostOnConversion, CountedV1, LandingClickV1, LandingClickV2, Outcome, UniqueFlags,
};
pub use conversion::{ClickEventsV1, ConversionMeasures, ConversionV1, ConversionV2, SECOND_STATUS_AFTER};
pub use delivery::{DeliveryOutcome, DeliveryV1};
pub use dims::ClickDims;
pub use postback::{HeadPosition, KEY_CAMPAIGN, PostbackRawV1, PostbackUnmatchedV1, Verdict, VerdictV1};

use serde::{Deserialize, Serialize};
use signalbox_domain::ClickId;

/// Everything a journal may hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Record<'a> {
    /// A click that was answered.
    #[serde(borrow)]
    Click(Box<ClickV1<'a>>),
    /// A visitor went on from a landing page.
    #[serde(borrow)]
    LandingClick(Box<LandingClickV1<'a>>),
    /// A postback as it was received.
    #[serde(borrow)]
    PostbackRaw(PostbackRawV1<'a>),
    /// What became of a postback.
    #[serde(borrow)]
    Verdict(VerdictV1<'a>),
    /// A conversion came to be or changed.
    #[serde(borrow)]
    Conversion(Box<ConversionV1<'a>>),
    /// An attempt to deliver an outgoing postback.
    #[serde(borrow)]
    Delivery(DeliveryV1<'a>),
    /// A click that was answered; since 0.2.
    #[serde(borrow)]
    ClickV2(Box<ClickV2<'a>>),
    /// A visitor went on from a landing page; since 0.2.
    #[serde(borrow)]
    LandingClickV2(Box<LandingClickV2<'a>>),
    /// A click that is not kept, only counted.
    Counted(CountedV1),
    /// A conversion came to be or changed; since 0.2.
    #[serde(borrow)]
    ConversionV2(Box<ConversionV2<'a>>),
    /// A postback that came to a tracking domain, its network not known yet.
    #[serde(borrow)]
    PostbackUnmatched(PostbackUnmatchedV1<'a>),
    /// Events said about a click on a tracking domain, by whoever had its link, token or key: parameters are the click's id and the
    /// events. Judged beside postbacks.
    #[serde(borrow)]
    EventsRaw(PostbackRawV1<'a>),
    /// The events of a click changed.
    #[serde(borrow)]
    ClickEvents(Box<ClickEventsV1<'a>>),
}

/// Bytes that are not a record this version knows.
#[derive(Debug, thiserror::Error)]
#[error("not a wire record: {0}")]
pub struct DecodeError(#[from] postcard::Error);

/// What a click with its user agent, URLs and a few sub ids takes, bytes.
const USUAL_BYTES: usize = 768;

impl<'a> Record<'a> {
    /// The click of a record of any version.
    pub fn click(&self) -> Option<&ClickV1<'a>> {
        match self {
            Record::Click(click) => Some(click),
            Record::ClickV2(click) => Some(&click.click),
            _ => None,
        }
    }

    /// The visitor's key of a click; 0 when it was not recorded.
    pub fn visitor(&self) -> u64 {
        match self {
            Record::ClickV2(click) => click.visitor,
            _ => 0,
        }
    }

    /// The landing click of a record of any version, and whether it counts as one.
    pub fn landing_click(&self) -> Option<(&LandingClickV1<'a>, bool)> {
        match self {
            Record::LandingClick(landing) => Some((landing, true)),
            Record::LandingClickV2(landing) => Some((&landing.landing_click, landing.counted)),
            _ => None,
        }
    }

    /// The conversion of a record of any version.
    pub fn conversion(&self) -> Option<&ConversionV1<'a>> {
        match self {
            Record::Conversion(conversion) => Some(conversion),
            Record::ConversionV2(conversion) => Some(&conversion.conversion),
            _ => None,
        }
    }

    /// The click that an encoded record is about, without reading the rest, and whether it is the click itself (or else something that
    /// followed from it). `None` for records that are about no click, and for what cannot be read.
    pub fn peek_click(bytes: &[u8]) -> Option<(ClickId, bool)> {
        let (variant, rest) = postcard::take_from_bytes::<u32>(bytes).ok()?;
        let id = || postcard::take_from_bytes::<ClickId>(rest).ok().map(|(id, _)| id);
        match variant {
            0 | 6 => Some((id()?, true)),
            1 | 7 => Some((id()?, false)),
            8 => {
                let (counted, _) = postcard::take_from_bytes::<CountedV1>(rest).ok()?;
                Some((counted.id, !counted.going_on))
            }
            _ => None,
        }
    }

    /// Appends the encoded record to `buffer`.
    pub fn encode_into(&self, buffer: Vec<u8>) -> Result<Vec<u8>, DecodeError> {
        Ok(postcard::to_extend(self, buffer)?)
    }

    /// The encoded record.
    pub fn encode(&self) -> Result<Vec<u8>, DecodeError> {
        self.encode_into(Vec::with_capacity(USUAL_BYTES))
    }

    /// The encoded [`Record::ClickV2`] of a click, which need not be moved into a box for that.
    pub fn encode_click(click: &ClickV2<'_>) -> Result<Vec<u8>, DecodeError> {
        Ok(postcard::to_extend(&AsRecord(click), Vec::with_capacity(USUAL_BYTES))?)
    }

    /// Reads a record; texts borrow from `bytes`.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        Ok(postcard::from_bytes(bytes)?)
    }
}

/// Number of [`Record::ClickV2`] among the variants.
const CLICK_V2: u32 = 6;

/// A click that is written as a record.
struct AsRecord<'r>(&'r ClickV2<'r>);

impl Serialize for AsRecord<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_variant("Record", CLICK_V2, "ClickV2", self.0)
    }
}

#[cfg(test)]
pub(crate) mod tests;
