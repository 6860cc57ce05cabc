//! Counters as text: short, because totals are written every second.
//!
//! A subject is a letter and its ids (`c`, `s`, `d`, `r`). A series is `EVER|QUARTER:TALLY;DISTANCE:TALLY;…`, a tally
//! `clicks,conversions,cost,revenue` without zeros at its end.

use std::fmt::Write as _;
use std::str::FromStr;

use signalbox_domain::{Money, Quarter, Series, Subject, Tally};

/// Characters of a configuration id.
const ID: usize = 13;

/// Writes a subject.
pub(super) fn subject(subject: Subject) -> String {
    match subject {
        Subject::Campaign(id) => format!("c{id}"),
        Subject::Stream(id) => format!("s{id}"),
        Subject::Destination(id) => format!("d{id}"),
        Subject::Route(stream, destination) => format!("r{stream}{destination}"),
    }
}

/// Reads a subject.
pub(super) fn parse_subject(text: &str) -> Option<Subject> {
    let ids = text.get(1..)?;
    Some(match text.get(..1)? {
        "c" => Subject::Campaign(ids.parse().ok()?),
        "s" => Subject::Stream(ids.parse().ok()?),
        "d" => Subject::Destination(ids.parse().ok()?),
        "r" => Subject::Route(ids.get(..ID)?.parse().ok()?, ids.get(ID..)?.parse().ok()?),
        _ => return None,
    })
}

/// Writes a series.
pub(super) fn series(series: &Series) -> String {
    let mut text = String::new();
    tally(&mut text, series.ever());
    text.push('|');
    let mut before = 0;
    for (quarter, of_quarter) in series.quarters() {
        if before != 0 {
            text.push(';');
        }
        // Writing to a string cannot fail.
        let _ = write!(text, "{}:", quarter.0 - before);
        tally(&mut text, of_quarter);
        before = quarter.0;
    }
    text
}

fn tally(text: &mut String, tally: &Tally) {
    let start = text.len();
    if tally.clicks != 0 {
        let _ = write!(text, "{}", tally.clicks);
    }
    text.push(',');
    if tally.conversions != 0 {
        let _ = write!(text, "{}", tally.conversions);
    }
    for amount in [tally.cost, tally.revenue] {
        text.push(',');
        if !amount.is_zero() {
            let _ = write!(text, "{amount}");
        }
    }
    let kept = text[start..].trim_end_matches(',').len();
    text.truncate(start + kept);
}

/// Reads a series.
pub(super) fn parse_series(text: &str) -> Option<Series> {
    let (ever, quarters) = text.split_once('|')?;
    let mut at = 0_u32;
    let mut parsed = Vec::new();
    for part in quarters.split(';').filter(|part| !part.is_empty()) {
        let (distance, of_quarter) = part.split_once(':')?;
        at = at.checked_add(distance.parse().ok()?)?;
        parsed.push((Quarter(at), parse_tally(of_quarter)?));
    }
    Some(Series::from_parts(parsed, parse_tally(ever)?))
}

fn parse_tally(text: &str) -> Option<Tally> {
    let mut parts = text.split(',');
    Some(Tally {
        clicks: part(&mut parts)?,
        conversions: part(&mut parts)?,
        cost: part::<Money>(&mut parts)?,
        revenue: part::<Money>(&mut parts)?,
    })
}

fn part<'a, T: FromStr + Default>(parts: &mut impl Iterator<Item = &'a str>) -> Option<T> {
    match parts.next() {
        None | Some("") => Some(T::default()),
        Some(text) => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use signalbox_domain::{CampaignId, DestinationId, StreamId, Timestamp};

    use super::*;

    #[test]
    fn everything_is_read_back() {
        for one in [
            Subject::Campaign(CampaignId(1)),
            Subject::Stream(StreamId(u64::MAX)),
            Subject::Destination(DestinationId(77)),
            Subject::Route(StreamId(5), DestinationId(6)),
        ] {
            assert_eq!(parse_subject(&subject(one)), Some(one));
        }
        let mut counted = Series::default();
        assert_eq!(series(&counted), "|");
        assert_eq!(parse_series("|"), Some(counted.clone()));
        let money = |text: &str| text.parse::<Money>().unwrap();
        let tallies = [
            Tally { clicks: 3, ..Tally::default() },
            Tally { conversions: -1, revenue: money("-2.5"), ..Tally::default() },
            Tally { clicks: 1, cost: money("0.000000001"), ..Tally::default() },
        ];
        for (number, tally) in tallies.iter().enumerate() {
            counted.add(Timestamp(1_800_000_000_000 + 900_000 * number as i64), tally);
        }
        assert_eq!(series(&counted), "4,-1,0.000000001,-2.5|2000000:3;1:,-1,,-2.5;1:1,,0.000000001");
        assert_eq!(parse_series(&series(&counted)), Some(counted));
        for broken in ["", "x|", "1|5", "1|5:x", "1|99999999999:1"] {
            assert_eq!(parse_series(broken), None, "{broken}");
        }
    }
}
