//! Tells the lanes of this process that something was queued for them, so that they need not ask the queue to learn it soon.
//!
//! Only a hint: what another node queues, what is due again, and what a lease gives back is found by asking.

use parking_lot::Mutex;
use signalbox_domain::OutputId;
use std::{collections::HashMap, sync::Arc};
use tokio::sync::Notify;

/// One bell for each lane.
#[derive(Debug, Default)]
pub(crate) struct Bells(Mutex<HashMap<OutputId, Arc<Notify>>>);

impl Bells {
    /// The bell of a lane.
    pub(super) fn of(&self, output: OutputId) -> Arc<Notify> {
        Arc::clone(self.0.lock().entry(output).or_default())
    }

    /// Something was queued. A lane that is busy hears it when it is done; one that does not exist here never.
    pub(crate) fn ring(&self, output: OutputId) {
        if let Some(bell) = self.0.lock().get(&output) {
            bell.notify_one();
        }
    }

    /// Forgets the bell of a lane that has ended.
    pub(super) fn remove(&self, output: OutputId) {
        self.0.lock().remove(&output);
    }
}
