//! Who may have how many requests under way: a lane never more than its own bound, and never so many that nothing is left for another.
//!
//! A lane gets at most as many slots as stay free (a dynamic threshold): however many receivers hang, the next lane finds some. At the bound
//! what is due waits in the queue, not leased.

use parking_lot::Mutex;
use signalbox_domain::OutputId;
use std::{collections::HashMap, sync::Arc};
use tokio::sync::Notify;

/// The slots of this process.
#[derive(Debug)]
pub(super) struct Slots {
    in_flight_max: usize,
    per_output_max: usize,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    by_output: HashMap<OutputId, usize>,
}

/// Room for one request; free again when it is dropped, even by a panic.
#[derive(Debug)]
pub(super) struct Slot {
    slots: Arc<Slots>,
    output: OutputId,
    freed: Arc<Notify>,
}

impl Slots {
    /// Slots of which all are free.
    pub(super) fn new(in_flight_max: usize, per_output_max: usize) -> Arc<Self> {
        Arc::new(Self { in_flight_max, per_output_max, taken: Mutex::default() })
    }

    /// Takes up to `most` slots for an output, as many as it may have; `freed` is told when one of them is free again.
    pub(super) fn take(self: &Arc<Self>, output: OutputId, most: usize, freed: &Arc<Notify>) -> Vec<Slot> {
        let mut taken = self.taken.lock();
        let own = taken.by_output.get(&output).copied().unwrap_or_default();
        let free = self.in_flight_max.saturating_sub(taken.all);
        // Afterwards it has no more than are free; of the last one that is free nobody has half.
        let share = free.saturating_sub(own).div_ceil(2);
        let room = self.per_output_max.saturating_sub(own).min(share).min(most);
        if room > 0 {
            taken.all += room;
            taken.by_output.insert(output, own + room);
        }
        let slot = || Slot { slots: Arc::clone(self), output, freed: Arc::clone(freed) };
        std::iter::repeat_with(slot).take(room).collect()
    }

    /// How many are taken.
    pub(super) fn taken(&self) -> usize {
        self.taken.lock().all
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut taken = self.slots.taken.lock();
        taken.all = taken.all.saturating_sub(1);
        if let Some(own) = taken.by_output.get_mut(&self.output) {
            *own = own.saturating_sub(1);
            if *own == 0 {
                taken.by_output.remove(&self.output);
            }
        }
        drop(taken);
        self.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_lane_has_its_bound_and_gives_back_what_it_took() {
        let (slots, freed) = (Slots::new(256, 32), Arc::new(Notify::new()));
        let few = slots.take(OutputId(1), 10, &freed);
        let rest = slots.take(OutputId(1), 100, &freed);
        assert_eq!((few.len(), rest.len(), slots.taken()), (10, 22, 32));
        assert!(slots.take(OutputId(1), 1, &freed).is_empty());
        drop(few);
        freed.notified().await;
        assert_eq!((slots.take(OutputId(1), 100, &freed).len(), slots.taken()), (10, 32));
        drop(rest);
        assert_eq!((slots.taken(), slots.taken.lock().by_output.len()), (0, 0));
    }

    #[test]
    fn however_many_receivers_hang_the_next_lane_finds_room() {
        let (slots, freed) = (Slots::new(256, 32), Arc::new(Notify::new()));
        let mut held = Vec::new();
        for output in 0..200 {
            let got = slots.take(OutputId(output), 100, &freed);
            assert!(!got.is_empty() || slots.taken() == 256, "{output}: {} taken", slots.taken());
            held.push(got.len());
            // They hang: nothing comes back.
            got.into_iter().for_each(std::mem::forget);
        }
        assert_eq!(held[..7], [32; 7], "as many as it may have while that leaves as many");
        assert!(held[..8].iter().sum::<usize>() < 256 && held[8] > 0, "{held:?}");
        assert_eq!(slots.taken(), 256, "none is kept back for ever");
    }

    #[test]
    fn a_small_bound_leaves_something_too() {
        let (slots, freed) = (Slots::new(2, 32), Arc::new(Notify::new()));
        let one = slots.take(OutputId(1), 100, &freed);
        assert_eq!((one.len(), slots.take(OutputId(1), 100, &freed).len()), (1, 0));
        assert_eq!(slots.take(OutputId(2), 100, &freed).len(), 1);
        let only = Slots::new(1, 1);
        assert_eq!(only.take(OutputId(1), 100, &freed).len(), 1);
    }
}
