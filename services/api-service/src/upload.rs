//! Reading conversions that people paste, upload or send as rows: from text to the parameters that a network would have sent.
//!
//! Pure. Understood are the forms that other trackers take: a line of column names and lines below it; without names `subid;revenue;tid;status`
//! or `clickid:payout:status`, with further cells as `name=value`. What the parameters mean is not decided here: postback-service reads
//! them as it reads every postback.

use crate::costs::table;
use serde_json::{Map, Value};
use signalbox_domain::{FieldError, Invalid, UPLOAD_BYTES_MAX, UPLOAD_ROWS_MAX, UploadRow};
use url::form_urlencoded::Serializer;

/// What separates cells, in the order of preference.
const SEPARATORS: [char; 4] = [';', '\t', ',', ':'];
/// What tells a line of column names from a line of values.
const CLICK_COLUMNS: &[&str] =
    &["subid", "sub_id", "clickid", "click_id", "cid", "cnv_id", "cf_click_id", "hit", "sid"];
/// Columns of a text without names, by its separator.
const COLUMNS: &[&str] = &["subid", "revenue", "tid", "status"];
const COLUMNS_BY_COLON: &[&str] = &["clickid", "payout", "status"];
/// Most columns that can be named.
pub const COLUMNS_MAX: usize = 50;

/// The rows of a text; a line that is none is a row with the reason.
///
/// # Errors
/// When nothing of the text can be read, or it is too much.
pub fn read_text(text: &str, columns: &[String]) -> Result<Vec<UploadRow>, Invalid> {
    let text = text.trim_start_matches('\u{feff}');
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let separator = SEPARATORS.into_iter().find(|separator| first.contains(*separator)).unwrap_or(';');
    let table = table(text, separator).map_err(|reason| invalid("text", reason))?;
    let mut lines =
        table.into_iter().filter(|(_, cells)| cells.iter().any(|cell| !cell.trim().is_empty())).peekable();
    let named = lines.peek().and_then(|(_, cells)| names_of(cells));
    let by_default = if separator == ':' { COLUMNS_BY_COLON } else { COLUMNS };
    let columns = match (columns, named) {
        ([], Some(named)) => {
            lines.next();
            named
        }
        ([], None) => by_default.iter().map(|name| (*name).to_owned()).collect(),
        // Chosen names come before those of the text, whose first line is then no conversion.
        (chosen, named) => {
            if named.is_some() {
                lines.next();
            }
            chosen.iter().map(|name| name.trim().to_ascii_lowercase()).collect()
        }
    };
    bounded(lines.map(|(line, cells)| row_of_cells(line, &cells, &columns)).collect(), "text")
}

/// The rows of a program; one that is malformed is a row with the reason.
///
/// # Errors
/// When there are none or too many.
pub fn read_rows(rows: &[Map<String, Value>]) -> Result<Vec<UploadRow>, Invalid> {
    let numbered = (1_u32..).zip(rows);
    bounded(numbered.map(|(number, row)| row_of_object(number, row)).collect(), "rows")
}

fn bounded(rows: Vec<UploadRow>, field: &str) -> Result<Vec<UploadRow>, Invalid> {
    let bytes: usize = rows.iter().map(|row| row.query.len()).sum();
    if rows.is_empty() {
        return Err(invalid(field, "has no conversions".to_owned()));
    }
    if rows.len() > UPLOAD_ROWS_MAX {
        let reason = format!("has {} conversions; {UPLOAD_ROWS_MAX} are allowed: split it", rows.len());
        return Err(invalid(field, reason));
    }
    if bytes > UPLOAD_BYTES_MAX {
        return Err(invalid(field, format!("is larger than {UPLOAD_BYTES_MAX} bytes: split it")));
    }
    Ok(rows)
}

/// The names of a first line that holds names.
fn names_of(cells: &[String]) -> Option<Vec<String>> {
    let names: Vec<String> = cells.iter().map(|cell| cell.trim().to_ascii_lowercase()).collect();
    let known = names.iter().any(|name| CLICK_COLUMNS.contains(&name.as_str()));
    (known && names.iter().all(|name| name.is_empty() || is_name(name))).then_some(names)
}

fn is_name(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next().is_some_and(|first| first.is_ascii_alphabetic())
        && characters.all(|it| it.is_ascii_alphanumeric() || it == '_')
}

fn row_of_cells(line: u32, cells: &[String], columns: &[String]) -> UploadRow {
    let mut pairs: Vec<(String, &str)> = Vec::with_capacity(cells.len());
    for (index, cell) in cells.iter().enumerate() {
        let cell = cell.trim();
        let named = cell.split_once('=').filter(|(name, _)| is_name(name));
        match (named, columns.get(index)) {
            (Some((name, value)), _) => pairs.push((parameter(name), value.trim())),
            (None, Some(name)) if !name.is_empty() && name != "-" => pairs.push((parameter(name), cell)),
            (None, Some(_)) => {}
            (None, None) if cell.is_empty() => {}
            (None, None) => {
                let reason = format!(
                    "has {} cells, of which {} are named ({}): name the others in a first line, or as name=value",
                    cells.len(),
                    columns.len(),
                    columns.join(", ")
                );
                return UploadRow::refused(line, encode(&pairs), "row_malformed", reason);
            }
        }
    }
    UploadRow::new(line, encode(&pairs))
}

