//! Conversion statuses and what each counts for.
//!
//! Conventions (trackers at large): a lead's money is on hold, a sale's is confirmed; rejected and trash keep their count but bring no
//! revenue; a rebill brings revenue but is no conversion of its own. An event says numbers about a click and neither counts nor earns. What
//! a type of the workspace's own counts for is told by its number, so that the ledger takes away exactly what it added, whatever a workspace
//! changes later.

use serde::{Deserialize, Serialize};

/// Types of conversions that a workspace can have beside the built-in ones.
pub const CUSTOM_TYPES: u8 = 32;
/// Types of a workspace for each way of entering metrics: the first eight count and bring revenue, the next only count, the next only
/// bring revenue, the last do neither.
const CUSTOM_TYPES_OF_A_CLASS: u8 = 8;

/// Declares the statuses with their words; the order of the variants is that of the wire, the number that of the ledger.
macro_rules! statuses {
    ($($(#[$meta:meta])* $name:ident = $number:literal $word:literal,)+) => {
        /// What state a conversion is in.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[repr(u8)]
        pub enum ConversionStatus { $($(#[$meta])* $name = $number),+ }

        impl ConversionStatus {
            /// Every status, in the order of their numbers.
            pub const ALL: [Self; 8 + CUSTOM_TYPES as usize] = [$(Self::$name),+];
            /// The words of all statuses by their numbers; the first stands for none.
            pub const WORDS: &'static [&'static str] = &["none", $($word),+];

            /// The word used everywhere.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word),+ }
            }
        }
    };
}

statuses! {
    /// Reported, money on hold.
    Lead = 1 "lead",
    /// Confirmed. The status of a postback that names none.
    #[default]
    Sale = 2 "sale",
    /// Refused by the advertiser.
    Rejected = 3 "rejected",
    /// Not a person, a duplicate, a test.
    Trash = 4 "trash",
    /// A further payment of an earlier conversion.
    Rebill = 5 "rebill",
    /// A sign-up.
    Registration = 6 "registration",
    /// A first deposit.
    Deposit = 7 "deposit",
    /// Numbers that were said about the click; see [`EventChange`](crate::EventChange). No word of a network means it.
    Event = 8 "event",
    /// A type of the workspace's own that counts and brings revenue.
    Custom1 = 9 "custom1",
    /// A type of the workspace's own that counts and brings revenue.
    Custom2 = 10 "custom2",
    /// A type of the workspace's own that counts and brings revenue.
    Custom3 = 11 "custom3",
    /// A type of the workspace's own that counts and brings revenue.
    Custom4 = 12 "custom4",
    /// A type of the workspace's own that counts and brings revenue.
    Custom5 = 13 "custom5",
    /// A type of the workspace's own that counts and brings revenue.
    Custom6 = 14 "custom6",
    /// A type of the workspace's own that counts and brings revenue.
    Custom7 = 15 "custom7",
    /// A type of the workspace's own that counts and brings revenue.
    Custom8 = 16 "custom8",
    /// A type of the workspace's own that counts, without revenue.
    Custom9 = 17 "custom9",
    /// A type of the workspace's own that counts, without revenue.
    Custom10 = 18 "custom10",
    /// A type of the workspace's own that counts, without revenue.
    Custom11 = 19 "custom11",
    /// A type of the workspace's own that counts, without revenue.
    Custom12 = 20 "custom12",
    /// A type of the workspace's own that counts, without revenue.
    Custom13 = 21 "custom13",
    /// A type of the workspace's own that counts, without revenue.
    Custom14 = 22 "custom14",
    /// A type of the workspace's own that counts, without revenue.
    Custom15 = 23 "custom15",
    /// A type of the workspace's own that counts, without revenue.
    Custom16 = 24 "custom16",
    /// A type of the workspace's own that brings revenue, without counting.
    Custom17 = 25 "custom17",
    /// A type of the workspace's own that brings revenue, without counting.
    Custom18 = 26 "custom18",
    /// A type of the workspace's own that brings revenue, without counting.
    Custom19 = 27 "custom19",
    /// A type of the workspace's own that brings revenue, without counting.
    Custom20 = 28 "custom20",
    /// A type of the workspace's own that brings revenue, without counting.
    Custom21 = 29 "custom21",
    /// A type of the workspace's own that brings revenue, without counting.
    Custom22 = 30 "custom22",
    /// A type of the workspace's own that brings revenue, without counting.
    Custom23 = 31 "custom23",
    /// A type of the workspace's own that brings revenue, without counting.
    Custom24 = 32 "custom24",
    /// A type of the workspace's own that neither counts nor brings revenue.
    Custom25 = 33 "custom25",
    /// A type of the workspace's own that neither counts nor brings revenue.
    Custom26 = 34 "custom26",
    /// A type of the workspace's own that neither counts nor brings revenue.
    Custom27 = 35 "custom27",
    /// A type of the workspace's own that neither counts nor brings revenue.
    Custom28 = 36 "custom28",
    /// A type of the workspace's own that neither counts nor brings revenue.
    Custom29 = 37 "custom29",
    /// A type of the workspace's own that neither counts nor brings revenue.
    Custom30 = 38 "custom30",
    /// A type of the workspace's own that neither counts nor brings revenue.
    Custom31 = 39 "custom31",
    /// A type of the workspace's own that neither counts nor brings revenue.
    Custom32 = 40 "custom32",
}

/// How a status enters metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StatusClass {
    /// Counts as a conversion.
    pub counts: bool,
    /// Its money is revenue (on hold or confirmed).
    pub earns: bool,
    /// Its money is confirmed.
    pub confirmed: bool,
}

impl ConversionStatus {
    /// Those that every workspace has, in the order shown to people.
    pub const BUILT_IN: [Self; 8] = [
        Self::Lead,
        Self::Sale,
        Self::Rejected,
        Self::Trash,
        Self::Rebill,
        Self::Registration,
        Self::Deposit,
        Self::Event,
    ];

    /// The number of a type of the workspace's own, 1 to [`CUSTOM_TYPES`]; `None` for a built-in status.
    pub const fn custom_number(self) -> Option<u8> {
        if self as u8 > Self::Event as u8 { Some(self as u8 - Self::Event as u8) } else { None }
    }

    /// How this status enters metrics.
    pub const fn class(self) -> StatusClass {
        match self {
            Self::Lead | Self::Registration => StatusClass { counts: true, earns: true, confirmed: false },
            Self::Sale | Self::Deposit => StatusClass { counts: true, earns: true, confirmed: true },
            Self::Rejected | Self::Trash => StatusClass { counts: true, earns: false, confirmed: false },
            Self::Rebill => StatusClass { counts: false, earns: true, confirmed: true },
            Self::Event => StatusClass { counts: false, earns: false, confirmed: false },
            _ => {
                let number = self as u8 - Self::Custom1 as u8;
                let (counts, earns) = match number / CUSTOM_TYPES_OF_A_CLASS {
                    0 => (true, true),
                    1 => (true, false),
                    2 => (false, true),
                    _ => (false, false),
                };
                StatusClass { counts, earns, confirmed: earns }
            }
        }
    }

    /// Understands the words networks use, in any case, as the field's trackers do; `None` when unknown.
    pub fn from_synonym(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_lowercase();
        Some(match text.as_str() {
            "sale" | "confirmed" | "approved" | "accepted" | "approve" | "purchase" | "paid" | "success"
            | "1" => Self::Sale,
            "lead" | "hold" | "pending" | "new" | "wait" | "processing" | "in_progress" | "0" => Self::Lead,
            "rejected" | "declined" | "decline" | "cancelled" | "canceled" | "refused" | "refund"
            | "chargeback" | "2" => Self::Rejected,
            "trash" | "junk" | "spam" | "duplicate" | "invalid" | "fake" => Self::Trash,
            "rebill" | "upsell" | "recurring" => Self::Rebill,
            "reg" | "registration" | "signup" => Self::Registration,
            "dep" | "ftd" | "deposit" => Self::Deposit,
            _ => return None,
        })
    }
}
