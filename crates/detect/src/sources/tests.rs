use super::*;
use crate::{Detector, RequestFacts, mmdb::Writer};
use signalbox_domain::BotReason;
use std::time::{Duration, Instant};

fn city(country: &str) -> Writer {
    Writer::new(true).add("1.0.0.0", 8, &serde_json::json!({"country_code": country}))
}

fn country(detector: &Detector) -> String {
    detector.describe(&RequestFacts::new([1, 2, 3, 4].into(), "")).geo.country.to_string()
}

/// Puts a file in the place of another, as updaters do.
fn replace(path: &Path, bytes: &[u8]) {
    let new = path.with_extension("new");
    fs::write(&new, bytes).unwrap();
    fs::rename(new, path).unwrap();
}

fn loaded(kind: Kind, path: &Path) -> Vec<Change> {
    vec![Change::Loaded { kind, path: path.to_owned() }]
}

fn refused(changes: &[Change]) -> String {
    match changes {
        [Change::Refused { warning, .. }] => warning.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_replaced_database_is_used_at_the_second_look() {
    let folder = tempfile::tempdir().unwrap();
    let path = city("DE").write(&folder.path().join("city.mmdb"));
    let detector = Detector::new(&DetectorConfig::from_paths(Some(&path), None, None));
    assert_eq!(country(&detector), "DE");
    assert!(detector.refresh().is_empty());
    replace(&path, &city("FR").bytes());
    assert!(detector.refresh().is_empty());
    assert_eq!(country(&detector), "DE");
    assert_eq!(detector.refresh(), loaded(Kind::City, &path));
    assert_eq!(country(&detector), "FR");
    assert!(detector.refresh().is_empty());
    let held = detector.held();
    assert_eq!((held.len(), held[0].kind, held[0].files), (1, Kind::City, 1));
    assert_eq!(held[0].bytes, fs::metadata(&path).unwrap().len());
    let built = held[0].oldest.duration_since(SystemTime::UNIX_EPOCH).unwrap();
    assert_eq!(built, Duration::from_secs(1_790_000_000));
}

#[test]
fn a_database_that_is_written_in_place_is_refused_until_it_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = city("DE").write(&folder.path().join("city.mmdb"));
    let detector = Detector::new(&DetectorConfig::from_paths(Some(&path), None, None));
    let new = city("FR").bytes();
    // Cut off: neither half nor nearly whole files are used, and the old data stay, though the file under them is gone.
    for written in [0, 10, new.len() / 2, new.len() - 1] {
        fs::write(&path, &new[..written]).unwrap();
        detector.refresh();
        let said = detector.refresh();
        assert!(refused(&said).contains("city.mmdb"), "{written}");
        assert!(detector.refresh().is_empty(), "said once");
        assert_eq!(country(&detector), "DE");
    }
    // Damaged in the middle, with a whole end.
    let mut torn = new.clone();
    torn[..8].fill(0xff);
    fs::write(&path, &torn).unwrap();
    detector.refresh();
    assert!(refused(&detector.refresh()).contains("damaged"));
    assert_eq!(country(&detector), "DE");
    fs::write(&path, &new).unwrap();
    detector.refresh();
    assert_eq!(detector.refresh(), loaded(Kind::City, &path));
    assert_eq!(country(&detector), "FR");
}

#[test]
fn a_file_that_goes_on_changing_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deny.txt");
    fs::write(&path, "192.0.2.1\n").unwrap();
    let deny = crate::ListConfig { path: Some(path.clone()), ..crate::ListConfig::default() };
    let (mut sources, _) = Sources::open(&DetectorConfig { deny, ..DetectorConfig::default() });
    let mut text = String::new();
    for number in 1..5 {
        text.push_str(&format!("198.51.100.{number}\n"));
        fs::write(&path, &text).unwrap();
        assert!(sources.refresh().is_empty(), "still being written");
    }
    assert_eq!(sources.refresh(), loaded(Kind::Deny, &path));
}

#[test]
fn what_vanishes_stays_in_use_and_what_comes_later_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("city.mmdb");
    let detector = Detector::new(&DetectorConfig::from_paths(Some(&path), None, None));
    assert!(detector.warnings().iter().any(|warning| warning.to_string().contains("city.mmdb")));
    assert_eq!(country(&detector), "");
    city("DE").write(&path);
    detector.refresh();
    assert_eq!(detector.refresh(), loaded(Kind::City, &path));
    assert_eq!(country(&detector), "DE");
    fs::remove_file(&path).unwrap();
    assert!(refused(&detector.refresh()).contains("city.mmdb"));
    assert!(detector.refresh().is_empty());
    assert_eq!(country(&detector), "DE");
}

