//! Where in its partition a journal's records are, learned while reading: a bounded number of (sequence, offset) pairs.

/// Pairs kept at most; when there are more, every other one is dropped.
const PAIRS_MAX: usize = 4096;
/// Records between two pairs, at first.
const STEP: u64 = 512;

/// A sparse map from sequence numbers to offsets.
#[derive(Debug)]
pub(super) struct SparseIndex {
    pairs: Vec<(u64, i64)>,
    step: u64,
}

impl Default for SparseIndex {
    fn default() -> Self {
        Self { pairs: Vec::new(), step: STEP }
    }
}

impl SparseIndex {
    /// Learns where a record is. Republished records are ignored: the first place is as good.
    pub(super) fn learn(&mut self, seq: u64, offset: i64) {
        let at = self.pairs.partition_point(|(known, _)| *known <= seq);
        let before = at.checked_sub(1).and_then(|at| self.pairs.get(at));
        let after = self.pairs.get(at);
        let near = |(known, _): &(u64, i64)| known.abs_diff(seq) < self.step;
        // Out of order in either direction: a republished stretch; not needed to find the way.
        let disordered =
            before.is_some_and(|pair| pair.1 >= offset) || after.is_some_and(|pair| pair.1 <= offset);
        if disordered || before.is_some_and(near) || after.is_some_and(near) {
            return;
        }
        self.pairs.insert(at, (seq, offset));
        if self.pairs.len() > PAIRS_MAX {
            let mut keep = false;
            self.pairs.retain(|_| {
                keep = !keep;
                keep
            });
            self.step *= 2;
        }
    }

    /// Forgets everything.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// The closest known place at or before `seq`.
    pub(super) fn place_before(&self, seq: u64) -> Option<(u64, i64)> {
        let after = self.pairs.partition_point(|(known, _)| *known <= seq);
        after.checked_sub(1).and_then(|at| self.pairs.get(at)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stays_bounded_and_close() {
        let mut index = SparseIndex::default();
        for seq in 0..5_000_000_u64 {
            index.learn(seq, i64::try_from(seq).unwrap() * 3);
        }
        assert!(index.pairs.len() <= PAIRS_MAX);
        for seq in [0, 1, 77_777, 4_999_999] {
            let (known, offset) = index.place_before(seq).unwrap();
            assert!(known <= seq && seq - known <= index.step * 2, "{seq}: {known}");
            assert_eq!(offset, i64::try_from(known).unwrap() * 3);
        }
    }

    #[test]
    fn a_republished_stretch_changes_nothing() {
        let mut index = SparseIndex::default();
        for (offset, seq) in (0..2000_u64).chain(1000..3000).enumerate() {
            index.learn(seq, i64::try_from(offset).unwrap());
        }
        let mut last = (0, -1);
        for pair in &index.pairs {
            assert!(pair.0 >= last.0 && pair.1 > last.1, "{pair:?} after {last:?}");
            last = *pair;
        }
        assert_eq!(
            index.place_before(1100).map(|(seq, offset)| i64::try_from(seq).unwrap() == offset),
            Some(true)
        );
        assert!(SparseIndex::default().place_before(5).is_none());
    }
}
