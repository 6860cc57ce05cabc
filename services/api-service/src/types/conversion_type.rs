//! Statuses and types of conversions on the wire.

use serde::{Deserialize, Serialize};
use signalbox_domain as domain;
use utoipa::ToSchema;

api_enum! {
    /// What state a conversion is in.
    ConversionStatus from domain::ConversionStatus {
        /// Reported, money on hold.
        Lead,
        /// Confirmed.
        Sale,
        /// Refused by the advertiser.
        Rejected,
        /// Not a person, a duplicate, a test.
        Trash,
        /// A further payment of an earlier conversion.
        Rebill,
        /// A sign-up.
        Registration,
        /// A first deposit.
        Deposit,
        /// Numbers that were said about the click.
        Event,
        /// A type of the workspace's own that counts and brings revenue.
        Custom1,
        /// A type of the workspace's own that counts and brings revenue.
        Custom2,
        /// A type of the workspace's own that counts and brings revenue.
        Custom3,
        /// A type of the workspace's own that counts and brings revenue.
        Custom4,
        /// A type of the workspace's own that counts and brings revenue.
        Custom5,
        /// A type of the workspace's own that counts and brings revenue.
        Custom6,
        /// A type of the workspace's own that counts and brings revenue.
        Custom7,
        /// A type of the workspace's own that counts and brings revenue.
        Custom8,
        /// A type of the workspace's own that counts, without revenue.
        Custom9,
        /// A type of the workspace's own that counts, without revenue.
        Custom10,
        /// A type of the workspace's own that counts, without revenue.
        Custom11,
        /// A type of the workspace's own that counts, without revenue.
        Custom12,
        /// A type of the workspace's own that counts, without revenue.
        Custom13,
        /// A type of the workspace's own that counts, without revenue.
        Custom14,
        /// A type of the workspace's own that counts, without revenue.
        Custom15,
        /// A type of the workspace's own that counts, without revenue.
        Custom16,
        /// A type of the workspace's own that brings revenue, without counting.
        Custom17,
        /// A type of the workspace's own that brings revenue, without counting.
        Custom18,
        /// A type of the workspace's own that brings revenue, without counting.
        Custom19,
        /// A type of the workspace's own that brings revenue, without counting.
        Custom20,
        /// A type of the workspace's own that brings revenue, without counting.
        Custom21,
        /// A type of the workspace's own that brings revenue, without counting.
        Custom22,
        /// A type of the workspace's own that brings revenue, without counting.
        Custom23,
        /// A type of the workspace's own that brings revenue, without counting.
        Custom24,
        /// A type of the workspace's own that neither counts nor brings revenue.
        Custom25,
        /// A type of the workspace's own that neither counts nor brings revenue.
        Custom26,
        /// A type of the workspace's own that neither counts nor brings revenue.
        Custom27,
        /// A type of the workspace's own that neither counts nor brings revenue.
        Custom28,
        /// A type of the workspace's own that neither counts nor brings revenue.
        Custom29,
        /// A type of the workspace's own that neither counts nor brings revenue.
        Custom30,
        /// A type of the workspace's own that neither counts nor brings revenue.
        Custom31,
        /// A type of the workspace's own that neither counts nor brings revenue.
        Custom32,
    }
}

api_enum! {
    /// What a further postback of the same network, click and type does.
    RepeatPolicy from domain::RepeatPolicy {
        /// Each transaction is a conversion; a postback of a known transaction changes it.
        Transaction,
        /// One conversion for each click: the first amount stands. Another status still changes it.
        Keep,
        /// One conversion for each click: the last postback counts.
        Replace,
        /// One conversion for each click: amounts are added, of each transaction the last one.
        Add,
    }
}

/// A type of conversions: one of the workspace's own, or what is special about a built-in one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConversionType {
    /// Which it is: `custom1` to `custom8` count and bring revenue, `custom9` to `custom16` only count, `custom17` to `custom24` only bring
    /// revenue, `custom25` to `custom32` do neither. Of the built-in ones `sale` stands for lead, sale, rejected and trash.
    pub status: ConversionStatus,
    /// Shown name; empty for a built-in one.
    #[serde(default)]
    #[schema(example = "Qualified lead")]
    pub name: String,
    /// Words of networks that mean it, beside its name, compared without regard to case; none for a built-in one.
    #[serde(default)]
    pub words: Vec<String>,
    /// What a further postback does.
    pub repeat: RepeatPolicy,
}

impl From<ConversionType> for domain::ConversionType {
    fn from(kind: ConversionType) -> Self {
        Self {
            status: kind.status.into(),
            name: kind.name.trim().to_owned(),
            words: kind.words.iter().map(|word| word.trim().to_owned()).collect(),
            repeat: kind.repeat.into(),
        }
    }
}

impl From<domain::ConversionType> for ConversionType {
    fn from(kind: domain::ConversionType) -> Self {
        Self { status: kind.status.into(), name: kind.name, words: kind.words, repeat: kind.repeat.into() }
    }
}
