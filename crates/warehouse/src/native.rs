//! Rows as one block of ClickHouse's Native format: columns, not rows, so that the server has nothing to parse.
//!
//! Words (`LowCardinality`) are sent as a dictionary and numbers: what repeats is looked up here, once, instead of row by row in the
//! server. Columns that hold nothing but their default are left out. Types are those that the table has ([`Layout`]); a server whose
//! table has changed since converts.
//!
//! Never: keeps a row, or makes a block whose columns differ in length.

mod column;
mod ser;
mod words;

use crate::{Error, Warehouse};
use column::Column;
use serde::Serialize;
use std::collections::HashMap;

/// The types of the columns of every table of the database.
#[derive(Debug, Default)]
pub(crate) struct Layout {
    tables: HashMap<String, HashMap<String, String>>,
}

impl Layout {
    /// Asks the server.
    pub async fn load(warehouse: &Warehouse) -> Result<Self, Error> {
        let sql = "SELECT table, name, type FROM system.columns \
                   WHERE database = currentDatabase() AND default_kind NOT IN ('ALIAS', 'MATERIALIZED')";
        let columns: Vec<(String, String, String)> = warehouse.fetch_all(warehouse.query(sql)).await?;
        let mut layout = Self::default();
        for (table, name, kind) in columns {
            layout.tables.entry(table).or_default().insert(name, kind);
        }
        Ok(layout)
    }

    fn kind(&self, table: &str, column: &str) -> Result<&str, Error> {
        let found = self.tables.get(table).and_then(|columns| columns.get(column));
        found.map(String::as_str).ok_or_else(|| Error::Schema {
            reason: format!("{table} has no column {column}: the schema is not migrated to this version"),
        })
    }
}

/// Rows of one table, as columns.
#[derive(Debug)]
pub(crate) struct Block {
    columns: Vec<Column>,
    rows: usize,
}

/// A block ready to be sent.
#[derive(Debug, Default)]
pub(crate) struct Encoded {
    /// Names of the columns that the bytes hold, as they stand in the statement.
    pub columns: String,
    /// The block.
    pub bytes: Vec<u8>,
}

impl Block {
    /// An empty block for rows with these columns.
    pub fn new(table: &str, names: &[&'static str], layout: &Layout) -> Result<Self, Error> {
        let column = |name: &&'static str| Column::new(name, layout.kind(table, name)?);
        Ok(Self { columns: names.iter().map(column).collect::<Result<_, _>>()?, rows: 0 })
    }

    /// Adds a row, whose fields are the columns in their order.
    pub fn push(&mut self, row: &impl Serialize) -> Result<(), Error> {
        row.serialize(ser::Row::new(&mut self.columns)).map_err(|error| Error::Schema { reason: error.0 })?;
        self.rows += 1;
        Ok(())
    }

    /// Empty again, with its memory.
    pub fn clear(&mut self) {
        self.columns.iter_mut().for_each(Column::clear);
        self.rows = 0;
    }

    /// The block as bytes, behind what `bytes` holds.
    pub fn encode(&self, mut bytes: Vec<u8>) -> Encoded {
        let mut kept: Vec<&Column> = self.columns.iter().filter(|column| !column.is_default()).collect();
        if kept.is_empty() {
            kept.extend(self.columns.first());
        }
        varint(&mut bytes, kept.len());
        varint(&mut bytes, self.rows);
        for column in &kept {
            column.encode(&mut bytes);
        }
        let names: Vec<&str> = kept.iter().map(|column| column.name).collect();
        Encoded { columns: names.join(", "), bytes }
    }
}

/// Seven bits a byte, the lowest first.
fn varint(out: &mut Vec<u8>, mut value: usize) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// A text with its length before it.
fn text(out: &mut Vec<u8>, value: &[u8]) {
    varint(out, value.len());
    out.extend_from_slice(value);
}

#[cfg(test)]
mod tests;
