use super::*;
use std::path::PathBuf;

/// Writes small databases in MaxMind's format, version 2 (<https://maxmind.github.io/MaxMind-DB/>), with records of 24 bits.
struct Writer {
    v6: bool,
    nodes: Vec<[Target; 2]>,
    data: Vec<u8>,
}

#[derive(Clone, Copy)]
enum Target {
    Nothing,
    Node(usize),
    Data(usize),
}

impl Writer {
    fn new(v6: bool) -> Self {
        Self { v6, nodes: vec![[Target::Nothing; 2]], data: Vec::new() }
    }

    fn add(mut self, address: &str, prefix: u32, record: &serde_json::Value) -> Self {
        let offset = self.data.len();
        encode(record, &mut self.data);
        let (bits, width) = match address.parse().unwrap() {
            IpAddr::V4(ip) if self.v6 => (u128::from(u32::from(ip)), 128),
            IpAddr::V4(ip) => (u128::from(u32::from(ip)) << 96, 32),
            IpAddr::V6(ip) => (u128::from(ip), 128),
        };
        let (bits, prefix) =
            if width == 128 && address.contains('.') { (bits, prefix + 96) } else { (bits, prefix) };
        let mut node = 0;
        for depth in 0..prefix {
            let side = (bits >> (127 - depth) & 1) as usize;
            if depth + 1 == prefix {
                self.nodes[node][side] = Target::Data(offset);
                break;
            }
            node = match self.nodes[node][side] {
                Target::Node(next) => next,
                _ => {
                    self.nodes.push([Target::Nothing; 2]);
                    let next = self.nodes.len() - 1;
                    self.nodes[node][side] = Target::Node(next);
                    next
                }
            };
        }
        self
    }

    fn write(self, path: &Path) -> PathBuf {
        let count = self.nodes.len();
        let mut out = Vec::new();
        for target in self.nodes.iter().flatten() {
            let value = match target {
                Target::Nothing => count,
                Target::Node(next) => *next,
                Target::Data(offset) => count + 16 + offset,
            };
            out.extend(&(value as u32).to_be_bytes()[1..]);
        }
        out.extend([0; 16]);
        out.extend(&self.data);
        out.extend(b"\xab\xcd\xefMaxMind.com");
        let metadata = serde_json::json!({
            "node_count": count, "record_size": 24, "ip_version": if self.v6 { 6 } else { 4 }, "database_type": "Test",
            "languages": ["en"], "binary_format_major_version": 2, "binary_format_minor_version": 0, "build_epoch": 1_790_000_000,
            "description": {"en": "test"}
        });
        encode(&metadata, &mut out);
        std::fs::write(path, out).unwrap();
        path.to_owned()
    }
}

fn encode(value: &serde_json::Value, out: &mut Vec<u8>) {
    let mut control = |kind: u8, size: usize| {
        let (small, rest): (u8, Vec<u8>) = match size {
            0..29 => (size as u8, vec![]),
            29..285 => (29, vec![(size - 29) as u8]),
            _ => (30, ((size - 285) as u16).to_be_bytes().to_vec()),
        };
        if kind > 7 {
            out.extend([small, kind - 7]);
        } else {
            out.push(kind << 5 | small);
        }
        out.extend(rest);
    };
    match value {
        serde_json::Value::String(text) => {
            control(2, text.len());
            out.extend(text.as_bytes());
        }
        serde_json::Value::Number(number) if number.is_f64() => {
            control(3, 8);
            out.extend(number.as_f64().unwrap().to_be_bytes());
        }
        serde_json::Value::Number(number) => {
            let bytes = (number.as_u64().unwrap() as u32).to_be_bytes();
            control(6, 4);
            out.extend(bytes);
        }
        serde_json::Value::Object(fields) => {
            control(7, fields.len());
            for (name, value) in fields {
                encode(&name.as_str().into(), out);
                // The format demands these widths of its own fields.
                match name.as_str() {
                    "record_size"
                    | "ip_version"
                    | "binary_format_major_version"
                    | "binary_format_minor_version" => {
                        out.push(5 << 5 | 2);
                        out.extend((value.as_u64().unwrap() as u16).to_be_bytes());
                    }
                    "build_epoch" => {
                        out.extend([8, 2]);
                        out.extend(value.as_u64().unwrap().to_be_bytes());
                    }
                    _ => encode(value, out),
                }
            }
        }
        serde_json::Value::Array(items) => {
            control(11, items.len());
            items.iter().for_each(|item| encode(item, out));
        }
        serde_json::Value::Bool(value) => control(14, usize::from(*value)),
        serde_json::Value::Null => panic!("the format has no null"),
    }
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
    let (book, warnings) = GeoBook::open(&config);
    assert!(warnings.is_empty(), "{warnings:?}");
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
fn what_is_missing_or_damaged_is_a_warning_and_unknown() {
    let folder = tempfile::tempdir().unwrap();
    let damaged = folder.path().join("damaged.mmdb");
    std::fs::write(&damaged, "this is no database").unwrap();
    let empty = folder.path().join("empty.mmdb");
    std::fs::write(&empty, "").unwrap();
    let config = DetectorConfig {
        city: vec![folder.path().join("missing.mmdb"), damaged, empty],
        asn: vec![folder.path().join("missing.csv")],
        ..DetectorConfig::default()
    };
    let (book, warnings) = GeoBook::open(&config);
    assert_eq!(warnings.len(), 4, "{warnings:?}");
    assert!(warnings[0].to_string().contains("missing.mmdb"));
    assert_eq!(book.find(ip("8.8.8.8")), Geo::default());

    let (book, warnings) = GeoBook::open(&DetectorConfig::default());
    assert_eq!(warnings.len(), 3);
    assert!(warnings[0].to_string().contains("[geo]"));
    assert_eq!(book.find(ip("::1")), Geo::default());
}

#[test]
fn a_record_of_another_shape_is_unknown() {
    let folder = tempfile::tempdir().unwrap();
    let odd = Writer::new(true).add("1.0.0.0", 8, &serde_json::json!({"country": "DE", "city": 7}));
    let config = DetectorConfig {
        city: vec![odd.write(&folder.path().join("odd.mmdb"))],
        ..DetectorConfig::default()
    };
    let (book, _) = GeoBook::open(&config);
    assert_eq!(book.find(ip("1.2.3.4")), Geo::default());
}
