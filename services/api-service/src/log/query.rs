//! A page of a log as it was asked for.

use crate::{
    error::ApiError,
    report::filters,
    types::{Condition, Filter, FilterOp, LIMIT_DEFAULT, LIMIT_MAX, LogQuery, parse_time},
};
use signalbox_chassis::{extract::parse_json, problem::Problem};
use signalbox_domain::{ClickId, FieldError, Invalid, Timestamp};
use signalbox_warehouse as warehouse;

/// How far back a log reaches when nothing is said.
const DEFAULT_MS: i64 = 24 * 3_600_000;
/// Most filters.
const FILTERS_MAX: usize = 50;

/// The warehouse's query.
///
/// # Errors
/// 422 naming the parameter.
pub fn read(query: LogQuery, now: Timestamp) -> Result<warehouse::LogQuery, ApiError> {
    let mut errors = Vec::new();
    let mut moment = |field: &str, text: &Option<String>| {
        let parsed = text.as_deref().map(parse_time).transpose();
        parsed.unwrap_or_else(|reason| {
            errors.push(FieldError { field: field.to_owned(), reason });
            None
        })
    };
    let (from, to) = (moment("from", &query.from), moment("to", &query.to));
    let limit = query.limit.unwrap_or(LIMIT_DEFAULT);
    if !(1..=LIMIT_MAX).contains(&limit) {
        errors
            .push(FieldError { field: "limit".to_owned(), reason: format!("must be from 1 to {LIMIT_MAX}") });
    }
    let mut wanted: Vec<Condition> = match query.filters.as_deref().map(str::trim) {
        None | Some("") => Vec::new(),
        Some(text) => parse_json(text.as_bytes()).map_err(|problem| within_filters(&problem))?,
    };
    if wanted.len() > FILTERS_MAX {
        errors
            .push(FieldError { field: "filters".to_owned(), reason: format!("has more than {FILTERS_MAX}") });
    }
    let named = query.click_id.is_some();
    if let Some(text) = query.click_id {
        match text.parse::<ClickId>() {
            Ok(id) => wanted.push(Condition::Filter(Filter {
                field: "click_id".to_owned(),
                op: FilterOp::Equals,
                values: vec![id.to_string()],
            })),
            Err(error) => errors.push(FieldError { field: "click_id".to_owned(), reason: error.to_string() }),
        }
    }
    if !errors.is_empty() {
        return Err(Invalid(errors).into());
    }
    // One click's rows are few, however old: no need for a range.
    let recent = to.unwrap_or(now).plus_ms(-DEFAULT_MS);
    let from = if named { from } else { Some(from.unwrap_or(recent)) };
    Ok(warehouse::LogQuery { from, to, filters: filters(wanted), limit, cursor: query.cursor })
}

/// A problem of the JSON inside the parameter, named as such.
fn within_filters(problem: &Problem) -> ApiError {
    let fields: Vec<FieldError> = problem
        .errors()
        .iter()
        .map(|error| FieldError { field: format!("filters{}", error.field), reason: error.reason.clone() })
        .collect();
    if fields.is_empty() {
        let reason = r#"is not a JSON array such as [{"field":"country","op":"equals","values":["DE"]}]"#;
        return Problem::invalid_field("filters", reason).into();
    }
    Invalid(fields).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_wrong_is_named_at_once() {
        let query = LogQuery {
            from: Some("yesterday".to_owned()),
            limit: Some(0),
            click_id: Some("{clickid}".to_owned()),
            ..LogQuery::default()
        };
        assert_eq!(read(query, Timestamp(0)).unwrap_err().code(), "invalid");
        let broken = LogQuery { filters: Some("country=DE".to_owned()), ..LogQuery::default() };
        assert_eq!(read(broken, Timestamp(0)).unwrap_err().code(), "invalid");
    }

    #[test]
    fn a_log_reaches_back_a_day_but_for_a_named_click() {
        let now = Timestamp(100 * DEFAULT_MS);
        let all = read(LogQuery::default(), now).unwrap();
        assert_eq!((all.from, all.to, all.limit), (Some(Timestamp(99 * DEFAULT_MS)), None, 100));
        let id = ClickId::new(Timestamp(1), 2).to_string();
        let one = read(LogQuery { click_id: Some(id.clone()), ..LogQuery::default() }, now).unwrap();
        assert_eq!(one.from, None);
        assert!(
            matches!(&one.filters[0], warehouse::Condition::Filter(filter) if filter.values == [id.as_str()])
        );
    }
}
