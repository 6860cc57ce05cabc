//! What a visitor's requests look like.

use super::seed::Campaign;
use crate::world::Visitor;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use rand::Rng;
use signalbox_domain::Money;

/// The campaign link with the values that the source puts in for its tokens.
pub(super) fn link(campaign: &Campaign, random: &mut impl Rng) -> String {
    let mut url = campaign.link.clone();
    for (index, parameter) in campaign.parameters.iter().enumerate() {
        url.push(if index == 0 { '?' } else { '&' });
        url.push_str(&parameter.parameter);
        url.push('=');
        let own = campaign.source.values.get(&parameter.parameter).filter(|values| !values.is_empty());
        let value = match own {
            Some(values) => values[skewed(values.len(), random)].clone(),
            None => value_of(&parameter.role, campaign, random),
        };
        url.extend(encode(&value));
    }
    url
}

fn value_of(role: &str, campaign: &Campaign, random: &mut impl Rng) -> String {
    match role {
        "external_id" => format!("{:032x}", random.random::<u128>()),
        "cost" => bid(campaign.traffic.bid, random).to_string(),
        "site" => format!("{}", 1_482_000 + skewed(60, random) * 137),
        "ad_campaign_id" => format!("{}", 730_110 + skewed(3, random)),
        "creative_id" => format!("{}", 88_020 + skewed(6, random)),
        "keyword" => "keyword".to_owned(),
        _ => format!("v{}", skewed(8, random) + 1),
    }
}

/// What an auction asks around the bid: between 70 % and 120 % of it, to a millionth.
fn bid(about: Money, random: &mut impl Rng) -> Money {
    let nanos = about.ratio(random.random_range(700..1200), 1000).nanos();
    Money::from_nanos(nanos - nanos % 1000)
}

/// A number below `count`, small ones more often.
fn skewed(count: usize, random: &mut impl Rng) -> usize {
    let below = random.random_range(0..count.max(1)) + 1;
    random.random_range(0..below)
}

/// Percent-encoded for a query.
pub(crate) fn encode(value: &str) -> percent_encoding::PercentEncode<'_> {
    utf8_percent_encode(value, NON_ALPHANUMERIC)
}

/// Headers of a visitor's browser behind a proxy on this machine.
pub(crate) fn headers(visitor: &Visitor, referrer: Option<&str>) -> Vec<(&'static str, String)> {
    let mut headers = vec![("x-forwarded-for", visitor.ip.to_string())];
    if !visitor.user_agent.is_empty() {
        headers.push(("user-agent", visitor.user_agent.to_string()));
    }
    if !visitor.language.is_empty() {
        headers.push(("accept-language", visitor.language.to_owned()));
        headers.push(("accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8".to_owned()));
    }
    if let Some(referrer) = referrer {
        headers.push(("referer", referrer.to_owned()));
    }
    headers
}

/// A parameter of a URL, decoded.
pub(crate) fn parameter(url: &str, name: &str) -> Option<String> {
    let (_, query) = url.split_once('?')?;
    let query = query.split('#').next().unwrap_or_default();
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(found, _)| *found == name)?;
    let value = percent_decode_str(value).decode_utf8().ok()?;
    (!value.is_empty()).then(|| value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::book::{CampaignTraffic, Parameter, SourceDemo};
    use rand::{SeedableRng as _, rngs::StdRng};

    fn campaign() -> Campaign {
        let parameter = |name: &str, role: &str| Parameter { parameter: name.into(), role: role.into() };
        let values = [("set".to_owned(), vec!["look & feel {x}".to_owned()])].into();
        Campaign {
            link: "http://t/shoes".to_owned(),
            parameters: vec![
                parameter("set", "sub_id_1"),
                parameter("price", "cost"),
                parameter("e", "external_id"),
            ],
            source: SourceDemo { referrers: Vec::new(), values },
            traffic: CampaignTraffic {
                share: 1,
                countries: [("US".to_owned(), 1)].into(),
                mobile_percent: 50,
                bid: "0.0042".parse().unwrap(),
                landing_percent: 10,
                conversion_permille: 10,
            },
        }
    }

    #[test]
    fn links_carry_encoded_values_and_exact_costs() {
        let mut random = StdRng::seed_from_u64(3);
        for _ in 0..200 {
            let url = link(&campaign(), &mut random);
            assert!(url.starts_with("http://t/shoes?set=look%20%26%20feel%20%7Bx%7D&price="), "{url}");
            assert_eq!(parameter(&url, "set").as_deref(), Some("look & feel {x}"));
            let cost: Money = parameter(&url, "price").unwrap().parse().unwrap();
            assert!(cost >= "0.00294".parse().unwrap() && cost < "0.00504".parse().unwrap(), "{cost}");
            assert_eq!(parameter(&url, "e").unwrap().len(), 32);
        }
    }

    #[test]
    fn parameters_are_read_up_to_the_fragment() {
        assert_eq!(parameter("https://a/?x=1&y=%61b#y=2", "y").as_deref(), Some("ab"));
        assert_eq!(parameter("https://a/?x=", "x"), None);
        assert_eq!(parameter("https://a/", "x"), None);
    }

    #[test]
    fn machines_name_no_language() {
        let visitor =
            Visitor { ip: [1, 2, 3, 4].into(), user_agent: "curl/8".into(), language: "", bot: true };
        let headers = headers(&visitor, None);
        assert_eq!(headers, [("x-forwarded-for", "1.2.3.4".to_owned()), ("user-agent", "curl/8".to_owned())]);
    }
}
