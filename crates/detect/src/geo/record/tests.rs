use super::*;

fn read(json: &str) -> Record<'_> {
    serde_json::from_str(json).unwrap()
}

#[test]
fn nested_places_are_read() {
    let nested = read(
        r#"{"city":{"geoname_id":1,"names":{"de":"Linköping","en":"Linköping"}},"continent":{"code":"EU","names":{"en":"Europe"}},
            "country":{"iso_code":"SE","is_in_european_union":true,"names":{"en":"Sweden"}},"location":{"accuracy_radius":76},
            "subdivisions":[{"iso_code":"E","names":{"en":"Östergötland County"}},{"iso_code":"X","names":{"en":"second"}}],
            "traits":{"isp":"Bredband2","connection_type":"Cable/DSL","autonomous_system_number":29518}}"#,
    );
    assert_eq!((nested.country, nested.continent), ("SE", "EU"));
    assert_eq!((nested.region, nested.city), ("Östergötland County", "Linköping"));
    assert_eq!((nested.isp, nested.asn, nested.connection), ("Bredband2", 29_518, ConnectionType::Cable));
    assert!(!nested.proxy && !nested.data_center);
    assert_eq!(read(r#"{"registered_country":{"iso_code":"DE"}}"#).country, "DE");
    assert_eq!(read(r#"{"country":{"iso_code":"FR"},"registered_country":{"iso_code":"DE"}}"#).country, "FR");
}

#[test]
fn flat_places_are_read() {
    for (flat, country, continent, region, city) in [
        (
            r#"{"city":"Sydney","country_code":"AU","latitude":-33.8,"longitude":151.2,"postcode":"","state1":"New South Wales","state2":"","timezone":""}"#,
            "AU",
            "",
            "New South Wales",
            "Sydney",
        ),
        // IPinfo, two layouts.
        (
            r#"{"city":"Paris","region":"Île-de-France","country":"FR","loc":"1,2","postal":"75000"}"#,
            "FR",
            "",
            "Île-de-France",
            "Paris",
        ),
        (
            r#"{"asn":"AS15169","as_name":"Google LLC","continent":"North America","continent_code":"NA","country":"United States","country_code":"US"}"#,
            "US",
            "NA",
            "",
            "",
        ),
        // IP2Location writes a dash for nothing.
        (r#"{"country_short":"-","region":"-","city":"-","isp":"-"}"#, "", "", "", ""),
        (r#"{"country_code":"DE"}"#, "DE", "", "", ""),
    ] {
        let record = read(flat);
        assert_eq!(
            (record.country, record.continent, record.region, record.city),
            (country, continent, region, city),
            "{flat}"
        );
    }
    assert_eq!(read("{}"), Record::default());
}

#[test]
fn providers_and_connections_are_read() {
    use ConnectionType::{Cable, Cellular, Corporate, Dialup, Satellite, Unknown};
    for (json, asn, isp, connection) in [
        // GeoLite2 ASN, GeoIP2 ISP, GeoIP2 Connection-Type.
        (
            r#"{"autonomous_system_number":1221,"autonomous_system_organization":"Telstra"}"#,
            1221,
            "Telstra",
            Unknown,
        ),
        (
            r#"{"autonomous_system_number":1221,"autonomous_system_organization":"Telstra","isp":"Telstra Internet","organization":"Someone"}"#,
            1221,
            "Telstra Internet",
            Unknown,
        ),
        (r#"{"connection_type":"Cellular"}"#, 0, "", Cellular),
        (r#"{"connection_type":"Satellite"}"#, 0, "", Satellite),
        // GeoIP2 Enterprise, DB-IP.
        (
            r#"{"traits":{"connection_type":"Corporate","isp":"A","organization":"B","autonomous_system_number":7,"user_type":"business"}}"#,
            7,
            "A",
            Corporate,
        ),
        (r#"{"traits":{"user_type":"cellular","organization":"B"}}"#, 0, "B", Cellular),
        // IP2Location and IP2Proxy, IPinfo.
        (
            r#"{"isp":"Vodafone","usage_type":"MOB","asn":"3209","as":"Vodafone GmbH"}"#,
            3209,
            "Vodafone",
            Cellular,
        ),
        (r#"{"net_speed":"DIAL","usage_type":"ISP"}"#, 0, "", Dialup),
        (r#"{"usage_type":"ISP"}"#, 0, "", Cable),
        (r#"{"asn":"AS15169","as_name":"Google LLC"}"#, 15_169, "Google LLC", Unknown),
    ] {
        let record = read(json);
        assert_eq!((record.asn, record.isp, record.connection), (asn, isp, connection), "{json}");
    }
}

#[test]
fn proxies_and_hosting_are_told_apart() {
    for (json, proxy, data_center) in [
        (r#"{"is_anonymous":true,"is_anonymous_vpn":true}"#, true, false),
        (r#"{"is_anonymous":true,"is_hosting_provider":true}"#, false, true),
        (r#"{"is_anonymous":true,"is_hosting_provider":true,"is_anonymous_vpn":true}"#, true, true),
        (r#"{"is_anonymous":true}"#, true, false),
        (r#"{"is_anonymous":false,"is_tor_exit_node":true}"#, true, false),
        (r#"{"is_residential_proxy":true}"#, true, false),
        (r#"{"is_public_proxy":1}"#, true, false),
        (r#"{"traits":{"is_anonymous_proxy":true,"is_satellite_provider":false}}"#, true, false),
        (r#"{"traits":{"user_type":"hosting"}}"#, false, true),
        (r#"{"traits":{"user_type":"consumer_privacy_network"}}"#, true, false),
        (r#"{"traits":{"user_type":"residential"}}"#, false, false),
        (r#"{"proxy_type":"VPN","usage_type":"DCH"}"#, true, true),
        (r#"{"proxy_type":"DCH","is_proxy":2}"#, false, true),
        (r#"{"proxy_type":"RES","is_proxy":"1"}"#, true, false),
        (r#"{"proxy_type":"-","is_proxy":0}"#, false, false),
        (r#"{"vpn":"true","hosting":"true"}"#, true, true),
        (r#"{"relay":true,"hosting":false}"#, true, false),
    ] {
        let record = read(json);
        assert_eq!((record.proxy, record.data_center), (proxy, data_center), "{json}");
    }
}

#[test]
fn fields_of_unexpected_types_are_passed_over() {
    let odd = read(
        r#"{"country":"DE","city":7,"subdivisions":{"x":[1,{"y":2}]},"isp":[[]],"asn":-4,"is_proxy":1.5,"traits":null,"zz":[{}]}"#,
    );
    assert_eq!(odd, Record { country: "DE", ..Record::default() });
}

#[test]
fn the_first_database_wins_and_others_fill_gaps() {
    let mut merged = read(r#"{"country_code":"DE","city":"Berlin"}"#);
    merged.fill_from(&read(r#"{"country_code":"DE","city":"Hamburg","state1":"Hamburg"}"#));
    merged.fill_from(&read(
        r#"{"country_code":"FR","state1":"Paris","connection_type":"Cellular","is_hosting_provider":true}"#,
    ));
    assert_eq!((merged.city, merged.region), ("Berlin", "Hamburg"));
    assert_eq!((merged.connection, merged.data_center), (ConnectionType::Cellular, true));
}
