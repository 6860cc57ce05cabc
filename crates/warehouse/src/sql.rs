//! Values bound to a statement. A caller's text only ever travels as a parameter beside the SQL, never in it.

use clickhouse::query::Query;
use signalbox_domain::Timestamp;

/// A day of UTC, milliseconds.
pub(crate) const DAY_MS: i64 = 86_400_000;

/// What a range of `click_at` means for the days of `facts`, as an addition to its condition; empty without a range. Days are in the order key
/// before campaigns, moments after them, and ClickHouse does not conclude one from the other: without this a day is looked for in all
/// of its month (1,163 granules of 8,192 rows instead of 44). It chooses what is read and is not computed for any row.
pub(crate) fn in_days(from: Option<Timestamp>, to: Option<Timestamp>) -> String {
    // ClickHouse's days go from 1970 to 2149.
    let day = |ms: i64| u16::try_from(ms.div_euclid(DAY_MS).max(0)).unwrap_or(u16::MAX);
    let from = from.map(|from| format!("toDate(click_at) >= toDate({})", day(from.0)));
    let to = to.map(|to| format!("toDate(click_at) <= toDate({})", day(to.0.saturating_sub(1))));
    let both: Vec<String> = from.into_iter().chain(to).collect();
    if both.is_empty() { String::new() } else { format!(" AND indexHint({})", both.join(" AND ")) }
}

/// A value of a parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Bound {
    /// `String`, `Date`, `IPv6`, `Decimal(38, 9)` and others that are given as text.
    Text(String),
    /// `Array(String)`.
    Texts(Vec<String>),
    /// Unsigned integers.
    Unsigned(u128),
    /// `Array(UInt64)`, `Array(UInt128)`.
    Unsigneds(Vec<u128>),
    /// Signed integers.
    Signed(i64),
}

/// The parameters of one statement, named `p0`, `p1`, ….
#[derive(Debug, Default)]
pub(crate) struct Params {
    values: Vec<Bound>,
}

impl Params {
    /// Adds a value; the placeholder to write into the SQL. `sql_type` is always a literal of this crate.
    pub fn bind(&mut self, sql_type: &'static str, value: Bound) -> String {
        self.values.push(value);
        format!("{{p{}:{sql_type}}}", self.values.len() - 1)
    }

    /// A moment as a `DateTime64(3, 'UTC')` expression.
    pub fn moment(&mut self, ms: i64) -> String {
        format!("fromUnixTimestamp64Milli({}, 'UTC')", self.bind("Int64", Bound::Signed(ms)))
    }

    /// Gives every value to the query.
    pub fn apply(self, mut query: Query) -> Query {
        for (index, value) in self.values.into_iter().enumerate() {
            let name = format!("p{index}");
            query = match value {
                Bound::Text(text) => query.param(&name, text),
                Bound::Texts(texts) => query.param(&name, texts),
                Bound::Unsigned(number) => query.param(&name, number),
                Bound::Unsigneds(numbers) => query.param(&name, numbers),
                Bound::Signed(number) => query.param(&name, number),
            };
        }
        query
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_said_in_the_days_that_it_touches() {
        let at = |ms: i64| Some(Timestamp(ms));
        let days = |from, to| in_days(from, to);
        assert_eq!(days(None, None), "");
        assert_eq!(days(at(DAY_MS - 1), None), " AND indexHint(toDate(click_at) >= toDate(0))");
        assert_eq!(
            days(at(DAY_MS), at(2 * DAY_MS)),
            " AND indexHint(toDate(click_at) >= toDate(1) AND toDate(click_at) <= toDate(1))"
        );
        assert_eq!(days(None, at(2 * DAY_MS + 1)), " AND indexHint(toDate(click_at) <= toDate(2))");
        assert_eq!(
            days(at(i64::MIN), at(i64::MAX)),
            " AND indexHint(toDate(click_at) >= toDate(0) AND toDate(click_at) <= toDate(65535))"
        );
    }
}
