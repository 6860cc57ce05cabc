//! The journal on a disk that fails, fills up, forgets and loses its power, beside a model of what was promised.
//!
//! `SIGNALBOX_JOURNAL_HISTORIES=200000 cargo test -p signalbox-events crash` runs more histories than the usual ones,
//! `SIGNALBOX_JOURNAL_SEED=4711` begins with another one (or, with one history, repeats it). A history that breaks a
//! promise prints its seed and its steps.

mod disk;
mod history;
mod regressions;

use std::sync::atomic::AtomicU64;

use super::*;
use disk::SimDisk;
use history::History;

const HISTORIES: u64 = 2_000;
const STEPS: u64 = 60;
/// Where the journal is on the simulated disk: two directories deep in one that is there.
const DIR: &str = "/disk/data/clicks";
/// Numbers reserved at a time: few, so that reservations happen.
const STEP: u64 = 16;

/// Opens the journal on the disk, as a new process does, but without its threads.
fn open_on(disk: &SimDisk, options: &JournalOptions) -> Result<Journal, Error> {
    let shared = Arc::new(open::open(Path::new(DIR), options.clone(), disk.files(), STEP)?);
    let running = Mutex::new(Some(Running { threads: Vec::new(), lock: None }));
    Ok(Journal { owner: Arc::new(Owner { shared, running }) })
}

fn number(variable: &str, usual: u64) -> u64 {
    std::env::var(variable).map_or(usual, |text| text.parse().unwrap())
}

#[test]
fn whatever_happens_to_the_disk_promises_are_kept() {
    let first = number("SIGNALBOX_JOURNAL_SEED", 0);
    let end = first + number("SIGNALBOX_JOURNAL_HISTORIES", HISTORIES);
    let next = AtomicU64::new(first);
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= end {
                        break;
                    }
                    History::new(seed).run(STEPS);
                }
            });
        }
    });
}
