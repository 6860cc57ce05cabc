//! The house rules as a test: which package may use which, how long a file or function may be, and what no file may contain.
//!
//! Run it with `cargo test -p tidy`. Each rule returns its violations as sentences that name the place and the fix.

pub mod arrows;
pub mod sources;

use std::path::PathBuf;

/// The root of the workspace.
pub fn root() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.parent().and_then(|tools| tools.parent()).map_or_else(|| here.clone(), PathBuf::from)
}
