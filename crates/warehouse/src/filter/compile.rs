//! From a filter to a condition: the expression comes from a static table, the values become parameters.

use super::{Filter, Operator};
use crate::kind::Kind;
use crate::sql::{Bound, Params};
use crate::{Error, hour};
use signalbox_domain::{CampaignId, ClickId, ConversionId, Money};
use std::net::IpAddr;

/// Most values of a filter that compares for equality.
const VALUES_MAX: usize = 1_000;
/// Most values of a filter that looks into text.
const PATTERNS_MAX: usize = 50;
/// Longest value, bytes.
const VALUE_BYTES_MAX: usize = 4_096;

/// The condition of `filter` on `expression`; `at` is where the filter stands in the request, such as `filters[0]`.
pub(crate) fn condition(
    kind: Kind,
    expression: &str,
    filter: &Filter,
    at: &str,
    params: &mut Params,
) -> Result<String, Error> {
    if !kind.operators().contains(&filter.op) {
        let known: Vec<&str> = kind.operators().iter().map(|op| op.as_str()).collect();
        let reason = format!(
            "{} cannot be used on {}; use one of {}",
            filter.op.as_str(),
            filter.field,
            known.join(", ")
        );
        return Err(Error::invalid(format!("{at}.op"), reason));
    }
    check_values(filter, at)?;
    match filter.op {
        Operator::IsTrue => Ok(format!("({expression})")),
        Operator::IsFalse => Ok(format!("NOT ({expression})")),
        Operator::IsSet => Ok(format!("{expression} != {}", unset(kind))),
        Operator::IsNotSet => Ok(format!("{expression} = {}", unset(kind))),
        Operator::Equals => equals(kind, expression, filter, at, params),
        Operator::NotEquals => Ok(format!("NOT ({})", equals(kind, expression, filter, at, params)?)),
        Operator::Between => {
            let low = one(kind, &filter.values[0], &format!("{at}.values[0]"), params)?;
            let high = one(kind, &filter.values[1], &format!("{at}.values[1]"), params)?;
            Ok(format!("({expression} >= {low} AND {expression} <= {high})"))
        }
        Operator::GreaterThan | Operator::AtLeast | Operator::LessThan | Operator::AtMost => {
            let sign = match filter.op {
                Operator::GreaterThan => ">",
                Operator::AtLeast => ">=",
                Operator::LessThan => "<",
                _ => "<=",
            };
            Ok(format!(
                "{expression} {sign} {}",
                one(kind, &filter.values[0], &format!("{at}.values[0]"), params)?
            ))
        }
        _ => text(expression, filter, at, params),
    }
}

/// The SQL literal that means "not set".
fn unset(kind: Kind) -> String {
    match kind {
        Kind::Text => "''".to_owned(),
        // The list is this crate's own.
        Kind::Word(words) => format!("'{}'", words.first().copied().unwrap_or_default()),
        _ => "0".to_owned(),
    }
}

fn check_values(filter: &Filter, at: &str) -> Result<(), Error> {
    let (least, most) = match filter.op {
        Operator::IsSet | Operator::IsNotSet | Operator::IsTrue | Operator::IsFalse => (0, 0),
        Operator::Between => (2, 2),
        Operator::GreaterThan | Operator::AtLeast | Operator::LessThan | Operator::AtMost => (1, 1),
        Operator::Equals | Operator::NotEquals => (1, VALUES_MAX),
        _ => (1, PATTERNS_MAX),
    };
    let count = filter.values.len();
    if count < least || count > most {
        let wanted = if least == most { format!("{least}") } else { format!("{least} to {most}") };
        let reason = format!("{} takes {wanted} values, found {count}", filter.op.as_str());
        return Err(Error::invalid(format!("{at}.values"), reason));
    }
    match filter.values.iter().position(|value| value.len() > VALUE_BYTES_MAX || value.contains('\0')) {
        Some(index) => {
            let reason = format!("must be at most {VALUE_BYTES_MAX} bytes without a zero byte");
            Err(Error::invalid(format!("{at}.values[{index}]"), reason))
        }
        None => Ok(()),
    }
}

