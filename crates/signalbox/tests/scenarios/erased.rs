//! A person asks for their data to be erased: the whole program, killed in the middle, and then every byte of every table and of the catalog.

use crate::world::{EXE, VISIBLE_MAX, World, browser};
use reqwest::Method;
use serde_json::{Value, json};
use signalbox_testkit::{Instance, until};
use std::{fs, path::Path, time::Duration};

/// What is known of the person, each found nowhere afterwards.
const ADDRESS: &str = "203.0.113.77";
const EXTERNAL: &str = "person-external-4711";
const MARKER: &str = "person-marker-4711";
const OTHER: &str = "other-marker-4712";

/// Where the engine listens.
const PORT: &str = "warehouse.listen_port";

struct Story {
    world: World,
}

impl Story {
    async fn begin(instance: &Instance) -> Self {
        let world = World::create(instance).await;
        let landing = world
            .admin
            .create(
                "/destinations",
                json!({"name": "Lander", "kind": "landing", "url": "https://lander.example/?cid={click_id}"}),
            )
            .await;
        let source = &world.campaign["source_id"];
        world
            .admin
            .create(
                "/campaigns",
                json!({"name": "Landed", "slug": "landed", "source_id": source, "cost": {"model": "cpc", "amount": "0.5"},
                    "streams": [{"name": "All", "kind": "regular",
                        "landings": [{"destination_id": landing["id"], "weight": 100}],
                        "routes": [{"destination_id": world.destination["id"], "weight": 100}]}]}),
            )
            .await;
        Self { world }
    }

    /// One click from an address; its id.
    async fn click(&self, instance: &Instance, slug: &str, (address, query): (&str, &str)) -> String {
        let url = format!("{}/{slug}?{query}", instance.traffic_url());
        until("a click is redirected", Duration::from_secs(60), || async {
            let request = browser().get(&url).header("x-forwarded-for", address);
            let answer = request.send().await.map_err(|error| error.to_string())?;
            let location = answer.headers().get("location").and_then(|value| value.to_str().ok());
            let location = location.ok_or_else(|| answer.status().to_string())?;
            let id = location.split_once("cid=").ok_or_else(|| location.to_owned())?.1;
            Ok::<String, String>(id[..26].to_owned())
        })
        .await
    }

    /// The visitor of a click goes on from the landing page.
    async fn go_on(&self, instance: &Instance, click: &str) {
        let url = format!("{}/click?cid={click}", instance.traffic_url());
        let answer = browser().get(url).header("x-forwarded-for", ADDRESS).send().await.unwrap();
        assert_eq!(answer.status(), 302, "{answer:?}");
    }

    async fn log(&self, kind: &str) -> Result<String, String> {
        let path = format!("/logs/{kind}?limit=100&from=2000-01-01T00:00:00Z");
        self.world.admin.try_get(&path).await.map(|log| log.to_string())
    }

    async fn until_logged(&self, kind: &str, text: &str) {
        until("it is in the log", VISIBLE_MAX * 4, || async {
            let log = self.log(kind).await?;
            if log.contains(text) { Ok(()) } else { Err(format!("{kind}: {log}")) }
        })
        .await;
    }

    /// What the workspace's reports say, but for what describes a visitor.
    async fn report(&self) -> Value {
        let metrics = ["clicks", "unique_clicks", "landing_clicks", "conversions", "revenue", "cost"];
        let query = json!({"dimensions": ["campaign", "country", "browser"], "metrics": metrics, "range": {"token": "all_time"}});
        let report = self.world.admin.must(Method::POST, "/reports/query", Some(&query)).await;
        json!([report["rows"], report["totals"]])
    }

    /// Clicks by the sub id that tells visitors apart.
    async fn by_sub_id(&self) -> String {
        let query =
            json!({"dimensions": ["sub_id_1"], "metrics": ["clicks"], "range": {"token": "all_time"}});
        self.world.admin.must(Method::POST, "/reports/query", Some(&query)).await["rows"].to_string()
    }
}

/// The password of the instance's engine, which is in the environment of its process alone.
fn engine_password(instance: &Instance) -> String {
    let parent = format!("--parent-pid\0{}\0", instance.pid().unwrap());
    let of = |folder: fs::DirEntry| {
        let line = fs::read(folder.path().join("cmdline")).ok()?;
        let environment = fs::read(folder.path().join("environ")).ok()?;
        let (line, environment) = (String::from_utf8_lossy(&line), String::from_utf8_lossy(&environment));
        let is_engine = line.contains("embedded-clickhouse\0") && line.contains(&parent);
        let password = environment.split('\0').find_map(|it| it.strip_prefix("SIGNALBOX_EMBEDDED_PASSWORD="));
        password.filter(|_| is_engine).map(str::to_owned)
    };
    fs::read_dir("/proc").unwrap().flatten().find_map(of).unwrap()
}

