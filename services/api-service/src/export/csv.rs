//! CSV (RFC 4180) with a line of names, for spreadsheets and programs alike.
//!
//! A text that begins with a sign that makes a spreadsheet run it as a formula gets an apostrophe before it. Numbers are numbers and
//! stay as they are, also below zero.

use super::Column;
use signalbox_domain::Timestamp;
use signalbox_warehouse::Cell;

/// Signs that begin a formula, or that spreadsheets skip before one.
const FORMULA: [char; 7] = ['=', '+', '-', '@', '\t', '\r', '\n'];

pub struct Csv {
    columns: Vec<Column>,
    begun: bool,
}

impl Csv {
    pub fn new(columns: Vec<Column>) -> Self {
        Self { columns, begun: false }
    }

    fn begin(&mut self, out: &mut String) {
        if !std::mem::replace(&mut self.begun, true) {
            let names: Vec<String> = self.columns.iter().map(|column| quoted(&column.name)).collect();
            out.push_str(&names.join(","));
            out.push_str("\r\n");
        }
    }

    pub fn rows(&mut self, rows: &[Vec<Cell>]) -> Vec<u8> {
        let mut out = String::new();
        self.begin(&mut out);
        for row in rows {
            for (index, cell) in row.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                self.cell(&mut out, index, cell);
            }
            out.push_str("\r\n");
        }
        out.into_bytes()
    }

    /// The names alone, when there was no row.
    pub fn end(mut self) -> Vec<u8> {
        let mut out = String::new();
        self.begin(&mut out);
        out.into_bytes()
    }

    fn cell(&self, out: &mut String, index: usize, cell: &Cell) {
        match cell {
            Cell::Null => {}
            Cell::Text(text) => out.push_str(&quoted(&harmless(text))),
            Cell::Integer(ms) if self.columns.get(index).is_some_and(|it| it.kind == super::Kind::Time) => {
                out.push_str(&Timestamp(*ms).to_rfc3339());
            }
            Cell::Integer(number) => out.push_str(&number.to_string()),
            Cell::Money(money) => out.push_str(&money.to_string()),
            Cell::Number(text) => out.push_str(text),
            Cell::Boolean(flag) => out.push_str(if *flag { "true" } else { "false" }),
        }
    }
}

fn harmless(text: &str) -> String {
    if text.starts_with(FORMULA) { format!("'{text}") } else { text.to_owned() }
}

fn quoted(text: &str) -> String {
    if text.contains(['"', ',', '\r', '\n', ';', '\t']) || text != text.trim() {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::super::Kind;
    use super::*;

    fn csv() -> Csv {
        let column = |name: &str, kind| Column { name: name.to_owned(), kind };
        Csv::new(vec![column("keyword", Kind::Text), column("profit", Kind::Money), column("at", Kind::Time)])
    }

    #[test]
    fn formulas_are_made_harmless_and_numbers_are_not_touched() {
        let text = |text: &str| Cell::Text(text.to_owned());
        let rows = [
            vec![
                text("=HYPERLINK(\"http://x\",\"y\")"),
                Cell::Money("-1.25".parse().unwrap()),
                Cell::Integer(0),
            ],
            vec![text("+1"), Cell::Null, Cell::Null],
            vec![text("@a"), Cell::Null, Cell::Null],
            vec![text("\tb"), Cell::Null, Cell::Null],
            vec![text("a,\"b\"\nc"), Cell::Null, Cell::Null],
            vec![text("plain - text"), Cell::Null, Cell::Null],
        ];
        let out = String::from_utf8(csv().rows(&rows)).unwrap();
        let expected = "keyword,profit,at\r\n\
            \"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\",-1.25,1970-01-01T00:00:00.000Z\r\n\
            '+1,,\r\n'@a,,\r\n\"'\tb\",,\r\n\"a,\"\"b\"\"\nc\",,\r\nplain - text,,\r\n";
        assert_eq!(out, expected);
    }

    #[test]
    fn a_file_without_rows_has_its_names() {
        assert_eq!(csv().end(), b"keyword,profit,at\r\n");
        let mut begun = csv();
        begun.rows(&[]);
        assert_eq!(begun.end(), b"");
    }
}
