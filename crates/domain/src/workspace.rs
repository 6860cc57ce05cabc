//! The tenant: everything else belongs to exactly one.

use crate::{Currency, Invalid, Validator, WorkspaceId};
use serde::{Deserialize, Serialize};

/// A tenant with its currency and timezone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workspace {
    /// Identity.
    pub id: WorkspaceId,
    /// Shown name.
    pub name: String,
    /// Currency of all reported amounts.
    pub currency: Currency,
    /// IANA name that reports and schedules use when nothing else is asked for.
    pub timezone: String,
}

impl Workspace {
    /// Checks name and timezone.
    pub fn validate(&self) -> Result<(), Invalid> {
        let mut v = Validator::new();
        v.name("name", &self.name, 100);
        validate_timezone(&mut v, "timezone", &self.timezone);
        v.finish()
    }
}

/// Requires an IANA timezone name known to this build.
pub fn validate_timezone(v: &mut Validator, field: &str, name: &str) {
    v.require(
        jiff::tz::TimeZone::get(name).is_ok(),
        field,
        format!("{name:?} is not an IANA timezone such as Europe/Berlin or UTC"),
    );
}
