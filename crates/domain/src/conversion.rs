//! Conversion statuses and what each counts for.
//!
//! Conventions (trackers at large): a lead's money is on hold, a sale's is confirmed; rejected and trash keep their count but bring no
//! revenue; a rebill brings revenue but is no conversion of its own. An event says numbers about a click and neither counts nor earns.

use serde::{Deserialize, Serialize};

/// What state a conversion is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum ConversionStatus {
    /// Reported, money on hold.
    Lead = 1,
    /// Confirmed. The status of a postback that names none.
    #[default]
    Sale = 2,
    /// Refused by the advertiser.
    Rejected = 3,
    /// Not a person, a duplicate, a test.
    Trash = 4,
    /// A further payment of an earlier conversion.
    Rebill = 5,
    /// A sign-up.
    Registration = 6,
    /// A first deposit.
    Deposit = 7,
    /// Numbers that were said about the click; see [`EventChange`](crate::EventChange). No word of a network means it.
    Event = 8,
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
    /// Every status, in the order shown to people.
    pub const ALL: [Self; 8] = [
        Self::Lead,
        Self::Sale,
        Self::Rejected,
        Self::Trash,
        Self::Rebill,
        Self::Registration,
        Self::Deposit,
        Self::Event,
    ];

    /// The word used everywhere.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Lead => "lead",
            Self::Sale => "sale",
            Self::Rejected => "rejected",
            Self::Trash => "trash",
            Self::Rebill => "rebill",
            Self::Registration => "registration",
            Self::Deposit => "deposit",
            Self::Event => "event",
        }
    }

    /// How this status enters metrics.
    pub const fn class(self) -> StatusClass {
        match self {
            Self::Lead | Self::Registration => StatusClass { counts: true, earns: true, confirmed: false },
            Self::Sale | Self::Deposit => StatusClass { counts: true, earns: true, confirmed: true },
            Self::Rejected | Self::Trash => StatusClass { counts: true, earns: false, confirmed: false },
            Self::Rebill => StatusClass { counts: false, earns: true, confirmed: true },
            Self::Event => StatusClass { counts: false, earns: false, confirmed: false },
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
