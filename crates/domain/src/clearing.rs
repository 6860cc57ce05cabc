//! Clearing clicks that were only tests, with everything that followed from them.
//!
//! Promises: which clicks are meant is fixed by campaign and time of the click alone, for ever: what is said about one of them later is
//! refused. Never: reaches into the future, where nobody knows yet whether a click is a test.

use crate::{
    Actor, CampaignId, ClearingId, Invalid, Money, Timestamp, Validator, workspace::validate_timezone,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Most clearings of a workspace: every postback is held against them.
pub const CLEARINGS_MAX: usize = 1_000;

/// How far a clearing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClearingState {
    /// Asked for. What comes from now on about its clicks is refused; what is kept of their conversions is being forgotten.
    #[default]
    Requested,
    /// What the journals held at that moment is being written to the tables, so that nothing comes after the deletion.
    Waiting,
    /// The rows are being deleted.
    Deleting,
    /// Nothing is left.
    Done,
}

/// How far a journal had come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalHead {
    /// Journal.
    #[serde(with = "as_text")]
    pub journal: u64,
    /// Next number that it would have given.
    pub head: u64,
}

/// Sums of what is cleared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ClearedSums {
    /// Clicks.
    pub clicks: u64,
    /// Conversions that counted.
    pub conversions: i64,
    /// Their revenue.
    pub revenue: Money,
    /// What the clicks and conversions cost, corrections included.
    pub cost: Money,
}

/// A clearing: which clicks, by whom, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clearing {
    /// Identity.
    pub id: ClearingId,
    /// Clicks of this campaign; absent: of all.
    #[serde(default)]
    pub campaign: Option<CampaignId>,
    /// First moment of the clicks.
    pub from: Timestamp,
    /// First moment after.
    pub to: Timestamp,
    /// IANA name of the zone in which the range was meant.
    pub timezone: String,
    /// Who asked for it.
    pub created_by: Actor,
    /// How that person or key is called, as of then.
    #[serde(default)]
    pub by: String,
    /// When.
    pub created_at: Timestamp,
    /// What there was to be cleared at that moment.
    #[serde(default)]
    pub sums: ClearedSums,
    /// How far it is.
    #[serde(default)]
    pub state: ClearingState,
    /// Up to where journals must be written before rows are deleted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub heads: Vec<JournalHead>,
    /// Rows and documents that were deleted, by table.
    #[serde(default)]
    pub deleted: BTreeMap<String, u64>,
    /// When nothing was left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Timestamp>,
}

impl Clearing {
    /// Checks range and zone.
    ///
    /// # Errors
    /// Every field that is wrong.
    pub fn validate(&self) -> Result<(), Invalid> {
        let mut v = Validator::new();
        v.require(self.from < self.to, "to", "must be after from");
        v.require(self.from.0 >= 0, "from", "must not be before 1970");
        v.require(
            self.to <= self.created_at,
            "to",
            "must not be in the future: clicks that come later cannot be known to be tests",
        );
        validate_timezone(&mut v, "timezone", &self.timezone);
        v.finish()
    }

    /// Whether it is about a click of this campaign and time. Of a click whose campaign is not known: whether it may be.
    pub fn covers(&self, at: Timestamp, campaign: Option<CampaignId>) -> bool {
        let of_campaign = self.campaign.zip(campaign).is_none_or(|(cleared, of_click)| cleared == of_click);
        (self.from..self.to).contains(&at) && of_campaign
    }
}

/// 64 bits as text: other readers of documents know no such numbers.
mod as_text {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
    pub(super) fn serialize<S: Serializer>(value: &u64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&format!("{value:016x}"))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
        let text = String::deserialize(deserializer)?;
        u64::from_str_radix(&text, 16).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clearing_is_about_the_past_and_about_its_clicks() {
        let clearing = Clearing {
            id: ClearingId(1),
            campaign: Some(CampaignId(5)),
            from: Timestamp(100),
            to: Timestamp(200),
            timezone: "Asia/Kolkata".to_owned(),
            created_by: Actor::System,
            by: String::new(),
            created_at: Timestamp(200),
            sums: ClearedSums::default(),
            state: ClearingState::Requested,
            heads: vec![JournalHead { journal: u64::MAX, head: 7 }],
            deleted: BTreeMap::new(),
            finished_at: None,
        };
        clearing.validate().unwrap();
        for (at, campaign, covered) in [
            (100, Some(5), true),
            (199, Some(5), true),
            (200, Some(5), false),
            (99, Some(5), false),
            (150, Some(6), false),
            (150, None, true),
        ] {
            assert_eq!(
                clearing.covers(Timestamp(at), campaign.map(CampaignId)),
                covered,
                "{at} {campaign:?}"
            );
        }
        let all = Clearing { campaign: None, ..clearing.clone() };
        assert!(all.covers(Timestamp(150), Some(CampaignId(9))));
        let text = serde_json::to_string(&clearing).unwrap();
        assert_eq!(serde_json::from_str::<Clearing>(&text).unwrap(), clearing);
        let wrong = Clearing { to: Timestamp(300), timezone: "Nowhere".to_owned(), ..clearing };
        let fields: Vec<String> = wrong.validate().unwrap_err().0.into_iter().map(|it| it.field).collect();
        assert_eq!(fields, ["to", "timezone"]);
    }
}
