//! JSON lines: an object a row. Money is text, so that it stays exact; times are RFC 3339.

use super::{Column, Kind};
use signalbox_domain::Timestamp;
use signalbox_warehouse::Cell;

pub struct Json {
    /// Names as JSON text with the colon behind, and what the values are.
    columns: Vec<(String, Kind)>,
}

impl Json {
    pub fn new(columns: &[Column]) -> Self {
        let name = |column: &Column| (format!("{}:", text(&column.name)), column.kind);
        Self { columns: columns.iter().map(name).collect() }
    }

    pub fn rows(&self, rows: &[Vec<Cell>]) -> Vec<u8> {
        let mut out = String::new();
        for row in rows {
            out.push('{');
            for (index, ((name, kind), cell)) in self.columns.iter().zip(row).enumerate() {
                if index > 0 {
                    out.push(',');
                }
                out.push_str(name);
                out.push_str(&value(*kind, cell));
            }
            out.push_str("}\n");
        }
        out.into_bytes()
    }
}

fn value(kind: Kind, cell: &Cell) -> String {
    match cell {
        Cell::Null => "null".to_owned(),
        Cell::Text(value) => text(value),
        Cell::Integer(ms) if kind == Kind::Time => text(&Timestamp(*ms).to_rfc3339()),
        Cell::Integer(number) => number.to_string(),
        Cell::Money(money) => text(&money.to_string()),
        Cell::Number(digits) => digits.clone(),
        Cell::Boolean(flag) => flag.to_string(),
    }
}

fn text(value: &str) -> String {
    serde_json::Value::from(value).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_an_object() {
        let kinds = [Kind::Text, Kind::Money, Kind::Number, Kind::Time, Kind::Boolean, Kind::Integer];
        let columns: Vec<Column> = kinds
            .iter()
            .enumerate()
            .map(|(index, kind)| Column { name: format!("c\"{index}"), kind: *kind })
            .collect();
        let row = vec![
            Cell::Text("=1\u{1}\"".to_owned()),
            Cell::Money("1.000000001".parse().unwrap()),
            Cell::Number("-2.5".to_owned()),
            Cell::Integer(0),
            Cell::Boolean(true),
            Cell::Integer(7),
        ];
        let out = Json::new(&columns).rows(&[row, vec![Cell::Null; 6]]);
        let lines: Vec<serde_json::Value> = out
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
            .map(|line| serde_json::from_slice(line).unwrap())
            .collect();
        assert_eq!(
            lines[0],
            serde_json::json!({ "c\"0": "=1\u{1}\"", "c\"1": "1.000000001", "c\"2": -2.5, "c\"3": "1970-01-01T00:00:00.000Z", "c\"4": true, "c\"5": 7 })
        );
        assert!(lines[1].as_object().unwrap().values().all(serde_json::Value::is_null));
    }
}
