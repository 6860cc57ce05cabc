//! Parquet in row groups of bounded size, each given away as soon as it is whole. Money is `DECIMAL(38, 9)`, so that it stays exact.

use super::{Column, Kind};
use parquet::{
    basic::{Compression, LogicalType, Repetition, TimeUnit, Type as Physical},
    column::writer::ColumnWriter,
    data_type::{ByteArray, FixedLenByteArray},
    errors::ParquetError,
    file::{
        properties::{EnabledStatistics, WriterProperties},
        writer::SerializedFileWriter,
    },
    schema::types::Type,
};
use signalbox_warehouse::Cell;
use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
};

/// Rows of a group.
const GROUP_ROWS: usize = 50_000;
/// Cells of a group: wide tables have shorter groups.
const GROUP_CELLS: usize = 1_000_000;

/// What the writer has written and nobody has taken yet.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub struct Parquet {
    writer: SerializedFileWriter<Written>,
    written: Written,
    group: Vec<Vec<Cell>>,
    group_rows: usize,
}

impl Parquet {
    pub fn new(columns: &[Column]) -> io::Result<Self> {
        let fields: Result<Vec<Arc<Type>>, ParquetError> =
            columns.iter().map(|column| field(column).map(Arc::new)).collect();
        let schema = Type::group_type_builder("signalbox").with_fields(fields?).build()?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_statistics_enabled(EnabledStatistics::None)
            .set_offset_index_disabled(true)
            .build();
        let written = Written::default();
        let writer = SerializedFileWriter::new(written.clone(), Arc::new(schema), Arc::new(properties))?;
        let group_rows = (GROUP_CELLS / columns.len().max(1)).clamp(1, GROUP_ROWS);
        Ok(Self { writer, written, group: Vec::new(), group_rows })
    }

    /// Takes rows; what can be given away by now.
    pub fn rows(&mut self, rows: Vec<Vec<Cell>>) -> io::Result<Vec<u8>> {
        for row in rows {
            self.group.push(row);
            if self.group.len() == self.group_rows {
                self.write_group()?;
            }
        }
        Ok(self.written.take())
    }

    /// The last group and the end of the file.
    pub fn end(mut self: Box<Self>) -> io::Result<Vec<u8>> {
        self.write_group()?;
        self.writer.finish()?;
        Ok(self.written.take())
    }

    fn write_group(&mut self) -> io::Result<()> {
        let rows = std::mem::take(&mut self.group);
        if rows.is_empty() {
            return Ok(());
        }
        let mut group = self.writer.next_row_group()?;
        let mut index = 0;
        while let Some(mut column) = group.next_column()? {
            let cells = || rows.iter().map(|row| row.get(index).unwrap_or(&Cell::Null));
            write_column(column.untyped(), cells)?;
            column.close()?;
            index += 1;
        }
        group.close()?;
        Ok(())
    }
}

fn field(column: &Column) -> Result<Type, ParquetError> {
    let (physical, logical, length) = match column.kind {
        Kind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String), -1),
        Kind::Integer => (Physical::INT64, None, -1),
        Kind::Money => (Physical::FIXED_LEN_BYTE_ARRAY, Some(LogicalType::decimal(9, 38)), 16),
        Kind::Number => (Physical::DOUBLE, None, -1),
        Kind::Time => (Physical::INT64, Some(LogicalType::timestamp(true, TimeUnit::MILLIS)), -1),
        Kind::Boolean => (Physical::BOOLEAN, None, -1),
    };
    let mut builder = Type::primitive_type_builder(&column.name, physical)
        .with_repetition(Repetition::OPTIONAL)
        .with_logical_type(logical)
        .with_length(length);
    if column.kind == Kind::Money {
        builder = builder.with_precision(38).with_scale(9);
    }
    builder.build()
}

/// The values that are there, and for each cell whether there is one.
fn present<'c, T>(
    cells: impl Iterator<Item = &'c Cell>,
    value: impl Fn(&Cell) -> Option<T>,
) -> (Vec<T>, Vec<i16>) {
    let (mut values, mut levels) = (Vec::new(), Vec::new());
    for cell in cells {
        let found = value(cell);
        levels.push(i16::from(found.is_some()));
        values.extend(found);
    }
    (values, levels)
}

fn write_column<'c, I: Iterator<Item = &'c Cell>>(
    column: &mut ColumnWriter<'_>,
    cells: impl Fn() -> I,
) -> Result<(), ParquetError> {
    match column {
        ColumnWriter::ByteArrayColumnWriter(writer) => {
            let (values, levels) = present(cells(), |cell| match cell {
                Cell::Text(text) => Some(ByteArray::from(text.as_str())),
                _ => None,
            });
            writer.write_batch(&values, Some(&levels), None)?;
        }
        ColumnWriter::Int64ColumnWriter(writer) => {
            let (values, levels) = present(cells(), |cell| match cell {
                Cell::Integer(number) => Some(*number),
                _ => None,
            });
            writer.write_batch(&values, Some(&levels), None)?;
        }
        ColumnWriter::FixedLenByteArrayColumnWriter(writer) => {
            let (values, levels) = present(cells(), |cell| match cell {
                Cell::Money(money) => Some(FixedLenByteArray::from(money.nanos().to_be_bytes().to_vec())),
                _ => None,
            });
            writer.write_batch(&values, Some(&levels), None)?;
        }
        ColumnWriter::DoubleColumnWriter(writer) => {
            let (values, levels) = present(cells(), |cell| match cell {
                Cell::Number(text) => text.parse::<f64>().ok(),
                _ => None,
            });
            writer.write_batch(&values, Some(&levels), None)?;
        }
        ColumnWriter::BoolColumnWriter(writer) => {
            let (values, levels) = present(cells(), |cell| match cell {
                Cell::Boolean(flag) => Some(*flag),
                _ => None,
            });
            writer.write_batch(&values, Some(&levels), None)?;
        }
        _ => return Err(ParquetError::General("a column of another type".to_owned())),
    }
    Ok(())
}
