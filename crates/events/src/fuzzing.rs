//! Entry points for fuzzers: everything here parses bytes that nobody vouches for, and panics when a promise is broken.

use crate::ids::JournalId;
use crate::journal::fuzz_scan;

/// Reads `data` as the contents of a segment file, as recovery and readers do, and checks what they rely on: it ends,
/// places and numbers only rise, and every byte is accounted for once.
pub fn fuzz_read_segment(data: &[u8]) {
    // Ids that a fuzzer can hit: the checksums are begun with them.
    for journal in [0, 1] {
        fuzz_scan(data, JournalId::new(journal));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::fuzz_read_segment;
    use crate::journal::fuzz_segment;

    proptest! {
        #[test]
        fn any_bytes(data in prop::collection::vec(any::<u8>(), 0..4096)) {
            fuzz_read_segment(&data);
        }

        #[test]
        fn nearly_a_segment(
            payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 0..40),
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
            cut in any::<prop::sample::Index>(),
        ) {
            let mut data = fuzz_segment(super::JournalId::new(1), &payloads);
            for (at, byte) in changes {
                let at = at.index(data.len());
                data[at] = byte;
            }
            fuzz_read_segment(&data);
            data.truncate(cut.index(data.len()));
            fuzz_read_segment(&data);
        }
    }
}
