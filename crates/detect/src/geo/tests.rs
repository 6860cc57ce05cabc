use super::*;
use crate::{Change, DetectorConfig, mmdb::Writer, sources::Sources};
use signalbox_domain::ConnectionType;

/// Every file must be usable.
fn open(config: &DetectorConfig) -> GeoBook {
    let (sources, changes) = Sources::open(config);
    assert!(changes.iter().all(|change| matches!(change, Change::Loaded { .. })), "{changes:?}");
    sources.geo()
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn nested() -> serde_json::Value {
    serde_json::json!({
        "city": {"geoname_id": 2_694_762, "names": {"de": "Linköping", "en": "Linköping"}},
        "continent": {"code": "EU", "geoname_id": 6_255_148, "names": {"en": "Europe"}},
        "country": {"geoname_id": 2_661_886, "is_in_european_union": true, "iso_code": "SE", "names": {"en": "Sweden"}},
        "location": {"accuracy_radius": 76, "latitude": 58.4167, "longitude": 15.6167, "time_zone": "Europe/Stockholm"},
        "registered_country": {"geoname_id": 2_921_044, "iso_code": "DE", "names": {"en": "Germany"}},
        "subdivisions": [{"geoname_id": 2_685_867, "iso_code": "E", "names": {"en": "Östergötland County"}}],
        "traits": {"is_anycast": true}
    })
}

#[test]
fn databases_of_both_shapes_are_read_and_merged() {
    let folder = tempfile::tempdir().unwrap();
    let city = Writer::new(true).add("89.160.20.0", 24, &nested()).add("2001:db8::", 32, &nested());
    let flat = serde_json::json!({"city": "Sydney", "country_code": "AU", "latitude": -33.8, "state1": "New South Wales", "timezone": ""});
    let city4 = Writer::new(false).add("1.1.1.0", 24, &flat);
    let country = Writer::new(true).add("8.0.0.0", 8, &serde_json::json!({"country_code": "us"}));
    let provider =
        serde_json::json!({"autonomous_system_number": 1221, "autonomous_system_organization": "Telstra"});
    let asn = Writer::new(false).add("1.1.0.0", 16, &provider);
    let table = folder.path().join("asn.csv");
    std::fs::write(&table, "8.8.8.0,8.8.8.255,15169,Google LLC\n").unwrap();
    let config = DetectorConfig {
        city: vec![city4.write(&folder.path().join("c4.mmdb")), city.write(&folder.path().join("c.mmdb"))],
        country: vec![country.write(&folder.path().join("k.mmdb"))],
        asn: vec![asn.write(&folder.path().join("a.mmdb")), table],
        ..DetectorConfig::default()
    };
    let book = open(&config);
    let found = |text: &str| {
        let geo = book.find(ip(text));
        let texts =
            [&geo.country, &geo.continent, &geo.region, &geo.city, &geo.isp].map(|text| text.to_string());
        (texts.join("|"), geo.asn)
    };
    let sweden = ("SE|EU|Östergötland County|Linköping|".to_owned(), 0);
    assert_eq!(found("89.160.20.128"), sweden);
    assert_eq!(found("2001:db8:1::1"), sweden);
    assert_eq!(found("::ffff:89.160.20.1"), sweden);
    assert_eq!(found("1.1.1.1"), ("AU|OC|New South Wales|Sydney|Telstra".to_owned(), 1221));
    assert_eq!(found("8.8.8.8"), ("US|NA|||Google LLC".to_owned(), 15_169));
    assert_eq!(found("8.9.9.9"), ("US|NA|||".to_owned(), 0));
    assert_eq!(found("192.168.0.1"), ("||||".to_owned(), 0));
    // A second look comes from memory and says the same.
    assert_eq!(found("89.160.20.129"), sweden);
}

#[test]
fn more_databases_say_what_kind_of_network_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let isp = serde_json::json!({"autonomous_system_number": 3209, "autonomous_system_organization": "Vodafone GmbH", "isp": "Vodafone Kabel", "organization": "Vodafone"});
    let connection = serde_json::json!({"connection_type": "Cable/DSL"});
    let hidden =
        serde_json::json!({"is_anonymous": true, "is_anonymous_vpn": true, "is_hosting_provider": true});
    let asn =
        serde_json::json!({"autonomous_system_number": 3209, "autonomous_system_organization": "VODANET"});
    let city = serde_json::json!({"country": {"iso_code": "DE"}});
    let config = DetectorConfig {
        city: vec![Writer::new(true).add("92.0.0.0", 8, &city).write(&file("city.mmdb"))],
        more: vec![
            Writer::new(true).add("92.74.0.0", 16, &isp).write(&file("isp.mmdb")),
            Writer::new(true).add("92.74.0.0", 16, &connection).write(&file("connection.mmdb")),
            Writer::new(true).add("92.74.99.0", 24, &hidden).write(&file("anonymous.mmdb")),
        ],
        asn: vec![Writer::new(true).add("92.0.0.0", 8, &asn).write(&file("asn.mmdb"))],
        ..DetectorConfig::default()
    };
    let book = open(&config);
    let home = book.find(ip("92.74.1.1"));
    assert_eq!((&*home.isp, home.asn, &*home.country), ("Vodafone Kabel", 3209, "DE"));
    assert_eq!((home.connection, home.proxy, home.data_center), (ConnectionType::Cable, false, false));
    let vpn = book.find(ip("92.74.99.1"));
    assert_eq!((vpn.proxy, vpn.data_center, vpn.asn), (true, true, 3209));
    assert_eq!(&*book.find(ip("92.1.1.1")).isp, "VODANET");
}

#[test]
fn a_table_names_the_network_a_database_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let number = |asn: u32| serde_json::json!({"autonomous_system_number": asn});
    let asn = Writer::new(false).add("1.0.0.0", 9, &number(7)).add("1.128.0.0", 9, &number(8));
    let table = folder.path().join("asn.csv");
    std::fs::write(&table, "1.0.0.0,1.255.255.255,7,Seven\n2.0.0.0,2.0.0.255,9,Nine\n").unwrap();
    let config = DetectorConfig {
        asn: vec![asn.write(&folder.path().join("a.mmdb")), table],
        ..DetectorConfig::default()
    };
    let book = open(&config);
    for (address, asn, isp) in [("1.1.1.1", 7, "Seven"), ("1.200.1.1", 8, ""), ("2.0.0.7", 9, "Nine")] {
        let geo = book.find(ip(address));
        assert_eq!((geo.asn, &*geo.isp), (asn, isp), "{address}");
    }
}

#[test]
fn what_is_odd_in_a_record_is_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let odd = Writer::new(true).add("1.0.0.0", 8, &serde_json::json!({"country": "DE", "city": 7}));
    let list = Writer::new(true).add("1.0.0.0", 8, &serde_json::json!(["DE"]));
    for (database, country) in [(odd, "DE"), (list, "")] {
        let path = database.write(&folder.path().join("odd.mmdb"));
        let book = open(&DetectorConfig { city: vec![path], ..DetectorConfig::default() });
        assert_eq!(&*book.find(ip("1.2.3.4")).country, country);
    }
}
