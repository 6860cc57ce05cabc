//! Rows out of a streamed answer.

use super::{Cell, ExportColumn, SETTINGS};
use crate::error::classify;
use crate::sql::Params;
use crate::{Error, Warehouse};
use clickhouse::query::BytesCursor;
use std::time::Duration;

/// How long ClickHouse may take for the next part.
const PART_TIMEOUT: Duration = Duration::from_secs(600);
/// Longest row, bytes.
const ROW_BYTES_MAX: usize = 4 << 20;

/// Turns a row of the answer, in which everything is text, into cells.
pub(super) type Convert = Box<dyn Fn(&[&str]) -> Result<Vec<Cell>, Error> + Send + Sync>;

/// Rows that come as fast as they are taken.
pub struct ExportStream {
    columns: Vec<ExportColumn>,
    width: usize,
    cursor: BytesCursor,
    convert: Convert,
    /// What has come of a row that is not whole.
    rest: Vec<u8>,
    ended: bool,
}

impl std::fmt::Debug for ExportStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ExportStream").field("columns", &self.columns.len()).finish_non_exhaustive()
    }
}

impl ExportStream {
    pub(super) fn start(
        warehouse: &Warehouse,
        (sql, params, columns_read): (&str, Params, usize),
        columns: Vec<ExportColumn>,
        convert: Convert,
    ) -> Result<Self, Error> {
        let mut query = params.apply(warehouse.query(sql));
        for (name, value) in SETTINGS {
            query = query.with_setting(*name, *value);
        }
        let cursor = query.fetch_bytes("RowBinary").map_err(classify)?;
        Ok(Self { width: columns_read, columns, cursor, convert, rest: Vec::new(), ended: false })
    }

    /// The columns of every row.
    pub fn columns(&self) -> &[ExportColumn] {
        &self.columns
    }

    /// The next rows, never none; `None` at the end.
    ///
    /// # Errors
    /// [`Error::Unavailable`] and others: the export is not whole and cannot go on.
    pub async fn next(&mut self) -> Result<Option<Vec<Vec<Cell>>>, Error> {
        while !self.ended {
            let part = tokio::time::timeout(PART_TIMEOUT, self.cursor.next()).await;
            let part = part.map_err(|_| Error::Unavailable { reason: "nothing more came".to_owned() })?;
            match part.map_err(classify).map_err(crate::log::regular_expression)? {
                Some(bytes) => self.rest.extend_from_slice(&bytes),
                None => self.ended = true,
            }
            let rows = self.whole_rows()?;
            if !rows.is_empty() {
                return Ok(Some(rows));
            }
        }
        if self.rest.is_empty() {
            return Ok(None);
        }
        Err(Error::Corrupt { reason: "an export ended in the middle of a row".to_owned() })
    }

    fn whole_rows(&mut self) -> Result<Vec<Vec<Cell>>, Error> {
        let (mut rows, mut taken) = (Vec::new(), 0);
        let mut texts: Vec<&str> = Vec::with_capacity(self.width);
        while let Some(length) = row(&self.rest[taken..], self.width, &mut texts)? {
            rows.push((self.convert)(&texts)?);
            taken += length;
        }
        if self.rest.len() - taken > ROW_BYTES_MAX {
            return Err(Error::Corrupt { reason: "a row of an export is too long".to_owned() });
        }
        self.rest.drain(..taken);
        Ok(rows)
    }
}

/// Reads one row of `width` texts; how long it is, or `None` when it is not whole.
fn row<'b>(bytes: &'b [u8], width: usize, texts: &mut Vec<&'b str>) -> Result<Option<usize>, Error> {
    texts.clear();
    let mut at = 0;
    for _ in 0..width {
        let Some((length, begin)) = length(bytes, at) else { return Ok(None) };
        let Some(text) = begin.checked_add(length).and_then(|end| bytes.get(begin..end)) else {
            return Ok(None);
        };
        let wrong = |_| Error::Corrupt { reason: "a row of an export is not UTF-8".to_owned() };
        texts.push(std::str::from_utf8(text).map_err(wrong)?);
        at = begin + length;
    }
    Ok(if texts.is_empty() { None } else { Some(at) })
}

/// A LEB128 number and the position behind it.
fn length(bytes: &[u8], mut at: usize) -> Option<(usize, usize)> {
    let mut value = 0_usize;
    for shift in (0..42).step_by(7) {
        let byte = *bytes.get(at)?;
        at += 1;
        value |= usize::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some((value, at));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_cut_where_they_end() {
        let mut bytes = vec![1, b'a', 0];
        bytes.extend([200, 1]);
        bytes.extend(vec![b'x'; 200]);
        bytes.extend([0, 1, b'z']);
        let mut texts = Vec::new();
        let first = row(&bytes, 2, &mut texts).unwrap().unwrap();
        assert_eq!((first, texts.as_slice()), (3, ["a", ""].as_slice()));
        let second = row(&bytes[first..], 2, &mut texts).unwrap().unwrap();
        assert_eq!((texts[0].len(), texts[1]), (200, ""));
        let rest = &bytes[first + second..];
        assert_eq!(row(rest, 2, &mut texts).unwrap(), None, "the second text is not there yet");
        assert!(row(&[1, 0xff], 1, &mut texts).is_err());
    }
}
