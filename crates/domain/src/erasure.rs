//! Erasing what is kept about a person, as that person may ask for.
//!
//! Promises: whom it is about stands in it only until their clicks are found; afterwards it holds counts, who asked, when, and how far it
//! is. Never: reaches into the future; a visitor who comes again is a new one, and can be erased again.

use crate::{Actor, ClickId, ErasureId, Invalid, JournalHead, Timestamp, Validator};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, net::IpAddr};

/// Most clicks that one erasure is asked for.
pub const ERASURE_CLICKS_MAX: u64 = 10_000;
/// Most erasures that a workspace's list holds; the oldest that are done leave it.
pub const ERASURES_MAX: usize = 1_000;
/// Most characters of a note.
pub const ERASURE_NOTE_CHARS_MAX: usize = 200;
/// Most bytes of an external id that is looked for.
const EXTERNAL_ID_BYTES_MAX: usize = 2_000;

/// Whom an erasure is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum ErasureSubject {
    /// One click.
    Click {
        /// Its id.
        click: ClickId,
    },
    /// Whoever made a click: all clicks with the same visitor's key.
    Visitor {
        /// Id of one of them.
        click: ClickId,
    },
    /// Clicks from an address, as it is kept.
    Address {
        /// The address.
        address: IpAddr,
    },
    /// Clicks with a traffic source's own id.
    ExternalId {
        /// The id.
        external_id: String,
    },
}

/// What an erasure was asked by, without whom it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErasureBy {
    /// One click.
    Click,
    /// A visitor.
    Visitor,
    /// An address.
    Address,
    /// An external id.
    ExternalId,
}

/// How far an erasure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErasureState {
    /// Asked for.
    #[default]
    Requested,
    /// What the journals held at that moment is being written to the tables, so that every click is found.
    Finding,
    /// The clicks are marked: what comes about them is refused. What the catalog keeps of them is being forgotten.
    Forgetting,
    /// What the journals held since is being written, so that nothing comes after the deletion.
    Waiting,
    /// Rows are being deleted, and those of the ledger lose what describes a person.
    Deleting,
    /// Nothing is left.
    Done,
}

/// What an erasure found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ErasedCounts {
    /// Clicks.
    pub clicks: u64,
    /// Conversions and events of clicks, whatever became of them.
    pub conversions: u64,
    /// Received postbacks that named the clicks.
    pub postbacks: u64,
    /// Attempts to tell others.
    pub deliveries: u64,
}

/// An erasure: whom it is about while that must be known, by whom, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erasure {
    /// Identity.
    pub id: ErasureId,
    /// What it was asked by.
    pub by: ErasureBy,
    /// Whom it is about; absent once their clicks were found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<ErasureSubject>,
    /// First moment of the clicks; absent: from the beginning, or their clicks were found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// First moment after; absent: until it was asked for, or their clicks were found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Timestamp>,
    /// What the admin notes about it, such as the number of the request. Must not name the person.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// Who asked for it.
    pub created_by: Actor,
    /// How that person or key is called, as of then.
    #[serde(default)]
    pub asked_by: String,
    /// When.
    pub created_at: Timestamp,
    /// What there was to be erased.
    #[serde(default)]
    pub counts: ErasedCounts,
    /// How far it is.
    #[serde(default)]
    pub state: ErasureState,
    /// When the clicks were marked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marked_at: Option<Timestamp>,
    /// Up to where journals must be written before the next step.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub heads: Vec<JournalHead>,
    /// Rows that were deleted, by table; of `facts`, rows that lost what describes a person.
    #[serde(default)]
    pub erased: BTreeMap<String, u64>,
    /// When nothing was left for the first time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Timestamp>,
}

impl ErasureSubject {
    /// What it is, without whom it names.
    pub const fn by(&self) -> ErasureBy {
        match self {
            Self::Click { .. } => ErasureBy::Click,
            Self::Visitor { .. } => ErasureBy::Visitor,
            Self::Address { .. } => ErasureBy::Address,
            Self::ExternalId { .. } => ErasureBy::ExternalId,
        }
    }

    /// The click it names, if it names one.
    pub const fn click(&self) -> Option<ClickId> {
        match self {
            Self::Click { click } | Self::Visitor { click } => Some(*click),
            Self::Address { .. } | Self::ExternalId { .. } => None,
        }
    }
}

