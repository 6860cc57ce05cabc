//! Scheduled exports on the wire.

use super::{ExportFormat, Id, Time, Timezone};
use serde::{Deserialize, Serialize};
use signalbox_domain::{self as domain, ExportId, SavedViewId};
use utoipa::{IntoParams, ToSchema};

/// Days on which a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ExportDays {
    /// Every day.
    Daily,
    /// One day of each week.
    Weekly {
        /// 1 (Monday) to 7 (Sunday).
        #[schema(minimum = 1, maximum = 7)]
        weekday: i8,
    },
    /// One day of each month; the last one where the month is shorter.
    Monthly {
        /// 1 to 31.
        #[schema(minimum = 1, maximum = 31)]
        day: i8,
    },
}

/// A saved report that is written to a file again and again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ScheduledExport {
    /// Identity.
    #[schema(value_type = Id)]
    pub id: ExportId,
    /// Raised by each write; sent back with a replacement.
    pub version: u64,
    /// When it was made.
    pub created_at: Time,
    /// When it was last changed.
    pub updated_at: Time,
    /// Shown name.
    pub name: String,
    /// Whether it is written.
    pub active: bool,
    /// The saved report, as it is when the file is written.
    #[schema(value_type = Id)]
    pub view_id: SavedViewId,
    /// Format of the files.
    pub format: ExportFormat,
    /// On which days.
    pub days: ExportDays,
    /// Time of day.
    pub time: String,
    /// Time zone of days and time.
    #[schema(value_type = Timezone)]
    pub timezone: String,
    /// Name of the files without ending.
    pub file_name: String,
    /// How many files are kept.
    pub keep: u32,
    /// When the next file is due; absent until that is planned.
    pub next_at: Option<Time>,
    /// Whether a file is being written, or waits for its next attempt.
    pub running: bool,
    /// Runs, newest first.
    pub runs: Vec<ExportRun>,
    /// The files that are there, newest first.
    pub files: Vec<ExportFile>,
}

/// What became of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ExportRun {
    /// The time for which it was; the report is as of then.
    pub due_at: Time,
    /// When it was over.
    pub ended_at: Time,
    /// The file; empty when there is none.
    pub file: String,
    /// Its size, bytes.
    pub bytes: u64,
    /// Its rows.
    pub rows: u64,
    /// Why there is no file; empty when there is one.
    pub error: String,
}

/// A file that is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ExportFile {
    /// Its name.
    pub name: String,
    /// Its size, bytes.
    pub bytes: u64,
    /// When it was written.
    pub written_at: Time,
}

/// A saved report to be written to a file again and again.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScheduledExportInput {
    /// Version that was read; needed to replace, ignored to create.
    #[serde(default)]
    pub version: Option<u64>,
    /// Shown name.
    pub name: String,
    /// Whether it is written.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub active: bool,
    /// The saved report: one of the workspace, or the caller's own.
    #[schema(value_type = Id)]
    pub view_id: SavedViewId,
    /// Format of the files.
    #[serde(default)]
    #[schema(default = "csv")]
    pub format: ExportFormat,
    /// On which days.
    pub days: ExportDays,
    /// Time of day, `HH:MM`.
    #[schema(example = "06:00", pattern = "^[0-2][0-9]:[0-5][0-9]$")]
    pub time: String,
    /// Time zone of days and time; the workspace's when absent.
    #[serde(default)]
    #[schema(value_type = Option<Timezone>)]
    pub timezone: Option<String>,
    /// Name of the files without ending: letters, digits, spaces, `-`, `_`, `.`, `{name}`, `{date}` and `{time}`. A file of the same name is
    /// replaced.
    #[serde(default = "pattern")]
    #[schema(default = "{name} {date}")]
    pub file_name: String,
    /// How many files are kept; the oldest go.
    #[serde(default = "a_month")]
    #[schema(minimum = 1, maximum = 400, default = 31)]
    pub keep: u32,
}

const fn yes() -> bool {
    true
}

fn pattern() -> String {
    "{name} {date}".to_owned()
}

const fn a_month() -> u32 {
    31
}

/// A list of scheduled exports, by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ScheduledExports {
    /// The schedules.
    pub items: Vec<ScheduledExport>,
}

/// Which file is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ExportFileLink {
    /// Its name.
    pub name: String,
    /// The workspace, which links cannot say in `X-Workspace`; the caller's first one when absent.
    #[param(value_type = Option<Id>)]
    pub workspace: Option<String>,
}

impl From<ExportFormat> for domain::FileFormat {
    fn from(format: ExportFormat) -> Self {
        match format {
            ExportFormat::Csv => Self::Csv,
            ExportFormat::Jsonl => Self::Jsonl,
            ExportFormat::Parquet => Self::Parquet,
        }
    }
}

impl From<domain::FileFormat> for ExportFormat {
    fn from(format: domain::FileFormat) -> Self {
        match format {
            domain::FileFormat::Csv => Self::Csv,
            domain::FileFormat::Jsonl => Self::Jsonl,
            domain::FileFormat::Parquet => Self::Parquet,
        }
    }
}

impl From<ExportDays> for domain::ExportDays {
    fn from(days: ExportDays) -> Self {
        match days {
            ExportDays::Daily => Self::Daily,
            ExportDays::Weekly { weekday } => Self::Weekly { weekday },
            ExportDays::Monthly { day } => Self::Monthly { day },
        }
    }
}

impl From<domain::ExportDays> for ExportDays {
    fn from(days: domain::ExportDays) -> Self {
        match days {
            domain::ExportDays::Daily => Self::Daily,
            domain::ExportDays::Weekly { weekday } => Self::Weekly { weekday },
            domain::ExportDays::Monthly { day } => Self::Monthly { day },
        }
    }
}

impl From<domain::ExportRun> for ExportRun {
    fn from(run: domain::ExportRun) -> Self {
        Self {
            due_at: run.due_at.into(),
            ended_at: run.ended_at.into(),
            file: run.file,
            bytes: run.bytes,
            rows: run.rows,
            error: run.error,
        }
    }
}