/// Rows of every table of the instance, and what its engine remembers of rewriting them, that hold one of these words.
async fn tables_with(instance: &Instance, words: &[&str]) -> Vec<String> {
    let (url, password) =
        (format!("http://127.0.0.1:{}/", instance.setting(PORT)), engine_password(instance));
    let client = reqwest::Client::new();
    let ask = async |sql: String| {
        let request = client.post(&url).header("x-clickhouse-user", "default");
        let request = request.header("x-clickhouse-key", &password).body(sql.clone());
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "{sql}: {text}");
        text
    };
    let database = "signalbox";
    let tables =
        ask(format!("SELECT name FROM system.tables WHERE database = '{database}' FORMAT TSV")).await;
    assert!(tables.lines().any(|table| table == "clicks"), "{tables}");
    let mut found = Vec::new();
    for table in tables.lines() {
        let rows = ask(format!("SELECT * FROM `{database}`.`{table}` FORMAT JSONEachRow")).await;
        found.extend(
            rows.lines().filter(|row| words.iter().any(|word| row.contains(word))).map(str::to_owned),
        );
    }
    let mutations =
        ask(format!("SELECT command FROM system.mutations WHERE database = '{database}' FORMAT TSV")).await;
    found.extend(
        mutations.lines().filter(|row| words.iter().any(|word| row.contains(word))).map(str::to_owned),
    );
    found
}

/// Files of the catalog that hold one of these words.
fn catalog_with(folder: &Path, words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.starts_with("catalog.sqlite3") {
            continue;
        }
        let bytes = fs::read(entry.path()).unwrap();
        let has = |word: &str| bytes.windows(word.len()).any(|window| window == word.as_bytes());
        found.extend(words.iter().filter(|word| has(word)).map(|word| format!("{name}: {word}")));
    }
    found
}

/// A port that is free now.
fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_of_a_person_is_left_and_reports_stay_what_they_were() {
    let mut instance = Instance::start(EXE, &[(PORT, &free_port().to_string())]).await;
    let mut story = Story::begin(&instance).await;
    let (person, other) = (format!("ext={EXTERNAL}&zone={MARKER}"), format!("ext=other&zone={OTHER}"));
    let bought = story.click(&instance, "story", (ADDRESS, &person)).await;
    let again = story.click(&instance, "story", (ADDRESS, &person)).await;
    let landed = story.click(&instance, "landed", (ADDRESS, &person)).await;
    let on_page = story.click(&instance, "landed", (ADDRESS, &person)).await;
    let theirs = story.click(&instance, "story", ("198.51.100.9", &other)).await;
    story.go_on(&instance, &landed).await;
    for (click, said) in [(&bought, MARKER), (&theirs, OTHER)] {
        let query = format!("subid={click}&payout=5&status=sale&sub1={said}");
        assert_eq!(story.world.postback(&instance, &query).await.0, 200);
    }
    let totals = json!({"clicks": 5, "landing_clicks": 1, "conversions": 2, "revenue": "10"});
    story.world.admin.until_totals(&totals, VISIBLE_MAX * 4).await;
    story.until_logged("deliveries", EXTERNAL).await;
    let now = signalbox_domain::Timestamp::now();
    let (from, to) = (now.plus_ms(-86_400_000), now.plus_ms(86_400_000));
    let today = json!({"from": from.to_rfc3339(), "to": to.to_rfc3339()});
    let correction = json!({"range": today, "filters": [], "bots": "include", "spread": "per_click", "amount": "0.1", "mode": "add"});
    story.world.admin.create("/costs", correction).await;
    let before = story.report().await;
    let person_words = [ADDRESS, EXTERNAL, MARKER];
    assert!(tables_with(&instance, &person_words).await.len() > 10, "the search finds what is there");
    assert!(!catalog_with(instance.data_dir(), &person_words).is_empty(), "here as well");

    let wish = json!({"by": "visitor", "value": again, "note": "Request 7"});
    let preview = story.world.admin.must(Method::POST, "/erasures/preview", Some(&wish)).await;
    let found =
        json!([preview["clicks"], preview["conversions"], preview["postbacks"], preview["deliveries"]]);
    assert_eq!(found, json!([4, 1, 1, 1]), "{preview}");
    let made = story.world.admin.create("/erasures", wish).await;
    assert_eq!((&made["state"], &made["clicks"]), (&json!("requested"), &json!(4)), "{made}");
    // It goes on where it was, whoever is killed: once before the clicks are found, once while rows are about to go.
    instance.kill_and_run().await;
    story.world.admin = story.world.admin.at(&instance);
    until("it has come far", VISIBLE_MAX * 8, || async {
        let list = story.world.admin.try_get("/erasures").await?;
        let state = list["items"][0]["state"].as_str().unwrap_or_default().to_owned();
        if ["waiting", "deleting", "done"].contains(&state.as_str()) { Ok(()) } else { Err(list.to_string()) }
    })
    .await;
    instance.kill_and_run().await;
    story.world.admin = story.world.admin.at(&instance);
    let done = story.until_done().await;
    for table in ["clicks", "facts", "conversions", "postbacks", "deliveries"] {
        assert!(done["erased"][table].as_u64() > Some(0), "{table}: {done}");
    }
    assert_eq!(
        (&done["note"], &done["by"], &done["clicks"]),
        (&json!("Request 7"), &json!("visitor"), &json!(4))
    );

    nothing_is_left(&instance).await;
    assert_eq!(story.report().await, before, "counts and money stay");
    let by_sub_id = story.by_sub_id().await;
    assert!(by_sub_id.contains(OTHER) && !by_sub_id.contains(MARKER), "{by_sub_id}");
    for (kind, text) in [("clicks", OTHER), ("conversions", theirs.as_str()), ("deliveries", theirs.as_str())]
    {
        let log = story.log(kind).await.unwrap();
        assert!(log.contains(text) && !log.contains(&bought), "{kind}: {log}");
    }
    story.what_comes_late(&instance, (&bought, &on_page, &theirs)).await;
    nothing_is_left(&instance).await;
}