#[test]
fn a_newer_version_in_the_cache_takes_the_place_of_the_older() {
    let cache = tempfile::tempdir().unwrap();
    let put = |version: &str, country: &str| {
        let folder = cache.path().join(format!("geo-city-{version}"));
        fs::create_dir(&folder).unwrap();
        city(country).write(&folder.join("city.mmdb"))
    };
    let old = put("1.9", "DE");
    let config = DetectorConfig { cache: Some(cache.path().to_owned()), ..DetectorConfig::default() };
    let detector = Detector::new(&config);
    assert_eq!((country(&detector), detector.geo_files()), ("DE".to_owned(), vec![old.clone()]));
    let new = put("1.10", "FR");
    assert!(detector.refresh().is_empty());
    assert_eq!(country(&detector), "DE");
    let changes = detector.refresh();
    assert_eq!(changes.len(), 2, "{changes:?}");
    assert!(changes.contains(&Change::Loaded { kind: Kind::City, path: new.clone() }));
    assert!(changes.contains(&Change::Removed { kind: Kind::City, path: old }));
    assert_eq!((country(&detector), detector.geo_files()), ("FR".to_owned(), vec![new]));
}

#[test]
fn lists_are_followed_and_a_wrong_line_keeps_the_old_one() {
    let folder = tempfile::tempdir().unwrap();
    let (deny, hosting) = (folder.path().join("deny.txt"), folder.path().join("hosting.txt"));
    fs::write(&deny, "ua:Firefox\n").unwrap();
    fs::write(&hosting, "192.0.2.0/24\n").unwrap();
    let list =
        |path: &Path| crate::ListConfig { path: Some(path.to_owned()), ..crate::ListConfig::default() };
    let config =
        DetectorConfig { deny: list(&deny), data_centers: list(&hosting), ..DetectorConfig::default() };
    let detector = Detector::new(&config);
    let visitor = || {
        let facts = RequestFacts::new(
            [192, 0, 2, 1].into(),
            "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
        );
        detector.describe(&facts)
    };
    assert_eq!((visitor().bot, visitor().geo.data_center), (BotReason::OperatorList, true));
    fs::write(&deny, "ua:Firefox\nnonsense here\n").unwrap();
    detector.refresh();
    assert!(refused(&detector.refresh()).contains("line 2: `nonsense here`"));
    assert_eq!(visitor().bot, BotReason::OperatorList);
    fs::write(&deny, "# nobody any more\n").unwrap();
    fs::write(&hosting, "ua:x\n").unwrap();
    detector.refresh();
    assert_eq!(detector.refresh().len(), 2);
    // Data centre without a language; its list kept what it had, since a user agent is none of its business.
    assert_eq!((visitor().bot, visitor().geo.data_center), (BotReason::DataCenter, true));
    fs::write(&hosting, "").unwrap();
    detector.refresh();
    detector.refresh();
    assert_eq!((visitor().bot, visitor().geo.data_center), (BotReason::None, false));
}

#[test]
fn what_is_missing_or_damaged_is_a_warning_and_unknown() {
    let folder = tempfile::tempdir().unwrap();
    let damaged = folder.path().join("damaged.mmdb");
    fs::write(&damaged, "this is no database").unwrap();
    let empty = folder.path().join("empty.mmdb");
    fs::write(&empty, "").unwrap();
    let config = DetectorConfig {
        city: vec![folder.path().join("missing.mmdb"), damaged, empty],
        asn: vec![folder.path().join("missing.csv")],
        ..DetectorConfig::default()
    };
    let detector = Detector::new(&config);
    assert_eq!(detector.warnings().len(), 4, "{:?}", detector.warnings());
    assert!(detector.warnings()[0].to_string().contains("missing.mmdb"));
    assert_eq!(country(&detector), "");

    let detector = Detector::new(&DetectorConfig::default());
    assert_eq!(detector.warnings().len(), 3);
    assert!(detector.warnings()[0].to_string().contains("[geo]"));
    assert_eq!(country(&detector), "");
}

#[test]
fn databases_beyond_the_bound_are_named_and_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..DATABASES_MAX + 1 {
        city("DE").write(&folder.path().join(format!("{number:02}.mmdb")));
    }
    let config = DetectorConfig { more: vec![folder.path().to_owned()], ..DetectorConfig::default() };
    let (mut sources, changes) = Sources::open(&config);
    let refused: Vec<_> = changes.iter().filter(|change| matches!(change, Change::Refused { .. })).collect();
    assert_eq!((changes.len(), refused.len()), (DATABASES_MAX + 1, 1));
    assert_eq!(sources.geo_files().len(), DATABASES_MAX);
    assert!(sources.refresh().is_empty());
}

#[test]
fn the_watching_thread_follows_and_ends_with_the_detector() {
    let folder = tempfile::tempdir().unwrap();
    let path = city("DE").write(&folder.path().join("city.mmdb"));
    let detector = Arc::new(Detector::new(&DetectorConfig::from_paths(Some(&path), None, None)));
    detector.watch(Duration::from_millis(5));
    detector.watch(Duration::from_millis(5));
    replace(&path, &city("FR").bytes());
    let deadline = Instant::now() + Duration::from_secs(30);
    while country(&detector) != "FR" {
        assert!(Instant::now() < deadline, "the new file is not used");
        std::thread::yield_now();
    }
    let watched = Arc::downgrade(&detector);
    drop(detector);
    while watched.strong_count() > 0 {
        assert!(Instant::now() < deadline, "the detector is still held");
        std::thread::yield_now();
    }
}
