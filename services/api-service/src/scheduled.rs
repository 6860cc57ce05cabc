//! Scheduled exports: saved reports that are written to files in a folder of the data directory.
//!
//! Promises: a file is there whole or not at all (written aside, synced, renamed); one run for every time that was missed, however many
//! were; one node writes at a time; a run that a crash cut off is done again, with the report as of the time for which it was. Never: fills
//! the disk without bound – of each schedule the last N files are kept.

mod files;
mod run;
mod when;

pub use self::{
    files::{FileInfo, list, open, remove_all},
    run::{Writing, wish},
    when::next_after,
};
