//! Drawing one of several by ratio.

mod pick;

pub(crate) use pick::{Ask, Chosen, How};

/// Where randomness comes from: an argument, never a global, so that every decision can be repeated.
pub trait Dice {
    /// A number drawn uniformly from `0..below`; 0 when `below` is 0.
    fn roll(&mut self, below: u64) -> u64;
}

/// Most entries one draw can be made among; more are refused by validation before they get here.
const ENTRIES_MAX: usize = 512;

/// Entries that were drawn and refused.
#[derive(Default)]
pub(crate) struct Excluded([u64; ENTRIES_MAX / 64]);

impl Excluded {
    pub(crate) fn insert(&mut self, index: usize) {
        if let Some(word) = self.0.get_mut(index / 64) {
            *word |= 1 << (index % 64);
        }
    }

    pub(crate) fn contains(&self, index: usize) -> bool {
        // What lies beyond the bound counts as refused, so that a draw always ends.
        self.0.get(index / 64).is_none_or(|word| word >> (index % 64) & 1 == 1)
    }
}

/// Weights, prefix-summed. An entry of weight 0 is never drawn.
#[derive(Debug, Clone, Default)]
pub(crate) struct Weights {
    sums: Box<[u64]>,
}

impl Weights {
    pub(crate) fn new(weights: impl IntoIterator<Item = u32>) -> Self {
        let sums = weights.into_iter().scan(0_u64, |sum, weight| {
            *sum += u64::from(weight);
            Some(*sum)
        });
        Self { sums: sums.take(ENTRIES_MAX).collect() }
    }

    fn total(&self) -> u64 {
        self.sums.last().copied().unwrap_or(0)
    }

    /// Weight of an entry; 0 for one that does not exist.
    pub(crate) fn weight(&self, index: usize) -> u64 {
        let before = if index == 0 { 0 } else { self.sums.get(index - 1).copied().unwrap_or(0) };
        self.sums.get(index).map_or(0, |sum| sum - before)
    }

    /// Draws one by ratio.
    pub(crate) fn draw(&self, dice: &mut dyn Dice) -> Option<usize> {
        let total = self.total();
        if total == 0 {
            return None;
        }
        let point = dice.roll(total).min(total - 1);
        Some(self.sums.partition_point(|sum| *sum <= point))
    }

    /// Draws one by ratio among those not excluded.
    pub(crate) fn draw_among_rest(&self, excluded: &Excluded, dice: &mut dyn Dice) -> Option<usize> {
        draw_among(self.sums.len(), |index| self.weight(index), excluded, dice)
    }
}

/// Draws one of `0..count` by ratio of weights among those not excluded.
pub(crate) fn draw_among(
    count: usize,
    weight: impl Fn(usize) -> u64,
    excluded: &Excluded,
    dice: &mut dyn Dice,
) -> Option<usize> {
    let rest = || (0..count).filter(|&index| !excluded.contains(index));
    let total: u64 = rest().map(&weight).sum();
    if total == 0 {
        return None;
    }
    let mut point = dice.roll(total).min(total - 1);
    for index in rest() {
        let weight = weight(index);
        if point < weight {
            return Some(index);
        }
        point -= weight;
    }
    None
}

/// The one of `0..count` not excluded that is waited for least; `None` when nothing is left that can come.
pub(crate) fn least_wait(count: usize, wait: impl Fn(usize) -> f64, excluded: &Excluded) -> Option<usize> {
    let rest = (0..count).filter(|&index| !excluded.contains(index));
    let waits = rest.map(|index| (index, wait(index))).filter(|(_, wait)| wait.is_finite());
    waits.min_by(|(_, a), (_, b)| a.total_cmp(b)).map(|(index, _)| index)
}

#[cfg(test)]
mod tests;
