//! Judging past postbacks again: which ones, and how far it has come.

use crate::{Actor, AffiliateNetworkId, Invalid, Timestamp, Validator};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::{fmt, str::FromStr};

/// Most requests that a selection may name one by one.
pub const REPLAY_IDS_MAX: usize = 1_000;
/// Most requests of one replay.
pub const REPLAY_REQUESTS_MAX: u64 = 1_000_000;

/// Identity of a request as received: the journal that took it and its number there. Text form: 16 hexadecimal digits, `-`, the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PostbackId {
    /// Journal.
    pub journal: u64,
    /// Number in it.
    pub seq: u64,
}

impl fmt::Display for PostbackId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}-{}", self.journal, self.seq)
    }
}

impl FromStr for PostbackId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parsed = text.split_once('-').filter(|(journal, _)| journal.len() == 16);
        let number = |text: &str, radix| u64::from_str_radix(text, radix).ok();
        parsed
            .and_then(|(journal, seq)| Some(Self { journal: number(journal, 16)?, seq: number(seq, 10)? }))
            .ok_or_else(|| format!("{text:?} is not the id of a received postback"))
    }
}

impl Serialize for PostbackId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PostbackId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Which requests are judged again: all that meet every condition.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplaySelection {
    /// These alone; empty: whatever the other conditions leave.
    #[serde(default)]
    pub ids: Vec<PostbackId>,
    /// Of this network.
    #[serde(default)]
    pub network: Option<AffiliateNetworkId>,
    /// Received at or after.
    #[serde(default)]
    pub from: Option<Timestamp>,
    /// Received before.
    #[serde(default)]
    pub to: Option<Timestamp>,
    /// Words of verdicts, of which the latest must be one; empty: any.
    #[serde(default)]
    pub verdicts: Vec<String>,
    /// Codes of verdicts, of which the latest must be one; empty: any.
    #[serde(default)]
    pub codes: Vec<String>,
}

impl ReplaySelection {
    /// Checks all but the words, which only the log knows.
    pub fn validate(&self) -> Result<(), Invalid> {
        let mut v = Validator::new();
        let reason = "has more than 1000; select by network, time and verdict instead";
        v.require(self.ids.len() <= REPLAY_IDS_MAX, "ids", reason);
        v.require(
            !self.ids.is_empty() || self.from.is_some(),
            "from",
            "is needed where no ids are named: how far back requests are judged again",
        );
        let ordered = self.from.zip(self.to).is_none_or(|(from, to)| from < to);
        v.require(ordered, "to", "must be after from");
        v.require(self.verdicts.len() <= 10, "verdicts", "has more than 10");
        v.require(self.codes.len() <= 50, "codes", "has more than 50");
        v.finish()
    }
}

/// How far a replay is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReplayState {
    /// Work is left.
    Running,
    /// Everything was judged again.
    Done,
    /// Somebody stopped it; what was judged until then stays.
    Cancelled,
}

/// The last request that was judged again; the next ones come after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplayCursor {
    /// When it was received.
    pub received_at: Timestamp,
    /// Its identity.
    pub id: PostbackId,
}

/// Which node works, and until when nobody else does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplayLease {
    /// Name of the node.
    pub node: String,
    /// Until then.
    pub until: Timestamp,
}

/// A replay as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostbackReplay {
    /// Who asked for it.
    pub created_by: Actor,
    /// When: requests received and verdicts made later are none of its business.
    pub created_at: Timestamp,
    /// Which requests.
    pub selection: ReplaySelection,
    /// How many there were.
    pub total: u64,
    /// How far it is.
    pub state: ReplayState,
    /// The last that was judged again.
    #[serde(default)]
    pub cursor: Option<ReplayCursor>,
    /// How many were judged again.
    #[serde(default)]
    pub judged: u64,
    /// How many of them ended how: words of verdicts for those whose verdict is new, `unchanged` for the others.
    #[serde(default)]
    pub outcomes: BTreeMap<String, u64>,
    /// When it ended.
    #[serde(default)]
    pub finished_at: Option<Timestamp>,
    /// Who works on it.
    #[serde(default)]
    pub lease: Option<ReplayLease>,
}

impl PostbackReplay {
    /// One that nobody has begun.
    #[must_use]
    pub fn new(created_by: Actor, created_at: Timestamp, selection: ReplaySelection, total: u64) -> Self {
        Self {
            created_by,
            created_at,
            selection,
            total,
            state: ReplayState::Running,
            cursor: None,
            judged: 0,
            outcomes: BTreeMap::new(),
            finished_at: None,
            lease: None,
        }
    }

    /// Whether `node` may work on it at `now`.
    #[must_use]
    pub fn is_free_for(&self, node: &str, now: Timestamp) -> bool {
        let free = self.lease.as_ref().is_none_or(|lease| lease.node == node || lease.until <= now);
        self.state == ReplayState::Running && free
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_one_text_form() {
        let id = PostbackId { journal: 0x9f, seq: 12 };
        assert_eq!(id.to_string(), "000000000000009f-12");
        assert_eq!("000000000000009f-12".parse(), Ok(id));
        for wrong in ["", "9f-12", "000000000000009f", "000000000000009f-x", "00000000000000zz-1"] {
            assert!(wrong.parse::<PostbackId>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_selection_names_requests_or_a_time() {
        let problems = |selection: ReplaySelection| selection.validate().map_err(|error| error.to_string());
        let id = PostbackId { journal: 1, seq: 1 };
        assert_eq!(problems(ReplaySelection { ids: vec![id], ..ReplaySelection::default() }), Ok(()));
        let from = Some(Timestamp(5));
        assert_eq!(problems(ReplaySelection { from, ..ReplaySelection::default() }), Ok(()));
        assert!(problems(ReplaySelection::default()).unwrap_err().contains("from"));
        let backwards = ReplaySelection { from, to: Some(Timestamp(5)), ..ReplaySelection::default() };
        assert!(problems(backwards).unwrap_err().contains("to"));
        let many = ReplaySelection { ids: vec![id; REPLAY_IDS_MAX + 1], ..ReplaySelection::default() };
        assert!(problems(many).unwrap_err().contains("ids"));
    }

    #[test]
    fn one_node_works_at_a_time() {
        let selection = ReplaySelection::default();
        let mut replay = PostbackReplay::new(Actor::System, Timestamp(1), selection, 3);
        assert!(replay.is_free_for("a", Timestamp(2)));
        replay.lease = Some(ReplayLease { node: "a".to_owned(), until: Timestamp(10) });
        assert!(replay.is_free_for("a", Timestamp(2)), "the same node after a restart");
        assert!(!replay.is_free_for("b", Timestamp(9)));
        assert!(replay.is_free_for("b", Timestamp(10)));
        replay.state = ReplayState::Cancelled;
        assert!(!replay.is_free_for("a", Timestamp(2)));
    }
}
