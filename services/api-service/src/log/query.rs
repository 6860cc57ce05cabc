//! A page of a log as it was asked for.

use crate::{
    app::App,
    error::ApiError,
    report::{filters, moment},
    types::{Condition, Filter, FilterOp, LIMIT_DEFAULT, LIMIT_MAX, LogQuery},
};
use jiff::tz::TimeZone;
use signalbox_chassis::{extract::parse_json, problem::Problem};
use signalbox_domain::{ClickId, FieldError, Invalid, Scope, Timestamp};
use signalbox_warehouse as warehouse;

/// How far back a log reaches when nothing is said.
const DEFAULT_MS: i64 = 24 * 3_600_000;
/// Most filters.
const FILTERS_MAX: usize = 50;

/// The warehouse's query; days begin and end in the timezone of the workspace.
///
/// # Errors
/// 422 naming the parameter; when the catalog does not answer.
pub async fn read(app: &App, scope: &Scope, query: LogQuery) -> Result<warehouse::LogQuery, ApiError> {
    let is_day = |text: &Option<String>| text.as_deref().is_some_and(|text| text.trim().len() == 10);
    let timezone = if is_day(&query.from) || is_day(&query.to) {
        let workspace = app.catalog().workspaces().get(scope, scope.workspace).await?.value;
        TimeZone::get(&workspace.timezone).map_err(Problem::internal)?
    } else {
        TimeZone::UTC
    };
    read_in(query, &timezone, app.now())
}

fn read_in(query: LogQuery, timezone: &TimeZone, now: Timestamp) -> Result<warehouse::LogQuery, ApiError> {
    let mut errors = Vec::new();
    let mut at = |field: &str, text: &Option<String>, end_of_day: bool| {
        let parsed = text.as_deref().map(|text| moment(text, timezone, end_of_day)).transpose();
        parsed.unwrap_or_else(|reason| {
            errors.push(FieldError { field: field.to_owned(), reason });
            None
        })
    };
    let (from, to) = (at("from", &query.from, false), at("to", &query.to, true));
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

    fn read(query: LogQuery, now: Timestamp) -> Result<warehouse::LogQuery, ApiError> {
        read_in(query, &TimeZone::UTC, now)
    }

    #[test]
    fn days_are_those_of_the_timezone_and_the_last_one_is_whole() {
        let query = |from: &str, to: &str| LogQuery {
            from: Some(from.to_owned()),
            to: Some(to.to_owned()),
            ..LogQuery::default()
        };
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        // Clocks go forward that night, so the day has 23 hours.
        let found = read_in(query("2026-03-29", "2026-03-29"), &berlin, Timestamp(0)).unwrap();
        let (from, to) = (found.from.unwrap(), found.to.unwrap());
        assert_eq!(
            (from.to_rfc3339().as_str(), to.since_ms(from)),
            ("2026-03-28T23:00:00.000Z", 23 * 3_600_000)
        );
        let found =
            read_in(query("2026-03-29T10:00:00Z", "2026-03-29T11:00:00Z"), &berlin, Timestamp(0)).unwrap();
        assert_eq!(found.to.unwrap().since_ms(found.from.unwrap()), 3_600_000);
    }

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
