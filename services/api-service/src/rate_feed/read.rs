//! Reading rates from what a server answered. Pure.
//!
//! Promises: any text is read or refused with a sentence, in time that grows with its length; what is read has rates above 0, each
//! currency once. Never: quotes the text in the sentence, because it may be the answer of a server that is nobody's business.

use jiff::civil::Date;
use serde_json::{Map, Value};
use signalbox_domain::{Currency, Money, Quotes};
use std::collections::BTreeMap;

/// Most currencies of one answer: there are fewer than 200 in the world.
const CURRENCIES_MAX: usize = 1_000;
/// Digits of a number that are looked at.
const DIGITS_MAX: usize = 60;
/// A document without a date is of the day on which it was asked for.
pub const DAY_OF_ASKING: Option<Date> = None;

/// The daily reference rates of the European Central Bank: `<Cube time='…'>` and in it a `<Cube currency='…' rate='…'/>` for each
/// currency, what one euro is worth.
///
/// # Errors
/// A sentence.
pub fn read_ecb(text: &str) -> Result<(Date, Quotes), String> {
    let mut day = None;
    let mut found = BTreeMap::new();
    for attributes in tags(text, "Cube") {
        let attribute = |name| attribute(attributes, name);
        if let Some(time) = attribute("time") {
            let date: Date = time.parse().map_err(|_| "the day of the rates is no date".to_owned())?;
            if day.replace(date).is_some_and(|other| other != date) {
                return Err("has the rates of more than one day; the daily file is needed".to_owned());
            }
        }
        if let (Some(currency), Some(rate)) = (attribute("currency"), attribute("rate")) {
            take(&mut found, currency, rate)?;
        }
    }
    let day = day.ok_or("is not the daily file of reference rates: no <Cube time=…> is in it")?;
    let base = "EUR".parse().map_err(|_| "no euro".to_owned())?;
    quotes(base, found).map(|quotes| (day, quotes))
}

/// A JSON document that says what one unit of `base` is worth: `base` is a currency or a pointer to one, `rates` points to the numbers.
///
/// # Errors
/// A sentence.
pub fn read_json(text: &str, base: &str, rates: &str) -> Result<Quotes, String> {
    let document: Value = serde_json::from_str(text).map_err(|_| "is no JSON document".to_owned())?;
    let base = match base.starts_with('/') {
        true => document
            .pointer(base)
            .and_then(Value::as_str)
            .ok_or("has no text where the base is said to be")?,
        false => base,
    };
    let base: Currency = base.parse().map_err(|_| "the base is no currency such as USD".to_owned())?;
    let missing = "has no object where the rates are said to be";
    let all: &Map<String, Value> = document.pointer(rates).and_then(Value::as_object).ok_or(missing)?;
    let mut found = BTreeMap::new();
    for (name, value) in all {
        match value {
            Value::Number(number) => take(&mut found, name, &number.to_string())?,
            Value::String(number) => take(&mut found, name, number)?,
            _ => {}
        }
    }
    quotes(base, found)
}

fn quotes(base: Currency, mut found: BTreeMap<Currency, Money>) -> Result<Quotes, String> {
    found.remove(&base);
    if found.is_empty() {
        return Err("has no rate of any currency".to_owned());
    }
    Ok(Quotes { base, of: found.into_iter().collect() })
}

/// Keeps a rate; what is no currency or no number above 0 is left out, as services list gold and worse.
fn take(found: &mut BTreeMap<Currency, Money>, currency: &str, rate: &str) -> Result<(), String> {
    let (Ok(currency), Some(rate)) = (currency.parse(), decimal(rate)) else { return Ok(()) };
    found.insert(currency, rate);
    if found.len() > CURRENCIES_MAX {
        return Err(format!("has more than {CURRENCIES_MAX} currencies"));
    }
    Ok(())
}

/// A number above 0 such as `1.0928`, `16000` or `6.1e-5`, rounded half up at nine decimals; nothing when that is 0 or beyond a trillion.
fn decimal(text: &str) -> Option<Money> {
    let text = text.trim();
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = [whole, fraction].concat();
    let sound = !digits.is_empty() && digits.len() <= DIGITS_MAX && exponent.unsigned_abs() < 100;
    if !sound || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // Where the point stands, and with it the last digit that is kept, counted from the first.
    let point = i32::try_from(whole.len()).ok()? + exponent;
    let kept = usize::try_from(point + 9).ok()?;
    let mut nanos: i128 = 0;
    for digit in digits.bytes().chain(std::iter::repeat_n(b'0', kept.saturating_sub(digits.len()))).take(kept)
    {
        nanos = nanos.checked_mul(10)?.checked_add(i128::from(digit - b'0'))?;
    }
    if digits.as_bytes().get(kept).is_some_and(|next| *next >= b'5') {
        nanos += 1;
    }
    let greatest = signalbox_domain::money::WHOLE_UNITS_MAX * 1_000_000_000;
    (nanos > 0 && nanos <= greatest).then(|| Money::from_nanos(nanos))
}

/// What stands in the opening tags of an element, without regard to namespaces; comments are passed over.
fn tags<'a>(text: &'a str, element: &'a str) -> impl Iterator<Item = &'a str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            let begun = &rest[rest.find('<')? + 1..];
            if let Some(comment) = begun.strip_prefix("!--") {
                rest = &comment[comment.find("-->")? + 3..];
                continue;
            }
            let end = begun.find('>')?;
            let tag = &begun[..end];
            rest = &begun[end + 1..];
            let name = tag.split(|it: char| it.is_whitespace() || it == '/').next().unwrap_or_default();
            if name.rsplit(':').next() == Some(element) {
                return Some(&tag[name.len()..]);
            }
        }
    })
}

/// The value of an attribute in single or double quotes.
fn attribute<'a>(attributes: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = attributes;
    loop {
        let (before, after) = rest.split_once('=')?;
        let after = after.trim_start();
        let quote = after.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
        let (value, further) = after[1..].split_once(quote)?;
        if before.trim() == name {
            return Some(value);
        }
        rest = further;
    }
}

#[cfg(test)]
mod tests;
