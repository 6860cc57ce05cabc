use std::{fs, path::Path};

use proptest::prelude::*;

use super::*;
use crate::client_ip::ForwardedHeader;

fn env(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn from_env(pairs: &[(&str, &str)]) -> Result<Settings, SettingsError> {
    Settings::loader().environment(env(pairs)).load()
}

fn from_file(text: &str) -> Result<Settings, SettingsError> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("signalbox.toml");
    fs::write(&path, text).unwrap();
    Settings::loader().file(path).load()
}

#[track_caller]
fn one_problem(result: Result<Settings, SettingsError>) -> SettingsProblem {
    let mut problems = result.unwrap_err().problems;
    assert_eq!(problems.len(), 1, "{problems:#?}");
    problems.remove(0)
}

#[test]
fn the_defaults_are_the_documented_ones() {
    let settings = Settings::default();
    let data_dir = std::path::absolute("data").unwrap();
    assert_eq!(settings.instance.data_dir, data_dir);
    assert!(!settings.instance.node_name.is_empty());
    assert_eq!(settings.catalog.url, CatalogUrl::Sqlite { path: data_dir.join("catalog.sqlite3") });
    assert_eq!(settings.journal.dir, data_dir.join("journal"));
    assert_eq!(settings.journal.event_log, EventLog::Journal);
    assert_eq!(settings.journal.durability, Durability::Buffered);
    assert_eq!(settings.warehouse.url, WarehouseUrl::Embedded);
    assert_eq!(settings.traffic.listen.port(), 8081);
    assert_eq!(settings.postback.listen.port(), 8082);
    assert_eq!(settings.api.listen.port(), 8080);
    assert_eq!(settings.traffic.public_base(8081), "http://localhost:8081");
    assert!(settings.traffic.worker_threads() >= 1);
    assert!(settings.geo.city_path.is_none() && settings.api.admin_dir.is_none());
}

#[test]
fn later_sources_win_and_are_remembered() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("signalbox.toml");
    fs::write(&path, "[traffic]\nworkers = 3\nlisten = \"127.0.0.1:1\"\nin_flight_max = 9\n").unwrap();
    let settings = Settings::loader()
        .file(&path)
        .environment(env(&[
            ("SIGNALBOX__TRAFFIC__WORKERS", "4"),
            ("SIGNALBOX__TRAFFIC__LISTEN", "127.0.0.1:2"),
            ("PATH", "x"),
        ]))
        .set("traffic.listen", "127.0.0.1:3")
        .load()
        .unwrap();
    assert_eq!((settings.traffic.in_flight_max, settings.traffic.workers), (9, 4));
    assert_eq!(settings.traffic.listen.port(), 3);
    let source = |key: &str| {
        settings
            .describe()
            .values
            .iter()
            .find(|value| value.key == key)
            .map(|value| value.source.clone())
            .unwrap()
    };
    assert_eq!(source("traffic.in_flight_max"), path.display().to_string());
    assert_eq!(source("traffic.workers"), "environment variable SIGNALBOX__TRAFFIC__WORKERS");
    assert_eq!(source("traffic.listen"), "command line");
    assert_eq!(source("api.listen"), "default");
}

#[test]
fn data_dir_stands_wherever_it_is_named() {
    let settings = from_env(&[
        ("SIGNALBOX__INSTANCE__DATA_DIR", "/srv/box"),
        ("SIGNALBOX__JOURNAL__DIR", "/fast{data_dir}/j"),
    ])
    .unwrap();
    assert_eq!(settings.journal.dir, Path::new("/fast/srv/box/j"));
    assert_eq!(settings.warehouse.data_dir, Path::new("/srv/box/clickhouse"));
    assert_eq!(settings.traffic.snapshot_path, Path::new("/srv/box/traffic/snapshot.bin"));
    let problem = one_problem(from_env(&[("SIGNALBOX__JOURNAL__DIR", "{datadir}/j")]));
    assert!(problem.key == "journal.dir" && problem.fix.contains("{data_dir}"), "{problem}");
}

