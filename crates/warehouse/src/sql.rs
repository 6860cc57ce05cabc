//! Values bound to a statement. A caller's text only ever travels as a parameter beside the SQL, never in it.

use clickhouse::query::Query;

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
