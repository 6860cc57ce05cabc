//! Scheduled exports: a saved report that is written to a file again and again.
//!
//! Promises: a name pattern cannot leave its folder; every schedule has a next time. Never: knows formats or reads a clock (the time zone's
//! arithmetic is the service's).

use crate::{ExportId, Invalid, SavedViewId, Timestamp, Validator};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Files that are kept of one schedule, at most.
const KEEP_MAX: u32 = 400;
/// Runs that are remembered of one schedule.
pub const EXPORT_RUNS_MAX: usize = 30;

/// A saved report that is written to a file again and again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduledExport {
    /// Identity.
    pub id: ExportId,
    /// Shown name.
    pub name: String,
    /// Whether it is written.
    #[serde(default = "yes")]
    pub active: bool,
    /// The saved report, as it is when the file is written.
    pub view_id: SavedViewId,
    /// Format of the file.
    #[serde(default)]
    pub format: FileFormat,
    /// When.
    pub every: ExportTime,
    /// Time zone of that, an IANA name.
    pub timezone: String,
    /// Name of the file without its ending; `{date}` and `{time}` are those of the run, `{name}` is the schedule's.
    pub file_name: String,
    /// How many files are kept; the oldest go.
    pub keep: u32,
}

/// Format of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileFormat {
    /// CSV with a line of names.
    #[default]
    Csv,
    /// A JSON object in each line.
    Jsonl,
    /// Apache Parquet.
    Parquet,
}

/// A time of day that comes again, in the schedule's time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ExportTime {
    /// On which days.
    pub days: ExportDays,
    /// Minute of the day, 0–1439.
    pub minute: u16,
}

/// Days that come again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ExportDays {
    /// Every day.
    Daily,
    /// One day of each week.
    Weekly {
        /// 1 (Monday) to 7 (Sunday).
        weekday: i8,
    },
    /// One day of each month; the last one where the month is shorter.
    Monthly {
        /// 1 to 31.
        day: i8,
    },
}

const fn yes() -> bool {
    true
}

impl ScheduledExport {
    /// Checks all but the time zone, which only the service knows.
    ///
    /// # Errors
    /// Every field that is wrong.
    pub fn validate(&self) -> Result<(), Invalid> {
        let mut v = Validator::new();
        v.name("name", &self.name, 100);
        v.require(self.every.minute < 1_440, "minute", "must be from 0 to 1439");
        match self.every.days {
            ExportDays::Daily => {}
            ExportDays::Weekly { weekday } => {
                v.require(
                    (1..=7).contains(&weekday),
                    "days.weekday",
                    "must be from 1 (Monday) to 7 (Sunday)",
                );
            }
            ExportDays::Monthly { day } => {
                v.require((1..=31).contains(&day), "days.day", "must be from 1 to 31");
            }
        }
        v.name("file_name", &self.file_name, 100);
        let plain = |c: char| c.is_alphanumeric() || " -_.{}".contains(c);
        v.require(
            self.file_name.chars().all(plain) && !self.file_name.starts_with('.'),
            "file_name",
            "may hold letters, digits, spaces, -, _, . (not first), {date}, {time} and {name}",
        );
        v.require((1..=KEEP_MAX).contains(&self.keep), "keep", format!("must be from 1 to {KEEP_MAX}"));
        v.finish()
    }

    /// The name of a file without its ending: safe in every file system, whatever the schedule is called.
    pub fn file_stem(&self, date: &str, time: &str) -> String {
        let plain = |c: char| if c.is_alphanumeric() || " -_.".contains(c) { c } else { '_' };
        let name: String = self.name.chars().map(plain).collect();
        let stem = self.file_name.replace("{date}", date).replace("{time}", time).replace("{name}", &name);
        let stem: String = stem.chars().map(plain).take(120).collect();
        stem.trim_start_matches(['.', ' ']).trim_end().to_owned()
    }
}

/// What is remembered of a schedule.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ExportState {
    /// The next time for which a file is due; absent: not planned yet.
    #[serde(default)]
    pub due_at: Option<Timestamp>,
    /// A run that was begun; one that is left over was interrupted.
    #[serde(default)]
    pub running: Option<ExportAttempt>,
    /// What the schedule was when `due_at` was planned; another one is planned anew.
    #[serde(default)]
    pub planned_for: String,
    /// Runs, newest first.
    #[serde(default)]
    pub runs: VecDeque<ExportRun>,
}

/// A run under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportAttempt {
    /// The time for which it is.
    pub due_at: Timestamp,
    /// When it was begun.
    pub began_at: Timestamp,
    /// Attempts so far, this one included.
    pub attempts: u32,
}

/// What became of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportRun {
    /// The time for which it was.
    pub due_at: Timestamp,
    /// When it was over.
    pub ended_at: Timestamp,
    /// The file; empty when there is none.
    #[serde(default)]
    pub file: String,
    /// Its size, bytes.
    #[serde(default)]
    pub bytes: u64,
    /// Its rows.
    #[serde(default)]
    pub rows: u64,
    /// Why there is no file; empty when there is one.
    #[serde(default)]
    pub error: String,
}

impl ExportState {
    /// Puts a run into the history, whose oldest goes beyond [`EXPORT_RUNS_MAX`].
    pub fn keep(&mut self, run: ExportRun) {
        self.runs.push_front(run);
        self.runs.truncate(EXPORT_RUNS_MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn export(file_name: &str) -> ScheduledExport {
        ScheduledExport {
            id: ExportId(1),
            name: "../Daily: report".to_owned(),
            active: true,
            view_id: SavedViewId(1),
            format: FileFormat::Csv,
            every: ExportTime { days: ExportDays::Daily, minute: 0 },
            timezone: "UTC".to_owned(),
            file_name: file_name.to_owned(),
            keep: 3,
        }
    }

    #[test]
    fn no_name_leaves_the_folder() {
        assert!(export("{name} {date}").validate().is_ok());
        assert_eq!(
            export("{name} {date}-{time}").file_stem("2026-05-01", "0600"),
            "_Daily_ report 2026-05-01-0600"
        );
        for bad in ["../x", "a/b", "a\\b", ".hidden", "a\0", "", "a:b"] {
            assert!(export(bad).validate().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn what_is_wrong_is_named_by_field() {
        let wrong = ScheduledExport {
            every: ExportTime { days: ExportDays::Weekly { weekday: 8 }, minute: 1_440 },
            keep: 0,
            ..export("x")
        };
        let fields: Vec<String> = wrong.validate().unwrap_err().0.into_iter().map(|it| it.field).collect();
        assert_eq!(fields, ["minute", "days.weekday", "keep"]);
    }
}
