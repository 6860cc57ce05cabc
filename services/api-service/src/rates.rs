//! Reading exchange rates from a table: `currency;rate;since`, one rate a line. Pure.

use crate::costs::table;
use signalbox_domain::{Currency, CurrencyRate, Money, RATES_MAX, RateSource, Timestamp, Workspace};

/// What separates cells, in the order of preference.
const SEPARATORS: [char; 3] = [';', '\t', ','];

/// A line of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateLine {
    /// Which, from 1.
    pub line: u32,
    /// The rate; or why it is none, in a sentence with the fix.
    pub rate: Result<CurrencyRate, String>,
}

/// The rates of a text, for a workspace: days begin in its timezone.
///
/// # Errors
/// A sentence, when nothing of the text can be read or it is too much.
pub fn read_rates(text: &str, (workspace, now): (&Workspace, Timestamp)) -> Result<Vec<RateLine>, String> {
    let text = text.trim_start_matches('\u{feff}');
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let separator = SEPARATORS.into_iter().find(|separator| first.contains(*separator)).unwrap_or(';');
    let filled = |(_, cells): &(u32, Vec<String>)| cells.iter().any(|cell| !cell.trim().is_empty());
    let rows: Vec<(u32, Vec<String>)> = table(text, separator)?.into_iter().filter(filled).collect();
    let named =
        |cells: &[String]| cells.first().is_some_and(|cell| cell.trim().eq_ignore_ascii_case("currency"));
    let names = rows.first().is_some_and(|(_, cells)| named(cells));
    let rows = rows.into_iter().skip(names.into());
    let lines: Vec<RateLine> =
        rows.map(|(line, cells)| RateLine { line, rate: read(&cells, workspace, now) }).collect();
    match lines.len() {
        0 => Err("has no rates: one a line, such as EUR;1.08;2026-03-01".to_owned()),
        count if count > RATES_MAX => Err(format!("has {count} rates; {RATES_MAX} are allowed")),
        _ => Ok(lines),
    }
}

fn read(cells: &[String], workspace: &Workspace, now: Timestamp) -> Result<CurrencyRate, String> {
    let cell = |index: usize| cells.get(index).map(|cell| cell.trim()).unwrap_or_default();
    if cells.len() > 3 {
        return Err(
            "has more than three cells: currency, rate and the day from when on it is in force".to_owned()
        );
    }
    let currency: Currency =
        cell(0).to_ascii_uppercase().parse().map_err(|error| format!("{:?} {error}", cell(0)))?;
    if currency == workspace.currency {
        return Err(format!("{currency} is the workspace's own currency"));
    }
    let rate: Option<Money> = cell(1).replace(',', ".").parse().ok();
    let rate = rate.filter(|rate| *rate > Money::ZERO);
    let rate = rate.ok_or_else(|| format!("{:?} is no rate above 0 such as 1.08", cell(1)))?;
    let since = since(cell(2), workspace)?;
    if since.is_some_and(|since| since > now) {
        return Err(format!("{:?} is in the future", cell(2)));
    }
    Ok(CurrencyRate { currency, rate, since, source: RateSource::Manual })
}

/// A day in the workspace's timezone, or a moment; nothing: from the beginning.
fn since(text: &str, workspace: &Workspace) -> Result<Option<Timestamp>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    if let Ok(moment) = crate::types::parse_time(text) {
        return Ok(Some(moment));
    }
    let day: Option<jiff::civil::Date> = text.parse().ok();
    let begun = day.and_then(|day| day.in_tz(&workspace.timezone).ok());
    let moment = begun.map(|begun| Timestamp(begun.timestamp().as_millisecond())).filter(|it| it.0 >= 0);
    moment.map(Some).ok_or_else(|| {
        format!("{text:?} is no day such as 2026-03-01 and no time such as 2026-03-01T12:00:00Z")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line, and its rate as text or why it is none.
    type Read = (u32, Result<String, String>);

    fn read_all(text: &str) -> Result<Vec<Read>, String> {
        let fields = serde_json::json!({
            "id": "0000000000001", "name": "W", "currency": "USD", "timezone": "Europe/Berlin",
        });
        let workspace: Workspace = serde_json::from_value(fields).unwrap();
        let shown = |it: CurrencyRate| {
            format!(
                "{} {} {}",
                it.currency,
                it.rate,
                it.since.map_or_else(String::new, Timestamp::to_rfc3339)
            )
        };
        let lines = read_rates(text, (&workspace, Timestamp(1_790_000_000_000)))?;
        Ok(lines.into_iter().map(|it| (it.line, it.rate.map(shown))).collect())
    }

    #[test]
    fn tables_are_read_with_and_without_names() {
        let expected = vec![
            (2, Ok("EUR 1.08 2026-02-28T23:00:00.000Z".to_owned())),
            (3, Ok("GBP 1.25 2026-03-01T12:00:00.000Z".to_owned())),
            (5, Ok("JPY 0.0068 ".to_owned())),
        ];
        let table =
            "currency;rate;since\neur;1,08;2026-03-01\nGBP; 1.25 ;2026-03-01T13:00:00+01:00\n\nJPY;0.0068;\n";
        assert_eq!(read_all(table), Ok(expected));
        assert_eq!(read_all("EUR,1.08"), Ok(vec![(1, Ok("EUR 1.08 ".to_owned()))]));
        assert_eq!(read_all("EUR\t1.08\t"), Ok(vec![(1, Ok("EUR 1.08 ".to_owned()))]));
    }

    #[test]
    fn what_is_no_rate_is_said_by_line() {
        for (line, word) in [
            ("EURO;1", "EURO"),
            ("USD;1", "own currency"),
            ("EUR;0", "above 0"),
            ("EUR;x", "above 0"),
            ("EUR;1;yesterday", "2026-03-01"),
            ("EUR;1;2026-02-30", "2026-03-01"),
            ("EUR;1;2026-02-03;x", "three cells"),
            ("EUR;1;2030-01-01", "in the future"),
        ] {
            let read = read_all(line).unwrap();
            assert!(read[0].1.as_ref().is_err_and(|reason| reason.contains(word)), "{line}: {read:?}");
        }
        assert!(read_all("currency;rate;since\n").is_err() && read_all("").is_err());
    }
}