fn row_of_object(number: u32, row: &Map<String, Value>) -> UploadRow {
    let mut pairs: Vec<(String, String)> = Vec::with_capacity(row.len());
    for (name, value) in row {
        let value = match value {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            Value::Bool(flag) => flag.to_string(),
            Value::Null => continue,
            Value::Array(_) | Value::Object(_) => {
                let reason = format!("{name} must be a text or a number");
                return UploadRow::refused(number, String::new(), "row_malformed", reason);
            }
        };
        pairs.push((parameter(name), value));
    }
    let pairs: Vec<(String, &str)> =
        pairs.iter().map(|(name, value)| (name.clone(), value.as_str())).collect();
    UploadRow::new(number, encode(&pairs))
}

/// `event_1` is how one tracker writes `event1` in its files.
fn parameter(name: &str) -> String {
    let name = name.trim().to_ascii_lowercase();
    let number = name.strip_prefix("event_").or_else(|| name.strip_prefix("add_event_"));
    match number.filter(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())) {
        Some(number) if name.starts_with("add_") => format!("add_event{number}"),
        Some(number) => format!("event{number}"),
        None => name,
    }
}

/// A query string; what is empty says nothing, and `auto` leaves the payout to the destination.
fn encode(pairs: &[(String, &str)]) -> String {
    let says = |(name, value): &&(String, &str)| {
        let automatic = value.eq_ignore_ascii_case("auto") && matches!(name.as_str(), "payout" | "revenue");
        !value.is_empty() && !automatic
    };
    let mut query = Serializer::new(String::new());
    pairs.iter().filter(says).for_each(|(name, value)| {
        query.append_pair(name, value);
    });
    query.finish()
}

fn invalid(field: &str, reason: String) -> Invalid {
    Invalid(vec![FieldError { field: field.to_owned(), reason }])
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn queries(text: &str) -> Vec<String> {
        queries_by(text, &[])
    }

    fn queries_by(text: &str, columns: &[&str]) -> Vec<String> {
        let columns: Vec<String> = columns.iter().map(|name| (*name).to_owned()).collect();
        let rows = read_text(text, &columns).unwrap();
        rows.into_iter().map(|row| format!("{} {}", row.line, row.query)).collect()
    }

    #[test]
    fn texts_of_other_trackers_are_read_as_they_are() {
        for (text, expected) in [
            (
                "a1;12.50;77;sale\nb2;3",
                vec!["1 subid=a1&revenue=12.50&tid=77&status=sale", "2 subid=b2&revenue=3"],
            ),
            (
                "a1:5:sale:event_1=2\n\nb2:auto",
                vec!["1 clickid=a1&payout=5&status=sale&event1=2", "3 clickid=b2"],
            ),
            (
                "a1:payout=auto:cnv_status=X:event1=3:add_event_2=1",
                vec!["1 clickid=a1&cnv_status=X&event1=3&add_event2=1"],
            ),
            (
                "\u{feff}ClickID,Payout,Note\r\na1,\"1,50\",x y\r\n",
                vec!["2 clickid=a1&payout=1%2C50&note=x+y"],
            ),
            ("tid\tsubid\n7\ta1", vec!["2 tid=7&subid=a1"]),
            ("a1\nb2", vec!["1 subid=a1", "2 subid=b2"]),
        ] {
            assert_eq!(queries(text), expected, "{text:?}");
        }
    }

    #[test]
    fn columns_can_be_chosen() {
        let chosen = ["tid", "-", "SubID", "payout"];
        assert_eq!(queries_by("7;skip;a1;2\n", &chosen), ["1 tid=7&subid=a1&payout=2"]);
        let with_names = "subid;x;y;z\n7;skip;a1;2";
        assert_eq!(
            queries_by(with_names, &chosen),
            ["2 tid=7&subid=a1&payout=2"],
            "its own names are no row"
        );
    }

    #[test]
    fn what_cannot_be_read_is_told_by_line() {
        let rows = read_text("a1;1;7;sale;what\nb2", &[]).unwrap();
        let refusal = rows[0].refusal.as_ref().unwrap();
        assert!(refusal.reason.contains("5 cells") && refusal.reason.contains("name=value"), "{refusal:?}");
        assert!(rows[1].refusal.is_none());
        for (text, word) in [("", "no conversions"), ("subid;payout\n", "no conversions"), ("a;\"b", "quote")]
        {
            let error = read_text(text, &[]).unwrap_err().0;
            assert!(error[0].field == "text" && error[0].reason.contains(word), "{error:?}");
        }
        let many = "a1\n".repeat(UPLOAD_ROWS_MAX + 1);
        assert!(read_text(&many, &[]).unwrap_err().0[0].reason.contains("5001 conversions; 5000"));
    }

    #[test]
    fn rows_take_numbers_or_texts() {
        let rows = [
            json!({ "subid": "a1", "payout": 1.5, "tid": 7, "status": null }),
            json!({ "subid": "a1", "payout": { "amount": 1 } }),
        ];
        let rows: Vec<Map<String, Value>> = rows.iter().map(|row| row.as_object().unwrap().clone()).collect();
        let read = read_rows(&rows).unwrap();
        let mut said: Vec<&str> = read[0].query.split('&').collect();
        said.sort_unstable();
        assert_eq!(said, ["payout=1.5", "subid=a1", "tid=7"]);
        assert_eq!((read[1].line, read[1].refusal.as_ref().unwrap().code.as_str()), (2, "row_malformed"));
        assert_eq!(read_rows(&[]).unwrap_err().0[0].field, "rows");
    }
}
