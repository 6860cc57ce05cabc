//! The life of one conversion: how a postback makes or changes it, and what each change tells the ledger.
//!
//! Pure and deterministic: the same postbacks in the same order give the same document, so a replay after a crash changes nothing.
//! Every postback that was judged against the document is named in it, by journal and sequence number.

mod again;
mod by_hand;
mod click;
mod effect;
mod events;
mod identity;
mod price;
mod repeat;
mod untold;

pub use by_hand::{ByHand, HandAction};
pub use click::Click;
pub use effect::{Effect, Unchanged};
pub use identity::{ConversionKind, conversion_id, events_id};
pub use price::{PriceError, Priced, Pricing};
pub use untold::Untold;

use crate::reading::Reading;
use serde::{Deserialize, Serialize};
use signalbox_domain::{
    AffiliateNetworkId, ConversionId, ConversionStatus, Currency, EventChange, EventValues, Money,
    RepeatPolicy, Timestamp, WorkspaceId,
};
use signalbox_events::wire::{ConversionMeasures, ConversionV1, ConversionV2, Record, SECOND_STATUS_AFTER};

/// Most changes of one conversion; further ones are refused, because a network that flips a conversion this often is broken.
pub const HISTORY_MAX: usize = 500;

/// Identity of a raw postback.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RawRef {
    /// Journal, as 16 hexadecimal digits in JSON because JSON numbers stop at 2^53.
    #[serde(with = "hex")]
    pub journal: u64,
    /// Sequence number.
    pub seq: u64,
}

mod hex {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(value: &u64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{value:016x}"))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
        u64::from_str_radix(&String::deserialize(deserializer)?, 16).map_err(D::Error::custom)
    }
}

/// One state of a conversion; the list of all is its history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// When it was reported.
    pub at: Timestamp,
    /// Status.
    pub status: ConversionStatus,
    /// The network's word, or empty.
    #[serde(default)]
    pub original_status: String,
    /// The network's word in its second status, or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub second_status: String,
    /// The network's transaction, where the conversion is known by its click alone; or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub transaction: String,
    /// What its postback said alone, where the state adds up what several said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alone: Option<Box<repeat::Alone>>,
    /// Who made it, when no postback did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_hand: Option<Box<ByHand>>,
    /// Money in the workspace's currency.
    pub payout: Money,
    /// Cost caused, in the workspace's currency.
    pub cost: Money,
    /// Amount as reported.
    pub original_payout: Money,
    /// Currency as reported.
    pub original_currency: Currency,
    /// The postback that caused it.
    pub raw: RawRef,
    /// Nothing is left of the conversion: its postbacks turned out to be about others.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub withdrawn: bool,
    /// Outputs are not told of it: the postback asked for that.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub quiet: bool,
    /// Its postback named no amount: it is worth what the one before it in the order of receipt was.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unpriced: bool,
    /// What the postback says about the click's events; of status event alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub said: Vec<EventChange>,
    /// Values of the click's events in this state.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: EventValues,
    /// Journal of the node that made the state and tells it on; 0: that of the postback.
    #[serde(default, with = "hex", skip_serializing_if = "untold::is_zero")]
    pub by: u64,
    /// Told on, though an earlier state is not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub told: bool,
}

/// A conversion as stored: one document with its history and how much of it has been told on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversion {
    /// Identity, derived from network, click, transaction and kind.
    pub id: ConversionId,
    /// Tenant.
    pub workspace: WorkspaceId,
    /// Network that reported it.
    pub network: AffiliateNetworkId,
    /// The network's transaction id, or empty.
    pub transaction: String,
    /// Its click.
    pub click: Click,
    /// Reporting currency of payouts and costs.
    pub currency: Currency,
    /// States in order; the last is current. Never empty.
    pub history: Vec<State>,
    /// What a further postback did when the last one was judged.
    #[serde(default)]
    pub repeat: RepeatPolicy,
    /// It was deleted by hand, and counts nothing until it is restored, whatever comes.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deleted: bool,
    /// What people did to it, by the request that said so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hands: Vec<RawRef>,
    /// Postbacks already judged against this document that a replay may bring again.
    pub judged: Vec<RawRef>,
    /// Readings of postbacks judged again that were not the last word.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aside: Vec<State>,
    /// Postbacks that turned out to be about another conversion.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taken_out: Vec<RawRef>,
    /// How many states, from the first on, the ledger has been told without a gap.
    pub journaled: u32,
    /// How many states, from the first on, outputs have been queued for without a gap.
    pub queued: u32,
}

impl Conversion {
    /// The first state.
    pub fn create(base: NewConversion, state: State) -> Self {
        let raw = state.raw;
        Self {
            id: base.id,
            workspace: base.workspace,
            network: base.network,
            transaction: base.transaction,
            click: base.click,
            currency: base.currency,
            history: vec![state],
            repeat: base.repeat,
            deleted: false,
            hands: Vec::new(),
            judged: vec![raw],
            aside: Vec::new(),
            taken_out: Vec::new(),
            journaled: 0,
            queued: 0,
        }
    }

    /// The current state.
    #[expect(clippy::expect_used, reason = "a conversion is created with a state and states are only added")]
    pub fn current(&self) -> &State {
        self.history.last().expect("a conversion has at least one state")
    }

    /// Number of states: the current revision.
    pub fn revision(&self) -> u32 {
        u32::try_from(self.history.len()).unwrap_or(u32::MAX)
    }

