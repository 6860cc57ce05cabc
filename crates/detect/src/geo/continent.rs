//! Which continent a country is on, for databases that do not say. Turkey, Cyprus and the Caucasus count as Asia, Russia as Europe, as
//! MaxMind and GeoNames have it.

use crate::words::Words;

const CONTINENTS: &[(&str, &[&str])] = &[
    (
        "AF",
        &[
            "AO", "BF", "BI", "BJ", "BW", "CD", "CF", "CG", "CI", "CM", "CV", "DJ", "DZ", "EG", "EH", "ER",
            "ET", "GA", "GH", "GM", "GN", "GQ", "GW", "KE", "KM", "LR", "LS", "LY", "MA", "MG", "ML", "MR",
            "MU", "MW", "MZ", "NA", "NE", "NG", "RE", "RW", "SC", "SD", "SH", "SL", "SN", "SO", "SS", "ST",
            "SZ", "TD", "TG", "TN", "TZ", "UG", "YT", "ZA", "ZM", "ZW",
        ],
    ),
    ("AN", &["AQ", "BV", "GS", "HM", "TF"]),
    (
        "AS",
        &[
            "AE", "AF", "AM", "AZ", "BD", "BH", "BN", "BT", "CC", "CN", "CX", "CY", "GE", "HK", "ID", "IL",
            "IN", "IO", "IQ", "IR", "JO", "JP", "KG", "KH", "KP", "KR", "KW", "KZ", "LA", "LB", "LK", "MM",
            "MN", "MO", "MV", "MY", "NP", "OM", "PH", "PK", "PS", "QA", "SA", "SG", "SY", "TH", "TJ", "TL",
            "TM", "TR", "TW", "UZ", "VN", "YE",
        ],
    ),
    (
        "EU",
        &[
            "AD", "AL", "AT", "AX", "BA", "BE", "BG", "BY", "CH", "CZ", "DE", "DK", "EE", "ES", "EU", "FI",
            "FO", "FR", "GB", "GG", "GI", "GR", "HR", "HU", "IE", "IM", "IS", "IT", "JE", "LI", "LT", "LU",
            "LV", "MC", "MD", "ME", "MK", "MT", "NL", "NO", "PL", "PT", "RO", "RS", "RU", "SE", "SI", "SJ",
            "SK", "SM", "UA", "VA", "XK",
        ],
    ),
    (
        "NA",
        &[
            "AG", "AI", "AW", "BB", "BL", "BM", "BQ", "BS", "BZ", "CA", "CR", "CU", "CW", "DM", "DO", "GD",
            "GL", "GP", "GT", "HN", "HT", "JM", "KN", "KY", "LC", "MF", "MQ", "MS", "MX", "NI", "PA", "PM",
            "PR", "SV", "SX", "TC", "TT", "US", "VC", "VG", "VI",
        ],
    ),
    (
        "OC",
        &[
            "AS", "AU", "CK", "FJ", "FM", "GU", "KI", "MH", "MP", "NC", "NF", "NR", "NU", "NZ", "PF", "PG",
            "PN", "PW", "SB", "TK", "TO", "TV", "UM", "VU", "WF", "WS",
        ],
    ),
    ("SA", &["AR", "BO", "BR", "CL", "CO", "EC", "FK", "GF", "GY", "PE", "PY", "SR", "UY", "VE"]),
];

/// The continent of a country code in capitals; empty when unknown.
pub(super) fn of(country: &str) -> &'static str {
    let found = CONTINENTS.iter().find(|(_, countries)| countries.contains(&country));
    found.map_or("", |(continent, _)| continent)
}

/// All codes of countries and continents.
pub(super) fn words() -> Words {
    let countries = CONTINENTS
        .iter()
        .flat_map(|(continent, countries)| std::iter::once(*continent).chain(countries.iter().copied()));
    Words::new(countries.chain([""]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_country_is_on_one_continent() {
        let mut all: Vec<_> = CONTINENTS.iter().flat_map(|(_, countries)| countries.iter()).collect();
        assert_eq!(all.len(), 251);
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 251);
        for (country, continent) in [
            ("DE", "EU"),
            ("US", "NA"),
            ("BR", "SA"),
            ("AU", "OC"),
            ("JP", "AS"),
            ("ZA", "AF"),
            ("ZZ", ""),
            ("", ""),
        ] {
            assert_eq!(of(country), continent);
        }
    }
}
