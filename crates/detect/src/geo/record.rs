//! Records of geo databases: the flat shape of DB-IP's packages and the nested one of MaxMind, IP2Location and DB-IP's own downloads.

use serde::Deserialize;

/// What one or several databases say about an address; empty is unknown.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Record<'a> {
    pub(super) country: &'a str,
    pub(super) continent: &'a str,
    pub(super) region: &'a str,
    pub(super) city: &'a str,
    pub(super) isp: &'a str,
    pub(super) connection: &'a str,
    pub(super) asn: u32,
}

impl<'a> Record<'a> {
    /// Takes what is still unknown from another database.
    pub(super) fn fill_from(&mut self, other: &Record<'a>) {
        // A region or city of another country would be nonsense.
        let same_country = self.country.is_empty()
            || other.country.is_empty()
            || self.country.eq_ignore_ascii_case(other.country);
        if same_country {
            fill(&mut self.region, other.region);
            fill(&mut self.city, other.city);
            fill(&mut self.continent, other.continent);
        }
        fill(&mut self.country, other.country);
        fill(&mut self.isp, other.isp);
        fill(&mut self.connection, other.connection);
        if self.asn == 0 {
            self.asn = other.asn;
        }
    }
}

fn fill<'a>(slot: &mut &'a str, text: &'a str) {
    if slot.is_empty() {
        *slot = text;
    }
}

/// Every field any of the shapes has. A field of an unexpected type makes the record unreadable, which is unknown.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Raw<'a> {
    // Flat (DB-IP packages).
    country_code: &'a str,
    state1: &'a str,
    // A text when flat, a map when nested.
    #[serde(borrow)]
    city: City<'a>,
    // Nested.
    #[serde(borrow)]
    continent: Place<'a>,
    #[serde(borrow)]
    country: Place<'a>,
    #[serde(borrow)]
    registered_country: Place<'a>,
    #[serde(borrow)]
    subdivisions: Vec<Place<'a>>,
    #[serde(borrow)]
    traits: Traits<'a>,
    // GeoLite2 ASN, GeoIP2 ISP and Connection-Type databases.
    autonomous_system_number: u32,
    autonomous_system_organization: &'a str,
    isp: &'a str,
    organization: &'a str,
    connection_type: &'a str,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum City<'a> {
    Flat(&'a str),
    Nested(#[serde(borrow)] Place<'a>),
}

impl Default for City<'_> {
    fn default() -> Self {
        Self::Flat("")
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Place<'a> {
    iso_code: &'a str,
    code: &'a str,
    #[serde(borrow)]
    names: Names<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Names<'a> {
    en: &'a str,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Traits<'a> {
    isp: &'a str,
    organization: &'a str,
    connection_type: &'a str,
    autonomous_system_number: u32,
    autonomous_system_organization: &'a str,
}

impl<'a, 'de: 'a> Deserialize<'de> for Record<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Raw::deserialize(deserializer)?;
        let first = |texts: &[&'a str]| texts.iter().copied().find(|text| !text.is_empty()).unwrap_or("");
        let city = match &raw.city {
            City::Flat(text) => text,
            City::Nested(place) => place.names.en,
        };
        let region = raw.subdivisions.first().map_or("", |place| place.names.en);
        let (traits, registered) = (&raw.traits, raw.registered_country.iso_code);
        Ok(Self {
            country: first(&[raw.country_code, raw.country.iso_code, registered]),
            continent: raw.continent.code,
            region: first(&[raw.state1, region]),
            city,
            isp: first(&[
                traits.isp,
                raw.isp,
                traits.organization,
                raw.organization,
                traits.autonomous_system_organization,
                raw.autonomous_system_organization,
            ]),
            connection: first(&[traits.connection_type, raw.connection_type]),
            asn: traits.autonomous_system_number.max(raw.autonomous_system_number),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Record<'_> {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn every_known_shape_is_read() {
        let flat = read(
            r#"{"city":"Sydney","country_code":"AU","latitude":-33.8,"longitude":151.2,"postcode":"","state1":"New South Wales","state2":"","timezone":""}"#,
        );
        assert_eq!((flat.country, flat.region, flat.city), ("AU", "New South Wales", "Sydney"));

        let nested = read(
            r#"{"city":{"geoname_id":1,"names":{"de":"Linköping","en":"Linköping"}},"continent":{"code":"EU","names":{"en":"Europe"}},
                "country":{"iso_code":"SE","is_in_european_union":true,"names":{"en":"Sweden"}},"location":{"accuracy_radius":76},
                "subdivisions":[{"iso_code":"E","names":{"en":"Östergötland County"}},{"iso_code":"X","names":{"en":"second"}}],
                "traits":{"isp":"Bredband2","connection_type":"Cable/DSL","autonomous_system_number":29518}}"#,
        );
        assert_eq!((nested.country, nested.continent), ("SE", "EU"));
        assert_eq!((nested.region, nested.city), ("Östergötland County", "Linköping"));
        assert_eq!((nested.isp, nested.asn, nested.connection), ("Bredband2", 29_518, "Cable/DSL"));

        let asn =
            read(r#"{"autonomous_system_number":1221,"autonomous_system_organization":"Telstra Pty Ltd"}"#);
        assert_eq!((asn.asn, asn.isp), (1221, "Telstra Pty Ltd"));
        assert_eq!(read(r#"{"connection_type":"Cellular"}"#).connection, "Cellular");
        assert_eq!(read(r#"{"country_code":"DE"}"#).country, "DE");
        assert_eq!(read("{}"), Record::default());
    }

    #[test]
    fn the_first_database_wins_and_others_fill_gaps() {
        let mut merged = read(r#"{"country_code":"DE","city":"Berlin"}"#);
        merged.fill_from(&read(r#"{"country_code":"DE","city":"Hamburg","state1":"Hamburg"}"#));
        merged.fill_from(&read(r#"{"country_code":"FR","state1":"Paris","connection_type":"Cellular"}"#));
        assert_eq!((merged.city, merged.region, merged.connection), ("Berlin", "Hamburg", "Cellular"));
    }
}