    /// What this postback did when it was judged before; `None` when it was not.
    fn replayed(&self, raw: RawRef) -> Option<Unchanged> {
        match self.history.iter().position(|state| state.raw == raw) {
            Some(0) => Some(Unchanged::ReplayedFirst),
            Some(_) => Some(Unchanged::ReplayedChange),
            None => {
                let judged = self.judged.contains(&raw) || self.aside.iter().any(|state| state.raw == raw);
                judged.then_some(Unchanged::ReplayedDuplicate)
            }
        }
    }

    /// Forgets which postbacks were judged before `position`: a replay cannot bring them again.
    pub fn forget_judged_before(&mut self, position: RawRef) {
        self.judged.retain(|raw| raw.journal != position.journal || raw.seq >= position.seq);
    }

    /// Applies a further state.
    pub fn apply(&mut self, next: State) -> Effect {
        if let Some(replayed) = self.replayed(next.raw) {
            return Effect::Nothing(replayed);
        }
        self.judged.push(next.raw);
        if next.status == ConversionStatus::Event && !self.deleted {
            return self.apply_events(next);
        }
        // One that was received before others takes its place among them, though it is judged after them.
        let comes_late = self.readings().last().is_some_and(|last| (last.at, last.raw) > (next.at, next.raw));
        if comes_late || self.deleted || matches!(self.repeat, RepeatPolicy::Keep | RepeatPolicy::Add) {
            let node = next.raw.journal;
            return self.judge_again(next, node);
        }
        let next = self.worth_after(self.standing(), &next);
        if let Some(current) = self.standing() {
            if next.status == ConversionStatus::Lead && current.status != ConversionStatus::Lead {
                return Effect::Nothing(Unchanged::StepBack);
            }
            if current.status == next.status
                && current.payout == next.payout
                && current.original_payout == next.original_payout
                && current.second_status == next.second_status
            {
                return Effect::Nothing(Unchanged::Same);
            }
        }
        if self.history.len() >= HISTORY_MAX {
            return Effect::Nothing(Unchanged::TooManyChanges);
        }
        self.history.push(next);
        Effect::Changed
    }

    /// What the ledger is told of one revision (1 is the first).
    pub fn fact(&self, revision: u32) -> Option<Record<'static>> {
        let conversion = self.fact_v1(revision)?;
        if self.is_events() {
            return Some(Record::ClickEvents(Box::new(self.events_fact(revision, conversion))));
        }
        Some(Record::ConversionV2(Box::new(ConversionV2 {
            conversion,
            visitor: self.click.visitor,
            passed_to: self.click.passed_to,
            passed_to_stream: self.click.passed_to_stream,
        })))
    }

    fn fact_v1(&self, revision: u32) -> Option<ConversionV1<'static>> {
        let index = (revision as usize).checked_sub(1)?;
        let state = self.history.get(index)?;
        let before = index.checked_sub(1).and_then(|index| self.history.get(index));
        Some(ConversionV1 {
            id: self.id,
            revision,
            click: self.click.id,
            clicked_at: self.click.at,
            converted_at: self.history[0].at,
            at: state.by_hand.as_ref().map_or(state.at, |hand| hand.at),
            dims: self.click.dims.clone(),
            before: before.and_then(State::measures),
            after: state.measures(),
            original_status: state.both_words().into(),
            transaction: self.transaction_of(state).to_owned().into(),
            original_payout: state.original_payout,
            original_currency: state.original_currency,
            currency: self.currency,
            external_id: self.click.external_id.clone().into(),
            raw_journal: state.raw.journal,
            raw_seq: state.raw.seq,
        })
    }
}

impl State {
    /// The state that a postback reports, priced.
    pub fn of(reading: &Reading, priced: &Priced, at: Timestamp, raw: RawRef) -> Self {
        Self {
            at,
            status: reading.status,
            original_status: reading.original_status.clone(),
            second_status: reading.second_status.clone(),
            transaction: String::new(),
            alone: None,
            by_hand: None,
            payout: priced.payout,
            cost: priced.cost,
            original_payout: priced.original_payout,
            original_currency: priced.original_currency,
            raw,
            withdrawn: false,
            quiet: reading.quiet,
            unpriced: priced.unpriced,
            said: Vec::new(),
            events: EventValues::new(),
            by: 0,
            told: false,
        }
    }

    /// Both words of the network as they are told to the ledger: the second one after a unit separator.
    fn both_words(&self) -> String {
        let first = self.original_status.replace(SECOND_STATUS_AFTER, " ");
        if self.second_status.is_empty() {
            return first;
        }
        format!("{first}{SECOND_STATUS_AFTER}{}", self.second_status)
    }

    fn measures(&self) -> Option<ConversionMeasures> {
        let Self { status, payout, cost, .. } = *self;
        (!self.withdrawn).then_some(ConversionMeasures { status, payout, cost })
    }
}

/// What a new conversion consists of beside its first state.
#[derive(Debug, Clone)]
pub struct NewConversion {
    /// Identity.
    pub id: ConversionId,
    /// Tenant.
    pub workspace: WorkspaceId,
    /// Network.
    pub network: AffiliateNetworkId,
    /// Transaction id, or empty.
    pub transaction: String,
    /// Its click.
    pub click: Click,
    /// Reporting currency.
    pub currency: Currency,
    /// What a further postback does.
    pub repeat: RepeatPolicy,
}

#[cfg(test)]
pub(crate) mod tests;
