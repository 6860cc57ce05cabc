//! Lists: paging, and what every stored object carries.

use super::Time;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Most items of one page.
pub const LIMIT_MAX: u32 = 500;
/// Items of a page when the caller does not say.
pub const LIMIT_DEFAULT: u32 = 100;

/// What every stored object carries beside its fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Envelope {
    /// Raised by each write.
    pub version: u64,
    /// When it was made.
    pub created_at: Time,
    /// When it was last changed.
    pub updated_at: Time,
}

/// Which part of a list is wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// Most items of the answer.
    #[param(minimum = 1, maximum = 500, default = 100)]
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Keeps items whose name (or host, slug, e-mail, tag) contains this text, in any case.
    pub q: Option<String>,
    /// Keeps items in this state (`active`, `paused`, …), or `all`; everything but archived when absent.
    pub state: Option<String>,
}

/// Which version is to be deleted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DeleteQuery {
    /// Refuses with 409 `stale` when the object is no longer at this version; absent: whatever is there.
    pub version: Option<u64>,
}

/// One page of a list, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Asks for the next page; absent on the last one.
    pub next_cursor: Option<String>,
}
