//! Which formats can be streamed, and how the pieces of one result are joined.
//!
//! The engine writes each piece as a document of its own. For formats of plain rows the documents can be laid end to end; those
//! with a header get it again with every piece, which is cut off here. All other formats are answered in one piece.

/// What a piece begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Header {
    /// Nothing.
    None,
    /// So many lines.
    Lines(usize),
    /// So many CSV records, whose fields may hold line breaks.
    CsvRecords(usize),
    /// RowBinary: a count, then so many strings for each column (name, or name and type).
    Strings(usize),
}

/// The header of a format whose result can be streamed; `None` for every other format.
pub(crate) fn streamable(format: &str) -> Option<Header> {
    let format = format.to_ascii_lowercase();
    let (base, headers) = match (format.strip_suffix("withnamesandtypes"), format.strip_suffix("withnames")) {
        (Some(base), _) => (base, 2),
        (None, Some(base)) => (base, 1),
        (None, None) => (format.as_str(), 0),
    };
    match base {
        "tsv"
        | "tabseparated"
        | "tsvraw"
        | "tabseparatedraw"
        | "raw"
        | "jsoncompacteachrow"
        | "jsoncompactstringseachrow" => {
            Some(if headers == 0 { Header::None } else { Header::Lines(headers) })
        }
        "csv" => Some(if headers == 0 { Header::None } else { Header::CsvRecords(headers) }),
        "rowbinary" => Some(if headers == 0 { Header::None } else { Header::Strings(headers) }),
        "jsoneachrow" | "jsonstringseachrow" | "jsonlines" | "ndjson" | "jsonl" | "native" | "tskv"
            if headers == 0 =>
        {
            Some(Header::None)
        }
        _ => None,
    }
}

impl Header {
    /// Length of the header at the beginning of a piece; `None` when it is not whole.
    pub(crate) fn length(self, piece: &[u8]) -> Option<usize> {
        match self {
            Self::None => Some(0),
            Self::Lines(count) => piece
                .iter()
                .enumerate()
                .filter(|(_, byte)| **byte == b'\n')
                .nth(count - 1)
                .map(|(at, _)| at + 1),
            Self::CsvRecords(count) => {
                let mut quoted = false;
                let ends = piece.iter().enumerate().filter(|(_, byte)| {
                    quoted ^= **byte == b'"';
                    **byte == b'\n' && !quoted
                });
                ends.map(|(at, _)| at + 1).nth(count - 1)
            }
            Self::Strings(each) => {
                let (columns, mut at) = varint(piece, 0)?;
                for _ in 0..columns.checked_mul(each as u64)? {
                    let (length, start) = varint(piece, at)?;
                    at = start.checked_add(usize::try_from(length).ok()?)?;
                }
                (at <= piece.len()).then_some(at)
            }
        }
    }
}

/// A LEB128 number and the position behind it.
fn varint(bytes: &[u8], mut at: usize) -> Option<(u64, usize)> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let byte = *bytes.get(at)?;
        at += 1;
        value |= u64::from(byte & 0x7f) << shift;
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
    fn knows_formats_by_their_rows() {
        assert_eq!(streamable("TSV"), Some(Header::None));
        assert_eq!(streamable("TabSeparatedWithNamesAndTypes"), Some(Header::Lines(2)));
        assert_eq!(streamable("CSVWithNames"), Some(Header::CsvRecords(1)));
        assert_eq!(streamable("rowbinarywithnamesandtypes"), Some(Header::Strings(2)));
        assert_eq!(streamable("JSONEachRow"), Some(Header::None));
        for format in
            ["JSON", "Parquet", "Pretty", "XML", "Values", "NativeWithNames", "CustomSeparatedWithNames", ""]
        {
            assert_eq!(streamable(format), None, "{format}");
        }
    }

    #[test]
    fn measures_headers() {
        assert_eq!(Header::Lines(2).length(b"a\tb\nX\tY\n1\t2\n"), Some(8));
        assert_eq!(Header::Lines(2).length(b"a\tb\n"), None);
        assert_eq!(Header::CsvRecords(1).length(b"\"a\n\"\"b\",\"c\"\n1,2\n"), Some(12));
        assert_eq!(Header::Strings(2).length(b"\x01\x01n\x06UInt64rest"), Some(10));
        assert_eq!(Header::Strings(1).length(b"\x02\x01n\x01s"), Some(5));
        assert_eq!(Header::Strings(2).length(b"\x01\x01n\x06UI"), None);
        assert_eq!(Header::Strings(2).length(b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f"), None);
        assert_eq!(Header::Strings(1).length(b""), None);
    }
}
