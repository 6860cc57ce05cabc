//! How one of several destinations is chosen.

use super::hundred;
use crate::{Percent, Validator};
use serde::{Deserialize, Serialize};

/// How a landing and a destination are chosen among those of a stream. Only what takes traffic is chosen from.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "ChoosingForm", into = "ChoosingForm")]
pub enum Choosing {
    /// At random, by ratio of weights.
    #[default]
    Weighted,
    /// By ratio of weights, the same for the same visitor: derived from the visitor and the configuration, so it holds on every node
    /// and after a restart. Changing the weight of one entry moves only visitors to or from that entry.
    Sticky {
        /// After how many hours a visitor may be assigned anew, 1–8784.
        ttl_hours: u16,
    },
    /// One after the other, in order; weights are ignored except 0.
    RoundRobin,
    /// The first available in order.
    Waterfall,
    /// By what has paid best so far.
    Adaptive(Adaptive),
}

/// The stored form of [`Choosing`]: a word, or an object with parameters.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum ChoosingForm {
    Word(ChoosingWord),
    Full(ChoosingObject),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ChoosingWord {
    Weighted,
    RoundRobin,
    Waterfall,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum ChoosingObject {
    Weighted,
    Sticky { ttl_hours: u16 },
    RoundRobin,
    Waterfall,
    Adaptive(Adaptive),
}

impl From<ChoosingForm> for Choosing {
    fn from(form: ChoosingForm) -> Self {
        match form {
            ChoosingForm::Word(ChoosingWord::Weighted) | ChoosingForm::Full(ChoosingObject::Weighted) => {
                Self::Weighted
            }
            ChoosingForm::Word(ChoosingWord::RoundRobin) | ChoosingForm::Full(ChoosingObject::RoundRobin) => {
                Self::RoundRobin
            }
            ChoosingForm::Word(ChoosingWord::Waterfall) | ChoosingForm::Full(ChoosingObject::Waterfall) => {
                Self::Waterfall
            }
            ChoosingForm::Full(ChoosingObject::Sticky { ttl_hours }) => Self::Sticky { ttl_hours },
            ChoosingForm::Full(ChoosingObject::Adaptive(adaptive)) => Self::Adaptive(adaptive),
        }
    }
}

impl From<Choosing> for ChoosingForm {
    fn from(choosing: Choosing) -> Self {
        match choosing {
            Choosing::Weighted => Self::Word(ChoosingWord::Weighted),
            Choosing::RoundRobin => Self::Word(ChoosingWord::RoundRobin),
            Choosing::Waterfall => Self::Word(ChoosingWord::Waterfall),
            Choosing::Sticky { ttl_hours } => Self::Full(ChoosingObject::Sticky { ttl_hours }),
            Choosing::Adaptive(adaptive) => Self::Full(ChoosingObject::Adaptive(adaptive)),
        }
    }
}

/// What an adaptive stream tries to raise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    /// Revenue per click.
    #[default]
    Epc,
    /// (Revenue − cost) ÷ cost.
    Roi,
    /// Conversions per click.
    Cr,
}

/// How an adaptive stream learns. Statistics are those of the destination within the stream, older clicks counting less.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adaptive {
    /// What is raised.
    #[serde(default)]
    pub goal: Goal,
    /// Clicks that an entry gets by its weight before it is compared, 1–1 000 000.
    #[serde(default = "hundred")]
    pub clicks_min: u32,
    /// Share of clicks that goes on being spread by weight, 1–100 %.
    #[serde(default = "tenth")]
    pub exploration: Percent,
    /// After how many hours a click counts half, 1–744.
    #[serde(default = "three_days")]
    pub half_life_hours: u16,
}

fn tenth() -> Percent {
    Percent::from_whole(10)
}

fn three_days() -> u16 {
    72
}

impl Default for Adaptive {
    fn default() -> Self {
        Self {
            goal: Goal::default(),
            clicks_min: hundred(),
            exploration: tenth(),
            half_life_hours: three_days(),
        }
    }
}

impl Choosing {
    pub(super) fn validate(&self, v: &mut Validator) {
        match self {
            Self::Sticky { ttl_hours } => {
                v.require((1..=8784).contains(ttl_hours), "ttl_hours", "must be from 1 to 8784 hours");
            }
            Self::Adaptive(adaptive) => {
                let Adaptive { clicks_min, exploration, half_life_hours, .. } = adaptive;
                v.require((1..=1_000_000).contains(clicks_min), "clicks_min", "must be from 1 to 1000000");
                let explores = (Percent::from_whole(1)..=Percent::HUNDRED).contains(exploration);
                v.require(explores, "exploration", "must be from 1 to 100 %: a share of 0 would never learn");
                v.require((1..=744).contains(half_life_hours), "half_life_hours", "must be from 1 to 744");
            }
            Self::Weighted | Self::RoundRobin | Self::Waterfall => {}
        }
    }
}