fn equals(
    kind: Kind,
    expression: &str,
    filter: &Filter,
    at: &str,
    params: &mut Params,
) -> Result<String, Error> {
    let values = filter.values.iter().enumerate();
    let list =
        |sql_type, bound, params: &mut Params| format!("{expression} IN {}", params.bind(sql_type, bound));
    match kind {
        Kind::Text => Ok(list("Array(String)", Bound::Texts(filter.values.clone()), params)),
        Kind::Word(words) => {
            for (index, value) in values {
                if !words.contains(&value.as_str()) {
                    let known: Vec<&str> = words.iter().copied().filter(|word| !word.is_empty()).collect();
                    let reason = format!("{value:?} is not one of {}", known.join(", "));
                    return Err(Error::invalid(format!("{at}.values[{index}]"), reason));
                }
            }
            Ok(list("Array(String)", Bound::Texts(filter.values.clone()), params))
        }
        Kind::Id(_) | Kind::ClickId | Kind::ConversionId | Kind::VisitorKey => {
            let numbers: Result<Vec<u128>, Error> =
                values.map(|(index, value)| id(kind, value, &format!("{at}.values[{index}]"))).collect();
            let sql_type = if matches!(kind, Kind::Id(_) | Kind::VisitorKey) {
                "Array(UInt64)"
            } else {
                "Array(UInt128)"
            };
            Ok(list(sql_type, Bound::Unsigneds(numbers?), params))
        }
        Kind::Boolean => {
            let mut any = Vec::new();
            for (index, value) in values {
                any.push(match value.as_str() {
                    "true" => format!("({expression})"),
                    "false" => format!("NOT ({expression})"),
                    _ => {
                        return Err(Error::invalid(format!("{at}.values[{index}]"), "must be true or false"));
                    }
                });
            }
            Ok(format!("({})", any.join(" OR ")))
        }
        _ => {
            let mut any = Vec::new();
            for (index, value) in values {
                let value = one(kind, value, &format!("{at}.values[{index}]"), params)?;
                any.push(format!("{expression} = {value}"));
            }
            Ok(format!("({})", any.join(" OR ")))
        }
    }
}

/// Operators that look into text; several values are alternatives.
fn text(expression: &str, filter: &Filter, at: &str, params: &mut Params) -> Result<String, Error> {
    let mut any = Vec::new();
    for (index, value) in filter.values.iter().enumerate() {
        if value.is_empty() {
            return Err(Error::invalid(format!("{at}.values[{index}]"), "must not be empty"));
        }
        let value = params.bind("String", Bound::Text(value.clone()));
        any.push(match filter.op {
            Operator::BeginsWith => format!("startsWith({expression}, {value})"),
            Operator::EndsWith => format!("endsWith({expression}, {value})"),
            Operator::Matches | Operator::NotMatches => format!("match({expression}, {value})"),
            _ => format!("positionCaseInsensitiveUTF8({expression}, {value}) > 0"),
        });
    }
    let any = format!("({})", any.join(" OR "));
    let negative = matches!(filter.op, Operator::NotContains | Operator::NotMatches);
    Ok(if negative { format!("NOT {any}") } else { any })
}

fn id(kind: Kind, text: &str, at: &str) -> Result<u128, Error> {
    let parsed = match kind {
        Kind::ClickId => text.parse::<ClickId>().map(|id| id.0),
        Kind::ConversionId => text.parse::<ConversionId>().map(|id| id.0),
        Kind::VisitorKey => {
            let key = (text.len() == 16).then(|| u64::from_str_radix(text, 16).ok()).flatten();
            let reason = || format!("{text:?} is not a visitor's key of 16 digits such as 9c1f0a7be3d24c55");
            return key.map(u128::from).ok_or_else(|| Error::invalid(at, reason()));
        }
        // All configuration ids have one form.
        _ => text.parse::<CampaignId>().map(|id| u128::from(id.0)),
    };
    parsed.map_err(|error| Error::invalid(at, format!("{text:?} is {error}")))
}

/// The placeholder of one value.
fn one(kind: Kind, value: &str, at: &str, params: &mut Params) -> Result<String, Error> {
    let number = |low: u128, high: u128| match value.parse::<u128>() {
        Ok(number) if (low..=high).contains(&number) => Ok(Bound::Unsigned(number)),
        _ => Err(Error::invalid(at, format!("{value:?} is not a number from {low} to {high}"))),
    };
    Ok(match kind {
        Kind::Weekday => params.bind("UInt64", number(1, 7)?),
        Kind::HourOfDay => params.bind("UInt64", number(0, 23)?),
        Kind::Money => {
            let money: Money =
                value.parse().map_err(|error| Error::invalid(at, format!("{value:?} {error}")))?;
            params.bind("Decimal(38, 9)", Bound::Text(money.to_string()))
        }
        Kind::Address => {
            let ip: IpAddr =
                value.parse().map_err(|_| Error::invalid(at, format!("{value:?} is not an IP address")))?;
            let ip = match ip {
                IpAddr::V4(v4) => v4.to_ipv6_mapped(),
                IpAddr::V6(v6) => v6,
            };
            params.bind("IPv6", Bound::Text(ip.to_string()))
        }
        Kind::Date => {
            let date: jiff::civil::Date = value
                .parse()
                .map_err(|_| Error::invalid(at, format!("{value:?} is not a date such as 2026-03-29")))?;
            let epoch = jiff::civil::date(1970, 1, 1);
            params.bind("Int64", Bound::Signed(date.duration_since(epoch).as_hours() / 24))
        }
        Kind::Moment => {
            let moment: jiff::Timestamp = value.parse().map_err(|_| {
                Error::invalid(at, format!("{value:?} is not a time such as 2026-03-29T14:30:00Z"))
            })?;
            params.moment(moment.as_millisecond())
        }
        Kind::Hour => {
            let code = hour::parse(value).ok_or_else(|| {
                Error::invalid(at, format!("{value:?} is not an hour such as 2026-03-29T02:00:00+02:00"))
            })?;
            params.bind("Int64", Bound::Signed(code))
        }
        _ => params.bind("UInt64", number(0, u128::from(u64::MAX))?),
    })
}
