//! The file of results and its picture. A part that was not measured now keeps what was found before, with its own time and commit.
//!
//! Promises: written whole or not at all; a short run never takes the place of a full one.

use super::{
    Mix, chart, interference,
    machine::{Cores, Machine},
    memory, side_by_side, whole,
};
use crate::Error;
use serde::{Deserialize, Serialize};
use std::{fs, path::Path};

const FILE: &str = "results.json";
const PICTURE: &str = "results.svg";
const FORMAT: u32 = 1;

/// A part that was measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry<T> {
    /// When it ended, RFC 3339.
    pub(super) at: String,
    /// Of the working tree; `+` when it had changes that are in no commit.
    pub(super) commit: String,
    /// Rounds were short: the figures only show that it works.
    pub(super) quick: bool,
    /// How long it took.
    pub(super) seconds: u64,
    pub(super) machine: Machine,
    pub(super) cores: Cores,
    pub(super) mix: Mix,
    pub(super) result: T,
}

/// All parts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Parts {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) redirect: Option<Entry<side_by_side::Outcome>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) fsync: Option<Entry<side_by_side::Outcome>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) whole: Option<Entry<whole::Outcome>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) latency: Option<Entry<side_by_side::Outcome>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) interference: Option<Entry<interference::Outcome>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) memory: Option<Entry<memory::Outcome>>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Document {
    format: u32,
    parts: Parts,
}

impl Parts {
    /// These where they are, else those.
    fn over(self, earlier: Self) -> Self {
        Self {
            redirect: newer(self.redirect, earlier.redirect),
            fsync: newer(self.fsync, earlier.fsync),
            whole: newer(self.whole, earlier.whole),
            latency: newer(self.latency, earlier.latency),
            interference: newer(self.interference, earlier.interference),
            memory: newer(self.memory, earlier.memory),
        }
    }

    /// Writes file and picture into `folder`, together with what is there of other parts.
    ///
    /// # Errors
    /// When what is there cannot be read, or nothing can be written.
    pub(super) fn write(self, folder: &Path) -> Result<(), Error> {
        let all = self.over(read(&folder.join(FILE))?);
        let picture = chart::draw(&all);
        let document = Document { format: FORMAT, parts: all };
        let text = serde_json::to_string_pretty(&document).map_err(Error::json("the results"))?;
        fs::create_dir_all(folder).map_err(Error::file("cannot make", folder))?;
        replace(&folder.join(FILE), &(text + "\n"))?;
        replace(&folder.join(PICTURE), &picture)
    }
}

fn newer<T>(now: Option<Entry<T>>, earlier: Option<Entry<T>>) -> Option<Entry<T>> {
    match (now, earlier) {
        (Some(now), Some(earlier)) if now.quick && !earlier.quick => Some(earlier),
        (now, earlier) => now.or(earlier),
    }
}

fn read(file: &Path) -> Result<Parts, Error> {
    if !file.exists() {
        return Ok(Parts::default());
    }
    let text = fs::read(file).map_err(Error::file("cannot read", file))?;
    let what = format!("{} (delete it to begin anew)", file.display());
    let document: Document = serde_json::from_slice(&text).map_err(Error::json(what))?;
    Ok(document.parts)
}

fn replace(file: &Path, text: &str) -> Result<(), Error> {
    let temporary = file.with_extension("tmp");
    fs::write(&temporary, text).map_err(Error::file("cannot write", &temporary))?;
    fs::rename(&temporary, file).map_err(Error::file("cannot write", file))
}

#[cfg(test)]
mod tests {
    use super::super::{
        figures::Comparison,
        place::{Check, Conditions},
    };
    use super::*;

    fn entry(at: &str, quick: bool) -> Entry<side_by_side::Outcome> {
        let conditions = Conditions {
            geo_resolved_permille: 998,
            unique_permille: 500,
            file_system: "ext4".into(),
            version: "0.1.0".into(),
        };
        Entry {
            at: at.into(),
            commit: "c".into(),
            quick,
            seconds: 1,
            machine: Machine::describe(),
            cores: Cores { server: 1, client: 0 },
            mix: Mix::committed().unwrap(),
            result: side_by_side::Outcome {
                conditions,
                connections: 64,
                planned_per_second: None,
                comparison: Comparison::of(Vec::new()),
                check: Check::default(),
            },
        }
    }

    #[test]
    fn parts_that_were_not_measured_keep_what_was_found_before() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("deep");
        Parts { redirect: Some(entry("first", false)), ..Parts::default() }.write(&folder).unwrap();
        Parts { fsync: Some(entry("second", true)), ..Parts::default() }.write(&folder).unwrap();
        let found = read(&folder.join(FILE)).unwrap();
        assert_eq!((found.redirect, found.fsync), (Some(entry("first", false)), Some(entry("second", true))));
        assert!(fs::read_to_string(folder.join(PICTURE)).unwrap().starts_with("<svg "));
    }

    #[test]
    fn a_short_run_does_not_replace_a_full_one_but_a_full_one_does() {
        let of = |at, quick| Parts { redirect: Some(entry(at, quick)), ..Parts::default() };
        let at = |parts: Parts| parts.redirect.unwrap().at;
        assert_eq!(at(of("new", true).over(of("old", false))), "old");
        assert_eq!(at(of("new", false).over(of("old", false))), "new");
        assert_eq!(at(of("new", true).over(of("old", true))), "new");
    }

    #[test]
    fn a_file_of_something_else_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FILE), "{\"format\":1,\"parts\":{\"other\":1}}").unwrap();
        let error = Parts::default().write(folder.path()).unwrap_err().to_string();
        assert!(error.contains("delete it to begin anew"), "{error}");
    }
}