#[test]
fn every_kind_of_value_comes_from_the_environment() {
    let settings = from_env(&[
        ("SIGNALBOX__TRAFFIC__TRUSTED_PROXIES", "10.0.0.0/8, 2001:db8::1 ,192.168.1.7/16"),
        ("SIGNALBOX__POSTBACK__TRUSTED_PROXIES", "[\"10.0.0.1\"]"),
        ("SIGNALBOX__API__TRUSTED_PROXIES", ""),
        ("SIGNALBOX__API__TRUSTED_HOPS", "2"),
        ("SIGNALBOX__API__FORWARDED_HEADER", "CF-Connecting-IP"),
        ("SIGNALBOX__TRAFFIC__FORWARDED_HEADER", "forwarded"),
        ("SIGNALBOX__JOURNAL__SEGMENT_BYTES", "2_097_152"),
        ("SIGNALBOX__JOURNAL__DURABILITY", "fsync"),
        ("SIGNALBOX__API__COOKIE_SECURE", "always"),
        ("SIGNALBOX__TRAFFIC__PUBLIC_URL", "https://go.example.com/t/"),
        ("SIGNALBOX__TRAFFIC__NOT_FOUND_URL", "https://example.com/?from=404"),
        ("SIGNALBOX__TELEMETRY__LOG", "info,signalbox_events=debug"),
    ])
    .unwrap();
    let nets: Vec<String> = settings.traffic.trusted_proxies.iter().map(ToString::to_string).collect();
    assert_eq!(nets, ["10.0.0.0/8", "2001:db8::1/128", "192.168.0.0/16"]);
    assert_eq!(settings.postback.trusted_proxies.len(), 1);
    assert!(settings.api.trusted_proxies.is_empty());
    assert_eq!(settings.traffic.forwarded_header, ForwardedHeader::Forwarded);
    assert_eq!(settings.api.forwarded_header, ForwardedHeader::Single("cf-connecting-ip".parse().unwrap()));
    assert_eq!((settings.api.trusted_hops, settings.traffic.trusted_hops), (2, 0));
    assert_eq!(settings.journal.segment_bytes, 2_097_152);
    assert_eq!(settings.journal.durability, Durability::Fsync);
    assert_eq!(settings.traffic.public_base(1), "https://go.example.com/t");
    assert!(settings.api.cookie_is_secure(false));
}

#[test]
fn the_urls_choose_the_parts() {
    let settings = from_env(&[
        ("SIGNALBOX__CATALOG__URL", "mongodb://me:hunter2@db-1,db-2/signalbox?replicaSet=rs0"),
        ("SIGNALBOX__WAREHOUSE__URL", "http://w%40r:sesame%2Fopen@ch:8123/traffic"),
        ("SIGNALBOX__JOURNAL__EVENT_LOG", "kafka://redpanda-1:9092,redpanda-2:9092"),
        ("SIGNALBOX__JOURNAL__KAFKA_OPTIONS", "sasl.username=me,sasl.password=hunter2=x"),
    ])
    .unwrap();
    assert!(
        matches!(&settings.catalog.url, CatalogUrl::Mongodb { url } if url.expose().starts_with("mongodb://me"))
    );
    let WarehouseUrl::Http(http) = &settings.warehouse.url else { panic!("{:?}", settings.warehouse.url) };
    assert_eq!((http.base_url.as_str(), http.user.as_deref()), ("http://ch:8123", Some("w@r")));
    assert_eq!(http.password.as_ref().map(|password| password.expose().as_str()), Some("sesame/open"));
    assert_eq!(settings.warehouse.database_name(), "traffic");
    assert_eq!(
        settings.journal.event_log,
        EventLog::Kafka { brokers: "redpanda-1:9092,redpanda-2:9092".into() }
    );
    assert_eq!(settings.journal.kafka_options[1].name, "sasl.password");
    assert_eq!(settings.journal.kafka_options[1].value.expose(), "hunter2=x");
    let shown = format!("{settings:?}\n{}", settings.describe());
    assert!(
        !shown.contains("hunter2") && !shown.contains("sesame/open") && !shown.contains("sesame%2Fopen"),
        "{shown}"
    );
    assert!(
        shown.contains("mongodb://***@db-1,db-2/signalbox") && shown.contains("sasl.password=***"),
        "{shown}"
    );
}

#[test]
fn a_secret_comes_from_a_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("secret");
    fs::write(&path, "mongodb://a:hunter2@db/x\n").unwrap();
    let path = path.to_str().unwrap();
    let settings = from_env(&[("SIGNALBOX__CATALOG__URL_FILE", path)]).unwrap();
    assert!(
        matches!(&settings.catalog.url, CatalogUrl::Mongodb { url } if url.expose() == "mongodb://a:hunter2@db/x")
    );
    assert!(settings.describe().to_string().contains("named by SIGNALBOX__CATALOG__URL_FILE"));

    let both = [("SIGNALBOX__CATALOG__URL_FILE", path), ("SIGNALBOX__CATALOG__URL", "sqlite:x")];
    assert!(one_problem(from_env(&both)).reason.contains("both set"));
    let missing = one_problem(from_env(&[("SIGNALBOX__CATALOG__URL_FILE", "/nowhere/secret")]));
    assert!(missing.key == "catalog.url" && missing.reason.contains("cannot be read"), "{missing}");
    let wrong = one_problem(from_env(&[("SIGNALBOX__TRAFFIC__LISTEN_FILE", path)]));
    assert!(
        wrong.reason.contains("only secrets") && wrong.fix.contains("SIGNALBOX__TRAFFIC__LISTEN"),
        "{wrong}"
    );
}

