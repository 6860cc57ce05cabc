//! The databases that `tools/fetch` brings: they are read as they are, and no real browser is taken for a machine.
//!
//! `SIGNALBOX_GEO_CITY` names another city database to look into. Without the files these tests fail and say how to get them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use serde_json::Value;
use signalbox_detect::{Detector, DetectorConfig, RequestFacts};
use signalbox_domain::{BotReason, DeviceType, Visitor};
use std::{
    env, fs,
    net::{IpAddr, Ipv4Addr},
    path::{Path, PathBuf},
};

/// Folder of an asset in the cache that `tools/fetch` fills.
fn asset(name: &str) -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tools/fetch/assets.json");
    let manifest: Value = serde_json::from_str(&fs::read_to_string(manifest).unwrap()).unwrap();
    let version = manifest["assets"][name]["version"].as_str().unwrap().to_owned();
    let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let cache = set("SIGNALBOX_CACHE")
        .or_else(|| set("XDG_CACHE_HOME").map(|folder| folder.join("signalbox")))
        .or_else(|| set("HOME").map(|folder| folder.join(".cache/signalbox")))
        .expect("HOME is set");
    let folder = cache.join(format!("{name}-{version}"));
    assert!(
        folder.is_dir(),
        "{} is missing: run  node tools/fetch/fetch.mjs geo geo-asn uadata",
        folder.display()
    );
    folder
}

fn describe(detector: &Detector, ip: &str) -> Visitor {
    let ip: IpAddr = ip.parse().unwrap();
    detector.describe(&RequestFacts::new(
        ip,
        "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
    ))
}

#[test]
fn addresses_are_found_in_the_city_database() {
    let city = env::var_os("SIGNALBOX_GEO_CITY").map_or_else(|| asset("geo-city"), PathBuf::from);
    let detector = Detector::new(&DetectorConfig::from_paths(Some(&city), None, Some(&asset("geo-asn"))));
    assert!(detector.warnings().is_empty(), "{:?}", detector.warnings());
    let google = describe(&detector, "8.8.8.8");
    assert_eq!((&*google.geo.country, &*google.geo.continent), ("US", "NA"));
    assert_eq!((google.geo.asn, google.geo.isp.is_empty()), (15_169, false));
    let london = describe(&detector, "81.2.69.142");
    assert_eq!((&*london.geo.country, &*london.geo.continent), ("GB", "EU"));
    assert!(!london.geo.city.is_empty() && !london.geo.region.is_empty());
    let german = describe(&detector, "2a02:8108::1");
    assert_eq!((&*german.geo.country, &*german.geo.continent), ("DE", "EU"));
    for private in ["127.0.0.1", "10.0.0.1", "192.168.1.1", "::1"] {
        assert_eq!(&*describe(&detector, private).geo.country, "", "{private}");
    }
}

#[test]
fn addresses_are_found_in_the_country_database() {
    let country = asset("geo-country");
    let detector = Detector::new(&DetectorConfig::from_paths(None, Some(&country), None));
    for (ip, expected) in
        [("81.2.69.142", "GB"), ("2a02:8108::1", "DE"), ("177.100.1.1", "BR"), ("127.0.0.1", "")]
    {
        assert_eq!(&*describe(&detector, ip).geo.country, expected, "{ip}");
    }
}

#[test]
fn no_real_browser_is_taken_for_a_machine() {
    let file = asset("user-agents").join("dist/user-agents.json");
    let samples: Vec<Value> = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    let detector = Detector::new(&DetectorConfig::default());
    let (mut unknown, mut other_kind, mut bots) = (0, 0, Vec::new());
    for sample in &samples {
        let user_agent = sample["userAgent"].as_str().unwrap();
        let visitor = detector.describe(&RequestFacts::new(Ipv4Addr::LOCALHOST.into(), user_agent));
        if visitor.bot != BotReason::None {
            bots.push(user_agent);
        }
        unknown += usize::from(visitor.device.os.name.is_empty() || visitor.device.browser.name.is_empty());
        other_kind += usize::from(visitor.device.kind.as_str() != sample["deviceCategory"]);
        assert_ne!(visitor.device.kind, DeviceType::Unknown, "{user_agent}");
    }
    assert!(samples.len() > 1000);
    assert!(bots.is_empty(), "{bots:#?}");
    assert!(unknown * 100 <= samples.len(), "{unknown} of {} have no system or browser", samples.len());
    // The samples judge tablets by the size of the screen, which a user agent does not tell.
    assert!(other_kind * 50 <= samples.len(), "{other_kind} of {} are of another kind", samples.len());
}

#[test]
fn crawlers_are_recognised_by_the_examples_they_are_listed_with() {
    let file = asset("crawler-user-agents").join("crawler-user-agents.json");
    let listed: Vec<Value> = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    let detector = Detector::new(&DetectorConfig::default());
    let mut missed = Vec::new();
    let mut seen = 0;
    for example in listed.iter().flat_map(|crawler| crawler["instances"].as_array().unwrap()) {
        let user_agent = example.as_str().unwrap();
        seen += 1;
        let visitor = detector.describe(&RequestFacts::new(Ipv4Addr::LOCALHOST.into(), user_agent));
        if !visitor.bot.is_bot() {
            missed.push(user_agent);
        }
    }
    assert!(seen > 1000);
    assert!(missed.len() <= 10, "{} of {seen} are taken for people: {missed:#?}", missed.len());
}

#[test]
fn every_hosting_network_is_in_the_registries_and_its_addresses_are_data_centres() {
    let listed: Vec<(u32, &str)> = include_str!("../data/hosting/asns.txt")
        .lines()
        .filter_map(|line| line.strip_prefix("AS")?.split_once(" # "))
        .map(|(number, name)| (number.parse().unwrap(), name))
        .collect();
    assert!(listed.len() >= 150);
    let tables =
        ["asn-ipv4.csv", "asn-ipv6.csv"].map(|file| fs::read_to_string(asset("geo-asn").join(file)).unwrap());
    let mut first_addresses = std::collections::HashMap::new();
    for line in tables.iter().flat_map(|table| table.lines()) {
        let mut columns = line.split(',');
        let (address, asn) = (columns.next().unwrap(), columns.nth(1).unwrap());
        first_addresses.entry(asn.parse::<u32>().unwrap()).or_insert(address);
    }
    let detector = Detector::new(&DetectorConfig::from_paths(None, None, Some(&asset("geo-asn"))));
    for (number, name) in listed {
        let address =
            first_addresses.get(&number).unwrap_or_else(|| panic!("AS{number} {name} has no addresses"));
        let geo = describe(&detector, address).geo;
        assert_eq!((geo.asn, geo.data_center), (number, true), "{address} of {name}");
    }
    let home = describe(&detector, "79.192.0.1").geo;
    assert!(!home.isp.is_empty() && !home.data_center, "{home:?}");
}
