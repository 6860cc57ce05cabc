//! Scalars with one text form, and their schemas.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use signalbox_domain::Timestamp;
use std::borrow::Cow;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, SchemaFormat, Type},
};

/// Declares a name in the schema for a domain scalar that is text in JSON.
macro_rules! text_schema {
    ($name:ident, $example:literal, $pattern:expr, $description:literal) => {
        #[doc = $description]
        pub enum $name {}

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let pattern: Option<&str> = $pattern;
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .description(Some($description))
                    .pattern(pattern)
                    .examples([serde_json::Value::from($example)])
                    .into()
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                stringify!($name).into()
            }
        }
    };
}

text_schema!(
    Id,
    "0d3k5v8t2m9qa",
    Some("^[0-9a-hjkmnp-tv-z]{13}$"),
    "Identifier of a configuration object: 13 characters, time-ordered; case does not matter on input."
);
text_schema!(
    EventId,
    "01jc3v7h9w2r8xk5t0m4e6n1qa",
    Some("^[0-9a-hjkmnp-tv-z]{26}$"),
    "Identifier of a click or a conversion: 26 characters, time-ordered; case does not matter on input."
);
text_schema!(
    Money,
    "1.25",
    Some("^[-+]?[0-9]*[.]?[0-9]*$"),
    "Exact amount as a decimal with at most nine decimals; always text, never a JSON number."
);
text_schema!(Currency, "USD", Some("^[A-Z]{3}$"), "ISO 4217 code: three letters.");
text_schema!(
    Percent,
    "12.5",
    Some("^[0-9]*[.]?[0-9]*$"),
    "Percentage as a decimal with at most four decimals, as text."
);
text_schema!(Timezone, "Europe/Berlin", None, "IANA timezone name.");

/// A moment as RFC 3339 text in UTC with milliseconds; any offset is understood on input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(pub Timestamp);

impl PartialSchema for Time {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(utoipa::openapi::KnownFormat::DateTime)))
            .description(Some(
                "Moment as RFC 3339 text; answers are in UTC with milliseconds, any offset is understood.",
            ))
            .examples([serde_json::Value::from("2026-05-01T12:30:00.000Z")])
            .into()
    }
}

impl ToSchema for Time {
    fn name() -> Cow<'static, str> {
        "Time".into()
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_rfc3339())
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse_time(&text).map(Self).map_err(serde::de::Error::custom)
    }
}

impl From<Timestamp> for Time {
    fn from(at: Timestamp) -> Self {
        Self(at)
    }
}

/// Reads RFC 3339 text of any offset, from 1970 to 9999.
///
/// # Errors
/// A sentence that names the right form.
pub fn parse_time(text: &str) -> Result<Timestamp, String> {
    let parsed: Option<jiff::Timestamp> = text.trim().parse().ok();
    parsed
        .map(|at| Timestamp(at.as_millisecond()))
        .filter(|at| at.0 >= 0)
        .ok_or_else(|| format!("{text:?} is not a time such as 2026-05-01T12:30:00Z"))
}
