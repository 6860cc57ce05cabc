//! Landing clicks on the wire.

use super::{ClickOrigin, EventId, Time, VisitorInfo};
use serde::Serialize;
use signalbox_domain::ClickId;
use utoipa::ToSchema;

/// A visitor who went on from a landing page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct LandingClickRow {
    /// The click that brought the visitor.
    #[schema(value_type = EventId)]
    pub click_id: ClickId,
    /// When the visitor went on.
    pub at: Time,
    /// When the click was received.
    pub clicked_at: Time,
    /// Time between the two.
    pub on_landing_ms: u64,
    /// Whether it is the first one of its click; further ones count as hits alone.
    pub first: bool,
    /// Where the click came from; `landing` is the page, `destination` what was chosen behind it.
    #[serde(flatten)]
    pub origin: ClickOrigin,
    /// Who clicked.
    pub visitor: VisitorInfo,
    /// Where the visitor was sent; empty when nowhere.
    pub target: String,
}
