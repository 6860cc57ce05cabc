//! How a stream chooses among its routes, on the wire.

use super::Percent;
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{MapAccess, Visitor, value::MapAccessDeserializer},
};
use signalbox_domain as domain;
use std::fmt;
use utoipa::ToSchema;

/// A way of choosing without parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChoosingWord {
    /// At random, by ratio of weights.
    Weighted,
    /// One after the other, in order; weights are ignored except 0.
    RoundRobin,
    /// The first available in order.
    Waterfall,
}

/// A way of choosing with parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ChoosingMode {
    /// At random, by ratio of weights.
    Weighted,
    /// One after the other, in order; weights are ignored except 0.
    RoundRobin,
    /// The first available in order.
    Waterfall,
    /// By ratio of weights, the same for the same visitor, on every node and after a restart. Changing the weight of one entry moves
    /// only visitors to or from that entry.
    Sticky {
        /// After how many hours a visitor may be assigned anew.
        #[schema(minimum = 1, maximum = 8784)]
        ttl_hours: u16,
    },
    /// By what has paid best so far. Statistics are those of the destination within the stream, older clicks counting less.
    Adaptive {
        /// What is raised.
        #[serde(default = "epc")]
        #[schema(default = "epc")]
        goal: Goal,
        /// Clicks that an entry gets by its weight before it is compared.
        #[serde(default = "clicks_min")]
        #[schema(default = 100, minimum = 1, maximum = 1_000_000)]
        clicks_min: u32,
        /// Share of clicks that goes on being spread by weight, 1–100 %.
        #[serde(default = "exploration")]
        #[schema(value_type = Percent, default = "10")]
        exploration: domain::Percent,
        /// After how many hours a click counts half.
        #[serde(default = "half_life_hours")]
        #[schema(default = 72, minimum = 1, maximum = 744)]
        half_life_hours: u16,
    },
}

api_enum! {
    /// What an adaptive stream tries to raise.
    Goal from domain::Goal {
        /// Revenue per click.
        Epc,
        /// (Revenue − cost) ÷ cost.
        Roi,
        /// Conversions per click.
        Cr,
    }
}

/// How a landing and a destination are chosen among those of a stream: a word, or an object when there are parameters. An object with a
/// word as its `type` is understood as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Choosing {
    /// Without parameters.
    Word(ChoosingWord),
    /// With parameters.
    Mode(ChoosingMode),
}

api_enum! {
    /// When the destination behind a landing page is chosen.
    OfferChoice from domain::OfferChoice {
        /// When the visitor goes on.
        AfterLanding,
        /// With the click; the landing page may use its macros, and every landing click goes there.
        BeforeLanding,
    }
}

api_enum! {
    /// What happens when a visitor has been to every destination of a stream that never repeats one.
    Exhausted from domain::Exhausted {
        /// Destinations are repeated.
        Repeat,
        /// The stream lets the visitor pass to the next stream.
        NextStream,
        /// Trafficback.
        Trafficback,
    }
}

/// Never the same destination twice for a visitor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoRepeat {
    /// For how many hours a visit is remembered.
    #[schema(minimum = 1, maximum = 8784)]
    pub ttl_hours: u16,
    /// What happens when nothing new is left.
    pub exhausted: Exhausted,
}

fn epc() -> Goal {
    domain::Adaptive::default().goal.into()
}

fn clicks_min() -> u32 {
    domain::Adaptive::default().clicks_min
}

fn exploration() -> domain::Percent {
    domain::Adaptive::default().exploration
}

fn half_life_hours() -> u16 {
    domain::Adaptive::default().half_life_hours
}

impl Default for Choosing {
    fn default() -> Self {
        domain::Choosing::default().into()
    }
}

