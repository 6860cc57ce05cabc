//! How long a workspace keeps single events; sums are kept.
//!
//! Promises: what is not named is kept. Never: says anything about the ledger of facts, from which every report is made – so no report
//! changes when details go.

use crate::{Invalid, Validator, WorkspaceId};
use serde::{Deserialize, Serialize};

/// Clicks and conversions are looked for by postbacks that come later: at least this long, days.
const LOOKED_FOR_DAYS_MIN: u32 = 7;
/// At most, days: a hundred years.
const DAYS_MAX: u32 = 36_500;

/// How many days single events are kept, by kind; none: for ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retention {
    /// The workspace whose events these are: there is one such document for each.
    pub id: WorkspaceId,
    /// Clicks and landing clicks with address, user agent, referrer and trace.
    #[serde(default)]
    pub clicks_days: Option<u32>,
    /// Clicks of machines, where that is shorter.
    #[serde(default)]
    pub bots_days: Option<u32>,
    /// Conversions with their history.
    #[serde(default)]
    pub conversions_days: Option<u32>,
    /// Inbound postbacks as they were received.
    #[serde(default)]
    pub postbacks_days: Option<u32>,
    /// Attempts to deliver outgoing postbacks.
    #[serde(default)]
    pub deliveries_days: Option<u32>,
    /// Records that could not be written, with all that is in them, by the time at which that was tried.
    #[serde(default)]
    pub dead_letters_days: Option<u32>,
}

impl Retention {
    /// Keeps everything.
    pub const fn everything(id: WorkspaceId) -> Self {
        Self {
            id,
            clicks_days: None,
            bots_days: None,
            conversions_days: None,
            postbacks_days: None,
            deliveries_days: None,
            dead_letters_days: None,
        }
    }

    /// Checks the numbers.
    ///
    /// # Errors
    /// Every field that is wrong.
    pub fn validate(&self) -> Result<(), Invalid> {
        let mut v = Validator::new();
        for (field, days, least) in [
            ("clicks_days", self.clicks_days, LOOKED_FOR_DAYS_MIN),
            ("bots_days", self.bots_days, 1),
            ("conversions_days", self.conversions_days, LOOKED_FOR_DAYS_MIN),
            ("postbacks_days", self.postbacks_days, 1),
            ("deliveries_days", self.deliveries_days, 1),
            ("dead_letters_days", self.dead_letters_days, 1),
        ] {
            let sound = days.is_none_or(|days| (least..=DAYS_MAX).contains(&days));
            v.require(
                sound,
                field,
                format!("must be from {least} to {DAYS_MAX}, or nothing to keep them for ever"),
            );
        }
        v.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_postbacks_look_for_is_kept_a_week() {
        let keep = Retention::everything(WorkspaceId(1));
        assert!(keep.validate().is_ok());
        assert!(Retention { clicks_days: Some(7), bots_days: Some(1), ..keep.clone() }.validate().is_ok());
        let wrong = Retention { clicks_days: Some(6), postbacks_days: Some(0), ..keep };
        let fields: Vec<String> = wrong.validate().unwrap_err().0.into_iter().map(|it| it.field).collect();
        assert_eq!(fields, ["clicks_days", "postbacks_days"]);
    }
}
