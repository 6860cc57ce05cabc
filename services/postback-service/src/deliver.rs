//! Tells others about conversions: outgoing postbacks, retried until they arrive or are given up, every attempt kept.
//!
//! At least once: a worker that delivered and died before saying so delivers again, with the same `Idempotency-Key`. Each output has its own
//! lane with its own bound on requests under way and its own circuit breaker, so one that hangs or fails slows nobody else. What is sent is rendered from the conversion when it is sent, so a
//! mended URL applies to what waits.

mod attempt;
mod bells;
mod breaker;
mod conversion_api;
pub mod guard;
mod lanes;
mod probe;
mod slots;
pub mod template;
mod worker;

pub(crate) use bells::Bells;
pub(crate) use breaker::Breakers;
pub(crate) use probe::Prober;
pub(crate) use worker::{Bounds, Deliverer, Tokens};

use serde::{Deserialize, Serialize};
use signalbox_domain::{ConversionId, WorkspaceId};

/// What a delivery in the queue is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Parcel {
    /// Tenant.
    pub(crate) workspace: WorkspaceId,
    /// Conversion.
    pub(crate) conversion: ConversionId,
    /// Its revision, from 1.
    pub(crate) revision: u32,
}
