//! A field that is a text in one database, a number or a map in another.

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use std::fmt;

/// What of a field can be used; empty for the rest.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Loose<'a> {
    /// The text itself.
    pub(super) text: &'a str,
    /// `iso_code` or `code` of a place.
    pub(super) code: &'a str,
    /// English name of a place.
    pub(super) name: &'a str,
    number: u64,
}

impl Loose<'_> {
    /// The number, also when it is written as a text (`15169`, `AS15169`); 0 for none.
    pub(super) fn number(&self) -> u32 {
        let digits = self.text.strip_prefix("AS").unwrap_or(self.text);
        match u32::try_from(self.number) {
            Ok(0) | Err(_) => digits.parse().unwrap_or(0),
            Ok(number) => number,
        }
    }

    /// Whether it is true, also when it is written as a number or a text.
    pub(super) fn flag(&self) -> bool {
        self.number != 0 || matches!(self.text, "true" | "1" | "yes")
    }
}

impl<'a, 'de: 'a> Deserialize<'de> for Loose<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LooseVisitor).map(|loose: Loose<'de>| loose)
    }
}

struct LooseVisitor;

impl<'de> Visitor<'de> for LooseVisitor {
    type Value = Loose<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("anything")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Loose<'de>, E> {
        Ok(Loose { text, ..Loose::default() })
    }

    fn visit_str<E>(self, _: &str) -> Result<Loose<'de>, E> {
        Ok(Loose::default())
    }

    fn visit_borrowed_bytes<E>(self, _: &'de [u8]) -> Result<Loose<'de>, E> {
        Ok(Loose::default())
    }

    fn visit_bytes<E>(self, _: &[u8]) -> Result<Loose<'de>, E> {
        Ok(Loose::default())
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Loose<'de>, E> {
        Ok(Loose { number: u64::from(flag), ..Loose::default() })
    }

    fn visit_u64<E>(self, number: u64) -> Result<Loose<'de>, E> {
        Ok(Loose { number, ..Loose::default() })
    }

    fn visit_u128<E>(self, _: u128) -> Result<Loose<'de>, E> {
        Ok(Loose::default())
    }

    fn visit_i64<E>(self, number: i64) -> Result<Loose<'de>, E> {
        Ok(Loose { number: number.try_into().unwrap_or(0), ..Loose::default() })
    }

    fn visit_f64<E>(self, _: f64) -> Result<Loose<'de>, E> {
        Ok(Loose::default())
    }

    fn visit_unit<E>(self) -> Result<Loose<'de>, E> {
        Ok(Loose::default())
    }

    fn visit_none<E>(self) -> Result<Loose<'de>, E> {
        Ok(Loose::default())
    }

    /// The first of several, such as the largest of the subdivisions.
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Loose<'de>, A::Error> {
        let first = items.next_element()?.unwrap_or_default();
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(first)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Loose<'de>, A::Error> {
        let mut loose = Loose::default();
        while let Some(name) = fields.next_key::<&'de str>()? {
            match name {
                "iso_code" | "code" => loose.code = fields.next_value::<Loose<'de>>()?.text,
                "names" => loose.name = fields.next_value::<Loose<'de>>()?.name,
                "en" | "name" => loose.name = fields.next_value::<Loose<'de>>()?.text,
                _ => drop(fields.next_value::<IgnoredAny>()?),
            }
        }
        Ok(loose)
    }
}
