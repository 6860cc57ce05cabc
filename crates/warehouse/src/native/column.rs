//! One column of a block.

use super::text;
use super::words::Words;
use crate::Error;

/// A column under construction.
#[derive(Debug)]
pub(super) struct Column {
    /// Its name.
    pub name: &'static str,
    /// Type as the table has it.
    kind: String,
    data: Data,
}

#[derive(Debug)]
enum Data {
    /// Values of the same width, one behind the other.
    Fixed { width: usize, bytes: Vec<u8> },
    /// Texts with their lengths.
    Text { bytes: Vec<u8>, rows: usize },
    /// Texts out of a dictionary.
    Words(Words),
}

/// Types and the bytes of a value.
const WIDTHS: &[(&str, usize)] = &[
    ("Int8", 1),
    ("UInt8", 1),
    ("Enum8", 1),
    ("UInt16", 2),
    ("Int32", 4),
    ("UInt32", 4),
    ("DateTime", 4),
    ("Int64", 8),
    ("UInt64", 8),
    ("DateTime64", 8),
    ("UInt128", 16),
    ("Decimal", 16),
    ("IPv6", 16),
];

impl Column {
    pub fn new(name: &'static str, kind: &str) -> Result<Self, Error> {
        let words = kind.strip_prefix("LowCardinality(").and_then(|inner| inner.strip_suffix(')'));
        let data = match (kind, words) {
            ("String", _) => Data::Text { bytes: Vec::new(), rows: 0 },
            (_, Some("String")) => Data::Words(Words::new(None)),
            (_, Some(inner)) => Data::Words(Words::new(Some(width_of(name, inner)?))),
            _ => Data::Fixed { width: width_of(name, kind)?, bytes: Vec::new() },
        };
        Ok(Self { name, kind: kind.to_owned(), data })
    }

    /// A value of fixed width, little-endian.
    #[inline]
    pub fn put<const N: usize>(&mut self, value: [u8; N]) -> Result<(), String> {
        match &mut self.data {
            Data::Fixed { width, bytes } if *width == N => bytes.extend_from_slice(&value),
            Data::Words(words) if words.width() == Some(N) => words.push(&value),
            _ => return Err(format!("column {} has type {}, not one of {N} bytes", self.name, self.kind)),
        }
        Ok(())
    }

    /// A text.
    #[inline]
    pub fn put_text(&mut self, value: &str) -> Result<(), String> {
        match &mut self.data {
            Data::Words(words) if words.width().is_none() => words.push(value.as_bytes()),
            Data::Text { bytes, rows } => {
                text(bytes, value.as_bytes());
                *rows += 1;
            }
            _ => return Err(format!("column {} has type {}, not one for texts", self.name, self.kind)),
        }
        Ok(())
    }

    /// Whether every value is the default of the type. The default of an enumeration is nothing to rely on.
    pub fn is_default(&self) -> bool {
        match &self.data {
            Data::Fixed { bytes, .. } => {
                !self.kind.starts_with("Enum") && bytes.iter().all(|byte| *byte == 0)
            }
            Data::Text { bytes, rows } => bytes.len() == *rows,
            Data::Words(words) => words.are_default(),
        }
    }

    pub fn clear(&mut self) {
        match &mut self.data {
            Data::Fixed { bytes, .. } => bytes.clear(),
            Data::Text { bytes, rows } => {
                bytes.clear();
                *rows = 0;
            }
            Data::Words(words) => words.clear(),
        }
    }

    /// Name, type and values.
    pub fn encode(&self, out: &mut Vec<u8>) {
        text(out, self.name.as_bytes());
        text(out, self.kind.as_bytes());
        match &self.data {
            Data::Fixed { bytes, .. } | Data::Text { bytes, .. } => out.extend_from_slice(bytes),
            Data::Words(words) => words.encode(out),
        }
    }
}

/// Bytes of a value of this type.
fn width_of(name: &str, kind: &str) -> Result<usize, Error> {
    let base = kind.split('(').next().unwrap_or(kind);
    let width = WIDTHS.iter().find(|(known, _)| *known == base).map(|(_, width)| *width);
    width.ok_or_else(|| Error::Schema {
        reason: format!("column {name} has type {kind}, which this version does not know"),
    })
}