#[test]
fn all_problems_are_told_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("signalbox.toml");
    fs::write(
        &path,
        "[traffic]\nlisten = \"localhost\"\nworkers = \"four\"\nlissten = 1\n[trafic]\nworkers = 1\n[journal]\ndurability = \"maybe\"\n",
    )
    .unwrap();
    let error = Settings::loader()
        .file(&path)
        .environment(env(&[
            ("SIGNALBOX__API__SESSION_HOURS", "soon"),
            ("SIGNALBOX__API__LISTEN_ADDRESS", "x"),
            ("SIGNALBOX__POSTBACK__BATCH_ROWS_MAX", "0"),
            ("SIGNALBOX__POSTBACK__TRUSTED_PROXIES", "10.0.0.0/8,nonsense"),
        ]))
        .load()
        .unwrap_err();
    let mut keys: Vec<&str> = error.problems.iter().map(|problem| problem.key.as_str()).collect();
    keys.sort_unstable();
    let expected = [
        "api.listen_address",
        "api.session_hours",
        "journal.durability",
        "postback.batch_rows_max",
        "postback.trusted_proxies",
        "traffic.lissten",
        "traffic.listen",
        "traffic.workers",
        "trafic.workers",
    ];
    assert_eq!(keys, expected, "{error}");
    let text = error.to_string();
    for part in [
        "the configuration has 9 problems",
        "Did you mean traffic.listen?",
        "Did you mean traffic.workers?",
        "unknown variant `maybe`, expected `buffered` or `fsync`",
        "environment variable SIGNALBOX__API__SESSION_HOURS",
        "`nonsense` is not an address or a network",
        "Use a number from 1 to 1000000.",
        &path.display().to_string(),
    ] {
        assert!(text.contains(part), "{part} is missing in:\n{text}");
    }
}

#[test]
fn an_unknown_key_suggests_in_the_words_of_its_source() {
    assert_eq!(
        one_problem(from_env(&[("SIGNALBOX__TRAFFIC__LISTN", "x")])).fix,
        "Did you mean SIGNALBOX__TRAFFIC__LISTEN?"
    );
    assert_eq!(one_problem(from_env(&[("SIGNALBOX__LISTEN", "x")])).key, "listen");
    assert_eq!(
        one_problem(from_file("[api]\nsnapshot_poll_ms = 1\n")).fix,
        "Did you mean traffic.snapshot_poll_ms?"
    );
    assert!(one_problem(from_file("[zzz]\nqqqqqqqq = 1\n")).fix.contains("docs/configuration.md"));
    assert_eq!(one_problem(from_file("listen = \"x\"\n")).key, "listen");
    assert_eq!(
        one_problem(Settings::loader().set("traffic.listn", "x").load()).fix,
        "Did you mean traffic.listen?"
    );
}

