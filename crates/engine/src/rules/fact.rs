//! What a criterion finds in a request, as text.

use crate::Request;
use signalbox_domain::{ConnectionType, Criterion, DeviceType};

/// Room for a number as text.
pub(super) type Buffer = [u8; 10];

/// What a request has for a criterion.
pub(super) struct Fact<'a> {
    /// Empty when unknown, but for kinds whose word for it is `unknown`.
    pub(super) text: &'a str,
    /// Whether anything is known.
    pub(super) known: bool,
}

/// Looks up a criterion that is text. Criteria of time have none.
pub(super) fn text<'a>(criterion: &Criterion, request: &Request<'a>, buffer: &'a mut Buffer) -> Fact<'a> {
    let visitor = request.visitor;
    let (geo, device) = (&visitor.geo, &visitor.device);
    let text: &str = match criterion {
        Criterion::Country => &geo.country,
        Criterion::Continent => &geo.continent,
        Criterion::Region => &geo.region,
        Criterion::City => &geo.city,
        Criterion::Isp => &geo.isp,
        Criterion::Asn => number(geo.asn, buffer),
        Criterion::ConnectionType => {
            let known = geo.connection != ConnectionType::Unknown;
            return Fact { text: geo.connection.as_str(), known };
        }
        Criterion::Language => &visitor.language,
        Criterion::DeviceType => {
            return Fact { text: device.kind.as_str(), known: device.kind != DeviceType::Unknown };
        }
        Criterion::DeviceBrand => &device.brand,
        Criterion::DeviceModel => &device.model,
        Criterion::Os => &device.os.name,
        Criterion::OsVersion => &device.os.version,
        Criterion::Browser => &device.browser.name,
        Criterion::BrowserVersion => &device.browser.version,
        Criterion::UserAgent => &visitor.user_agent,
        Criterion::Referrer => request.referrer,
        Criterion::ReferrerDomain => request.referrer_domain,
        Criterion::Bot => truth(visitor.bot.is_bot()),
        Criterion::Unique => truth(request.unique_campaign),
        Criterion::Query(name) => request.query.get(name).unwrap_or_default(),
        Criterion::SubId(number) => request.params.sub_id(*number),
        Criterion::TimeOfDay | Criterion::Weekday | Criterion::Date => "",
    };
    Fact { text, known: !text.is_empty() }
}

const fn truth(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}

/// `value` as decimal digits; empty for 0, which means unknown.
fn number(mut value: u32, buffer: &mut Buffer) -> &str {
    let mut start = buffer.len();
    while value > 0 {
        start -= 1;
        buffer[start] = b'0' + (value % 10) as u8;
        value /= 10;
    }
    std::str::from_utf8(&buffer[start..]).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_have_their_digits_and_zero_is_unknown() {
        for value in [1, 9, 10, 13_335, u32::MAX] {
            assert_eq!(number(value, &mut [0; 10]), value.to_string());
        }
        assert_eq!(number(0, &mut [0; 10]), "");
    }
}