impl<'de> Deserialize<'de> for Choosing {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = Choosing;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("weighted, round_robin, waterfall, or an object of type sticky or adaptive")
            }

            fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<Choosing, E> {
                ChoosingWord::deserialize(serde::de::value::StrDeserializer::new(word)).map(Choosing::Word)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Choosing, A::Error> {
                ChoosingMode::deserialize(MapAccessDeserializer::new(map)).map(Choosing::Mode)
            }
        }

        deserializer.deserialize_any(Either)
    }
}

impl From<Choosing> for domain::Choosing {
    fn from(choosing: Choosing) -> Self {
        match choosing {
            Choosing::Word(ChoosingWord::Weighted) | Choosing::Mode(ChoosingMode::Weighted) => Self::Weighted,
            Choosing::Word(ChoosingWord::RoundRobin) | Choosing::Mode(ChoosingMode::RoundRobin) => {
                Self::RoundRobin
            }
            Choosing::Word(ChoosingWord::Waterfall) | Choosing::Mode(ChoosingMode::Waterfall) => {
                Self::Waterfall
            }
            Choosing::Mode(ChoosingMode::Sticky { ttl_hours }) => Self::Sticky { ttl_hours },
            Choosing::Mode(ChoosingMode::Adaptive { goal, clicks_min, exploration, half_life_hours }) => {
                Self::Adaptive(domain::Adaptive {
                    goal: goal.into(),
                    clicks_min,
                    exploration,
                    half_life_hours,
                })
            }
        }
    }
}

impl From<domain::Choosing> for Choosing {
    fn from(choosing: domain::Choosing) -> Self {
        match choosing {
            domain::Choosing::Weighted => Self::Word(ChoosingWord::Weighted),
            domain::Choosing::RoundRobin => Self::Word(ChoosingWord::RoundRobin),
            domain::Choosing::Waterfall => Self::Word(ChoosingWord::Waterfall),
            domain::Choosing::Sticky { ttl_hours } => Self::Mode(ChoosingMode::Sticky { ttl_hours }),
            domain::Choosing::Adaptive(adaptive) => {
                let domain::Adaptive { goal, clicks_min, exploration, half_life_hours } = adaptive;
                Self::Mode(ChoosingMode::Adaptive {
                    goal: goal.into(),
                    clicks_min,
                    exploration,
                    half_life_hours,
                })
            }
        }
    }
}

impl From<NoRepeat> for domain::NoRepeat {
    fn from(no_repeat: NoRepeat) -> Self {
        Self { ttl_hours: no_repeat.ttl_hours, exhausted: no_repeat.exhausted.into() }
    }
}

impl From<domain::NoRepeat> for NoRepeat {
    fn from(no_repeat: domain::NoRepeat) -> Self {
        Self { ttl_hours: no_repeat.ttl_hours, exhausted: no_repeat.exhausted.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn words_and_objects_are_understood_and_parameters_come_back() {
        let read = |value: serde_json::Value| -> Choosing { serde_json::from_value(value).unwrap() };
        assert_eq!(domain::Choosing::from(read(json!("waterfall"))), domain::Choosing::Waterfall);
        assert_eq!(
            domain::Choosing::from(read(json!({ "type": "round_robin" }))),
            domain::Choosing::RoundRobin
        );
        assert_eq!(
            domain::Choosing::from(read(json!({ "type": "adaptive" }))),
            domain::Choosing::Adaptive(domain::Adaptive::default())
        );
        for shown in [
            json!("weighted"),
            json!({ "type": "sticky", "ttl_hours": 24 }),
            json!({ "type": "adaptive", "goal": "roi", "clicks_min": 5, "exploration": "2.5", "half_life_hours": 3 }),
        ] {
            let through = Choosing::from(domain::Choosing::from(read(shown.clone())));
            assert_eq!(serde_json::to_value(through).unwrap(), shown);
        }
        for wrong in [json!("sticky"), json!({ "type": "sticky" }), json!(7)] {
            assert!(serde_json::from_value::<Choosing>(wrong.clone()).is_err(), "{wrong}");
        }
    }
}
