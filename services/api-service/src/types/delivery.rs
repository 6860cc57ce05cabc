//! Outgoing deliveries that are sent again, on the wire.

use super::{EventId, Id, Time};
use serde::{Deserialize, Serialize};
use signalbox_domain::{ConversionId, OutputId};
use utoipa::ToSchema;

/// Which deliveries are to be sent again: those named, or everything that an output has given up. One of the two.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResendInput {
    /// Deliveries by name, at most 1000.
    #[serde(default)]
    #[schema(max_items = 1000)]
    pub deliveries: Vec<DeliveryRef>,
    /// The output whose dead deliveries are meant.
    #[serde(default)]
    #[schema(value_type = Option<Id>)]
    pub dead_of: Option<OutputId>,
}

/// A delivery, as its log names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeliveryRef {
    /// Output.
    #[schema(value_type = Id)]
    pub output_id: OutputId,
    /// Conversion that is told.
    #[schema(value_type = EventId)]
    pub conversion_id: ConversionId,
    /// Its revision.
    pub revision: u32,
}

/// What became of the wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, ToSchema)]
pub struct Resent {
    /// Deliveries that are sent again, with a fresh count of attempts.
    pub queued: u32,
    /// Deliveries that wait to be sent anyway, or are being sent.
    pub waiting: u32,
    /// Deliveries that are not known, or not any more.
    pub unknown: u32,
    /// Whether there are more dead ones than are queued at one time (10 000): ask again.
    pub more: bool,
}

/// An output whose receiver fails again and again, so that it gets nothing but trials. What waits for it uses up no attempts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct OpenCircuit {
    /// Output.
    #[schema(value_type = Id)]
    pub output_id: OutputId,
    /// Since when.
    pub since: Time,
    /// When one delivery is tried next.
    pub retry_at: Time,
    /// Failures in a row.
    pub failures: u32,
    /// What was wrong at the last one.
    pub last_error: String,
}

/// Outputs that get nothing at the moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct OpenCircuits {
    /// By output; all others get what is due.
    pub items: Vec<OpenCircuit>,
}