async fn nothing_is_left(instance: &Instance) {
    let words = [ADDRESS, EXTERNAL, MARKER];
    assert_eq!(tables_with(instance, &words).await, [""; 0]);
    assert_eq!(catalog_with(instance.data_dir(), &words), [""; 0]);
}

impl Story {
    async fn until_done(&self) -> Value {
        until("it is erased", VISIBLE_MAX * 8, || async {
            let list = self.world.admin.try_get("/erasures").await?;
            let first = list["items"][0].clone();
            if first["state"] == "done" { Ok(first) } else { Err(first.to_string()) }
        })
        .await
    }

    /// A network says something about an erased click, and its visitor goes on from a landing page; others count as always.
    async fn what_comes_late(&self, instance: &Instance, (bought, on_page, theirs): (&str, &str, &str)) {
        let said = format!("subid={bought}&payout=9&tid=late&sub1={MARKER}");
        assert_eq!(self.world.postback(instance, &said).await.0, 200);
        let row = until("the verdict", VISIBLE_MAX * 4, || async {
            let log = self.world.admin.try_get("/logs/postbacks?limit=100&from=2000-01-01T00:00:00Z").await?;
            let rows = log["items"].as_array().cloned().unwrap_or_default();
            let of_click = |row: &&Value| row["click_id"] == json!(bought) && row["verdict"] != "held";
            rows.iter().find(of_click).cloned().ok_or_else(|| log.to_string())
        })
        .await;
        assert_eq!(row["code"], "click_erased", "{row}");
        assert!(row["reason"].as_str().unwrap().contains("was erased"), "{row}");
        assert_eq!(
            self.world.postback(instance, &format!("subid={theirs}&payout=2&tid=second")).await.0,
            200
        );
        self.go_on(instance, on_page).await;
        let totals = json!({"clicks": 5, "landing_clicks": 2, "conversions": 3, "revenue": "12"});
        self.world.admin.until_totals(&totals, VISIBLE_MAX * 4).await;
        // What came late is looked for every minute.
        until("it went as well", VISIBLE_MAX * 8, || async {
            let late = [self.log("clicks").await?, self.log("postbacks").await?, self.by_sub_id().await];
            if late.iter().any(|text| text.contains(MARKER)) { Err(late.join("\n")) } else { Ok(()) }
        })
        .await;
        let rows = until("what was received went as well", VISIBLE_MAX * 8, || async {
            let rows = tables_with(instance, &[MARKER]).await;
            if rows.is_empty() { Ok(rows) } else { Err(rows.join("\n")) }
        })
        .await;
        assert!(rows.is_empty());
        self.until_done().await;
    }
}