#[test]
fn relations_between_values_are_checked() {
    let cases = [
        ("SIGNALBOX__TRAFFIC__URI_BYTES_MAX", "40000", "traffic.uri_bytes_max"),
        ("SIGNALBOX__JOURNAL__CLICKS_BYTES_MAX", "1000", "journal.clicks_bytes_max"),
        ("SIGNALBOX__POSTBACK__DELIVERY_BACKOFF_MS_MAX", "20", "postback.delivery_backoff_ms_max"),
        ("SIGNALBOX__INSTANCE__NODE_NAME", "a b", "instance.node_name"),
        ("SIGNALBOX__INSTANCE__DATA_DIR", "", "instance.data_dir"),
        ("SIGNALBOX__JOURNAL__DIR", "", "journal.dir"),
        ("SIGNALBOX__JOURNAL__TOPIC_PREFIX", "", "journal.topic_prefix"),
        ("SIGNALBOX__WAREHOUSE__DATABASE", "a-b", "warehouse.database"),
        ("SIGNALBOX__WAREHOUSE__LISTEN_PORT", "70000", "warehouse.listen_port"),
        ("SIGNALBOX__TELEMETRY__LOG", "a=b=c", "telemetry.log"),
        ("SIGNALBOX__TRAFFIC__WORKERS", "-1", "traffic.workers"),
        ("SIGNALBOX__TRAFFIC__TRUSTED_HOPS", "33", "traffic.trusted_hops"),
        ("SIGNALBOX__POSTBACK__FORWARDED_HEADER", "x-forwared-for", "postback.forwarded_header"),
        ("SIGNALBOX__TRAFFIC__FORWARDED_HEADER", "X-Forwarded-Proto", "traffic.forwarded_header"),
        ("SIGNALBOX__API__FORWARDED_HEADER", "not a header", "api.forwarded_header"),
        ("SIGNALBOX__DETECTION__RELOAD_CHECK_MS", "5", "detection.reload_check_ms"),
        ("SIGNALBOX__DETECTION__DATA_CENTER_BOTS", "sometimes", "detection.data_center_bots"),
        ("SIGNALBOX__DETECTION__DENY_ADDRESSES", "10.0.0.0/40", "detection.deny_addresses"),
        ("SIGNALBOX__DETECTION__DENY_USER_AGENTS", "[\"bot\", \" \"]", "detection.deny_user_agents"),
        ("SIGNALBOX__GEO__MORE_PATHS", "[\"\"]", "geo.more_paths"),
        ("SIGNALBOX__TRAFFIC__PUBLIC_URL", "go.example.com", "traffic.public_url"),
        ("SIGNALBOX__TRAFFIC__PUBLIC_URL", "ftp://go.example.com", "traffic.public_url"),
        ("SIGNALBOX__TRAFFIC__PUBLIC_URL", "https://go.example.com/?a=b", "traffic.public_url"),
        ("SIGNALBOX__TRAFFIC__NOT_FOUND_URL", "https://me:secret@example.com", "traffic.not_found_url"),
        ("SIGNALBOX__CATALOG__URL", "postgres://x", "catalog.url"),
        ("SIGNALBOX__CATALOG__URL", "sqlite:", "catalog.url"),
        ("SIGNALBOX__CATALOG__URL", "sqlite::memory:", "catalog.url"),
        ("SIGNALBOX__WAREHOUSE__URL", "clickhouse://x", "warehouse.url"),
        ("SIGNALBOX__JOURNAL__EVENT_LOG", "kafka://host", "journal.event_log"),
        ("SIGNALBOX__JOURNAL__EVENT_LOG", "kafka://me:pw@host:9092", "journal.event_log"),
        ("SIGNALBOX__JOURNAL__KAFKA_OPTIONS", "nonsense", "journal.kafka_options"),
    ];
    for (variable, value, key) in cases {
        let problem = one_problem(from_env(&[(variable, value)]));
        assert_eq!(problem.key, key, "{problem}");
        assert!(!problem.to_string().contains("secret"), "{problem}");
    }
}

#[test]
fn an_unreadable_file_is_a_problem_and_shows_no_line_of_itself() {
    let problem = one_problem(Settings::loader().file("/nowhere/signalbox.toml").load());
    assert!(problem.reason.contains("cannot be read") && problem.fix.contains("--config"), "{problem}");
    let problem = one_problem(from_file("[catalog]\nurl = \"mongodb://a:hunter2@db\n"));
    assert!(problem.reason.contains("line 2") && !problem.to_string().contains("hunter2"), "{problem}");
}

#[test]
fn a_list_must_be_of_texts() {
    assert!(
        one_problem(from_file("[traffic]\ntrusted_proxies = [1, 2]\n"))
            .reason
            .contains("other things than texts")
    );
    assert!(
        one_problem(from_file("[traffic]\ntrusted_proxies = \"10.0.0.0/8\"\n"))
            .fix
            .contains("a list of texts")
    );
    for bad in ["[1, 2]", "[\"a\"", "[a]"] {
        let problem = one_problem(from_env(&[("SIGNALBOX__TRAFFIC__TRUSTED_PROXIES", bad)]));
        assert_eq!(problem.key, "traffic.trusted_proxies", "{problem}");
    }
}

#[test]
fn proxies_are_named_or_counted_but_not_both() {
    let both =
        Settings::loader().set("api.trusted_hops", "1").set("api.trusted_proxies", "10.0.0.0/8").load();
    let problem = one_problem(both);
    assert_eq!(problem.key, "api.trusted_hops");
    assert!(problem.reason.contains("trusted_proxies is set too"), "{problem}");
    let counted = Settings::loader().set("traffic.trusted_hops", "1").load().unwrap().traffic.proxies();
    assert!(counted.trusts([198, 51, 100, 1].into()));
    assert!(!Settings::default().traffic.proxies().trusts([127, 0, 0, 1].into()));
}

