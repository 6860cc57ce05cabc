//! Reports and logs in full, row by row, in constant memory: ClickHouse streams, this crate reads a part at a time, and whoever takes
//! the rows sets the pace.
//!
//! Promises: the same values as the report and the log show, exact; every row once; an export that broke off ends with an error and
//! never looks whole. Never: holds more than a part of the answer.

mod log;
mod report;
mod rows;

pub use rows::ExportStream;

/// A column of an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportColumn {
    /// Key: of the dimension, the metric or the field.
    pub key: String,
    /// What its values are.
    pub kind: ExportKind,
}

/// What the values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ExportKind {
    /// Text.
    Text,
    /// A configuration id in its text form; the word says of what (`campaign_id`).
    Id(&'static str),
    /// A whole number.
    Integer,
    /// Money, exact to nine decimals.
    Money,
    /// Any other decimal number, as text.
    Number,
    /// Unix milliseconds.
    Time,
    /// Yes or no.
    Boolean,
}

/// A value of an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Unknown, or there is no such number.
    Null,
    /// Text, and ids.
    Text(String),
    /// Whole numbers, and times in unix milliseconds.
    Integer(i64),
    /// Money.
    Money(signalbox_domain::Money),
    /// A decimal number with at most six decimals.
    Number(String),
    /// Yes or no.
    Boolean(bool),
}

/// How ClickHouse is to answer: on disk what does not fit into memory.
const SETTINGS: &[(&str, &str)] = &[
    ("max_execution_time", "7200"),
    ("max_bytes_before_external_group_by", "200000000"),
    ("max_bytes_before_external_sort", "200000000"),
    ("max_threads", "2"),
];
