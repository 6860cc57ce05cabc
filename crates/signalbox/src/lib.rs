//! The whole of Signalbox in one process: hosts the three services over one set of settings, and supervises the embedded engine.
//!
//! Promises: the same code as the separate processes, wired together; a part that cannot start says why and nothing is left running.
//! Never holds logic of its own about clicks, conversions or reports.

pub mod announce;
pub mod backup;
pub mod engine;
pub mod instance;

/// Layout of the data directory that this version reads and writes.
pub const DATA_FORMAT: signalbox_chassis::data_dir::Format<'static> =
    signalbox_chassis::data_dir::Format { version: 1, upgrades: &[] };