#[test]
fn the_cookie_follows_https() {
    let mut api = Settings::default().api;
    assert!(!api.cookie_is_secure(false) && api.cookie_is_secure(true));
    api.public_url = Some("https://box.example.com".parse().unwrap());
    assert!(api.cookie_is_secure(false));
    api.cookie_secure = CookieSecure::Never;
    assert!(!api.cookie_is_secure(true));
}

#[test]
fn redaction_keeps_hosts_and_drops_the_rest() {
    let cases = [
        ("mongodb://a:b@h1,h2:27017/db?x=y", "mongodb://***@h1,h2:27017/db"),
        ("mongodb://h/db", "mongodb://h/db"),
        ("http://a:p@ss@h:8123", "http://***@h:8123"),
        ("http://a:p/a@h:8123/db", "http://***"),
        ("http://a:p?x@h:8123/db", "http://***"),
        ("http://a:p#x@h:8123/db", "http://***"),
        ("embedded", "embedded"),
        ("sqlite:/a/b", "sqlite:/a/b"),
        ("sasl.password=x", "sasl.password=***"),
    ];
    for (text, expected) in cases {
        assert_eq!(values::redact(text), expected);
    }
}

#[test]
fn every_key_has_a_comment_and_the_page_is_up_to_date() {
    let page = reference::markdown();
    for value in &Settings::default().describe().values {
        let row = page.lines().find(|line| line.starts_with(&format!("| `{}` |", value.key)));
        let row = row.unwrap_or_else(|| panic!("{} is missing in the page", value.key));
        let meaning = row.split(" | ").nth(2).unwrap();
        assert!(meaning.len() > 10, "{} has no comment in default.toml", value.key);
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/configuration.md");
    let written = fs::read_to_string(&path).unwrap();
    assert!(
        written == page,
        "docs/configuration.md differs from default.toml; run: cargo run -p signalbox-chassis --example configuration > docs/configuration.md"
    );
}

fn any_key() -> impl Strategy<Value = String> {
    let known: Vec<String> =
        Settings::default().describe().values.iter().map(|value| value.key.clone()).collect();
    prop_oneof![
        3 => proptest::sample::select(known).prop_map(|key| format!("SIGNALBOX__{}", key.to_uppercase().replace('.', "__"))),
        1 => "SIGNALBOX__[A-Z_]{0,12}",
        1 => "[ -~]{0,20}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Whatever stands in the environment: settings or a list of problems that name variables, never a panic.
    #[test]
    fn arbitrary_environments_are_judged(pairs in proptest::collection::vec((any_key(), "\\PC{0,40}"), 0..6)) {
        let names: Vec<String> = pairs.iter().map(|(name, _)| name.clone()).collect();
        if let Err(error) = Settings::loader().environment(pairs).load() {
            prop_assert!(!error.problems.is_empty());
            for problem in &error.problems {
                prop_assert!(!problem.reason.is_empty() && !problem.fix.is_empty());
                if let Source::Environment(name) | Source::SecretFile { variable: name, .. } = &problem.source {
                    prop_assert!(names.contains(name));
                }
            }
        }
    }

    /// A number in range arrives as it was written.
    #[test]
    fn numbers_arrive(number in 0usize..=1024) {
        let text = number.to_string();
        prop_assert_eq!(from_env(&[("SIGNALBOX__TRAFFIC__WORKERS", &text)]).unwrap().traffic.workers, number);
    }

    /// Any file: settings or problems, never a panic.
    #[test]
    fn arbitrary_files_are_judged(section in "[a-z]{1,9}|traffic|api", key in "[a-z_]{1,12}|listen|workers", value in "\\PC{0,20}|[0-9]{1,20}|\"[a-z:0-9]{0,9}\"") {
        let _ = from_file(&format!("[{section}]\n{key} = {value}\n"));
    }

    /// A password is in no message and in no description, whatever it is.
    #[test]
    fn passwords_stay_secret(password in "[a-zA-Z0-9/?#@:%]{12,24}", scheme in "mongodb|mongodb\\+srv|http|https|kafka|x") {
        let url = format!("{scheme}://user:{password}@host:1234/db");
        let secret = password.trim_matches(|c: char| !c.is_alphanumeric());
        prop_assume!(secret.len() >= 8);
        for variable in ["SIGNALBOX__CATALOG__URL", "SIGNALBOX__WAREHOUSE__URL"] {
            let shown = match from_env(&[(variable, &url)]) {
                Ok(settings) => format!("{settings:?}{}", settings.describe()),
                Err(error) => error.to_string(),
            };
            prop_assert!(!shown.contains(secret), "{}", shown);
        }
    }
}