impl Erasure {
    /// Checks subject, range and note.
    ///
    /// # Errors
    /// Every field that is wrong.
    pub fn validate(&self) -> Result<(), Invalid> {
        let mut v = Validator::new();
        match &self.subject {
            Some(ErasureSubject::Click { click } | ErasureSubject::Visitor { click }) => {
                v.require(!click.is_none(), "value", "must be the id of a click");
                v.require(
                    self.from.is_none() && self.to.is_none(),
                    "range",
                    "is for addresses and external ids; a click or a visitor is erased whole",
                );
            }
            Some(ErasureSubject::Address { address }) => {
                v.require(!address.is_unspecified(), "value", "must be the address of a visitor");
            }
            Some(ErasureSubject::ExternalId { external_id }) => {
                let length = external_id.len();
                v.require(
                    (1..=EXTERNAL_ID_BYTES_MAX).contains(&length),
                    "value",
                    "must be 1-2000 bytes long",
                );
            }
            None => {}
        }
        if let (Some(from), Some(to)) = (self.from, self.to) {
            v.require(from < to, "range.to", "must be after from");
        }
        v.require(
            self.note.chars().count() <= ERASURE_NOTE_CHARS_MAX,
            "note",
            "must be at most 200 characters long",
        );
        v.finish()
    }

    /// Whether the clicks are marked, so that what comes about them is refused.
    pub const fn is_marked(&self) -> bool {
        self.marked_at.is_some()
    }

    /// Forgets whom it is about: their clicks are found, `clicks` of them, and are marked from `now` on.
    pub fn found(&mut self, clicks: u64, now: Timestamp) {
        (self.subject, self.from, self.to) = (None, None, None);
        self.counts.clicks = clicks;
        self.marked_at = Some(now);
        self.state = ErasureState::Forgetting;
    }

    /// Nothing is left, at `now`. When it was said before, something came late meanwhile.
    pub fn finish(&mut self, now: Timestamp) {
        self.state = ErasureState::Done;
        self.heads = Vec::new();
        self.finished_at = self.finished_at.or(Some(now));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn erasure(subject: ErasureSubject) -> Erasure {
        Erasure {
            id: ErasureId(1),
            by: subject.by(),
            subject: Some(subject),
            from: None,
            to: None,
            note: String::new(),
            created_by: Actor::System,
            asked_by: "ana@example.com".to_owned(),
            created_at: Timestamp(1_000),
            counts: ErasedCounts::default(),
            state: ErasureState::Requested,
            marked_at: None,
            heads: Vec::new(),
            erased: BTreeMap::new(),
            finished_at: None,
        }
    }

    fn fields(erasure: &Erasure) -> Vec<String> {
        erasure
            .validate()
            .err()
            .map_or_else(Vec::new, |wrong| wrong.0.into_iter().map(|it| it.field).collect())
    }

    #[test]
    fn what_is_wrong_is_named() {
        let external = |text: &str| erasure(ErasureSubject::ExternalId { external_id: text.to_owned() });
        assert_eq!(fields(&external("x")), [""; 0]);
        assert_eq!(fields(&external("")), ["value"]);
        assert_eq!(fields(&external(&"x".repeat(2_001))), ["value"]);
        let ranged = |erasure: Erasure, from, to| Erasure {
            from: Some(Timestamp(from)),
            to: Some(Timestamp(to)),
            note: "n".repeat(201),
            ..erasure
        };
        assert_eq!(fields(&ranged(external("x"), 5, 5)), ["range.to", "note"]);
        let click = erasure(ErasureSubject::Visitor { click: ClickId(7) });
        assert_eq!(fields(&click), [""; 0]);
        assert_eq!(fields(&ranged(click, 1, 2)), ["range", "note"]);
        assert_eq!(fields(&erasure(ErasureSubject::Click { click: ClickId::NONE })), ["value"]);
        let nowhere = "::".parse().unwrap();
        assert_eq!(fields(&erasure(ErasureSubject::Address { address: nowhere })), ["value"]);
    }

    #[test]
    fn whom_it_is_about_is_forgotten_once_their_clicks_are_found() {
        let address: IpAddr = "203.0.113.77".parse().unwrap();
        let mut erasure = Erasure {
            from: Some(Timestamp(123_456)),
            to: Some(Timestamp(234_567)),
            ..erasure(ErasureSubject::Address { address })
        };
        let text = serde_json::to_string(&erasure).unwrap();
        assert!(text.contains("203.0.113.77"), "{text}");
        assert_eq!(serde_json::from_str::<Erasure>(&text).unwrap(), erasure);
        erasure.found(3, Timestamp(2_000));
        let text = serde_json::to_string(&erasure).unwrap();
        for gone in ["203.0.113.77", "123456", "234567"] {
            assert!(!text.contains(gone), "{text}");
        }
        assert!(erasure.is_marked() && erasure.counts.clicks == 3 && erasure.by == ErasureBy::Address);
        erasure.finish(Timestamp(3_000));
        erasure.finish(Timestamp(9_000));
        assert_eq!((erasure.state, erasure.finished_at), (ErasureState::Done, Some(Timestamp(3_000))));
        assert_eq!(fields(&erasure), [""; 0]);
    }
}
