//! Reports against an oracle in another language (`tools/oracle`), which knows nothing but what happened.

mod again;
mod history;

use crate::world::EXE;
use history::{History, Owner, history};
use serde_json::{Value, json};
use signalbox_domain::WorkspaceId;
use signalbox_events::{
    Journal, JournalOptions, Stream,
    wire::{HeadPosition, Record},
};
use signalbox_testkit::{Admin, Instance, until};
use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::Output,
    time::Duration,
};
use trafficgen::drive::{Drive, Plan};

/// Until everything that is journaled is in the reports.
const SETTLED_MAX: Duration = Duration::from_secs(180);
const SEED: u64 = 20_240_229;
const VISITS: usize = 2_000;
const REQUESTS: &str = "280";
/// How often the whole event log is read again, and what the oracle is asked after that.
const REPLAYS: usize = 3;
const REQUESTS_AFTER: &str = "60";
/// What the oracle answers on a machine without Python's time zones.
const CANNOT_TELL: i32 = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_generated_report_is_what_the_oracle_says() {
    // Journals keep everything: it is read again below.
    let mut instance = Instance::start(EXE, &[("journal.trim_delay_ms", "86400000")]).await;
    let world = World::create(&instance).await;
    let ledger = instance.data_dir().with_extension("ledger");
    world.drive(&instance, &ledger).await;
    let history = history(SEED, VISITS, &world.owner);
    assert!(instance.stop().await.0, "the instance ends well");
    journal(&instance, &history);
    instance.run().await;
    let admin = Admin::with_key(&instance, world.admin.key());
    let told = write_ledger(&admin, &world, &ledger, &history).await;

    let Some(output) = ask_oracle(&instance, &admin, &ledger, REQUESTS).await else {
        assert!(std::env::var_os("CI").is_none(), "python3 is missing");
        eprintln!("NOT TESTED: the oracle needs Python 3.9 (python3) with time zone data");
        return;
    };
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\nthe instance said:\n{}", complaints(&instance));
    let seen: Value = serde_json::from_slice(&output.stdout).unwrap();
    if seen["failures"] != json!([]) {
        eprintln!("answers failed and were right when asked again: {seen}\n{}", complaints(&instance));
    }
    assert!(seen["nulls"].as_u64() > Some(100) && seen["figures"].as_u64() > Some(10_000), "{seen}");
    assert!(seen["compared"].as_u64() > Some(300) && seen["cut"].as_u64() > Some(3), "{seen}");

    let before = again::figures(&admin).await;
    for _ in 0..REPLAYS {
        again::read_everything_again(&mut instance).await;
        assert_eq!(again::figures(&admin.at(&instance)).await, before);
    }
    let admin = admin.at(&instance);
    let output = ask_oracle(&instance, &admin, &ledger, REQUESTS_AFTER).await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    // An oracle that agrees with everything would be worth nothing: one report less, and it must not.
    let reported = history.ledger.iter().find(|line| line["kind"] == "report").unwrap();
    let transaction = format!("\"transaction\":{}", reported["transaction"]);
    let less: Vec<&str> = told.lines().filter(|line| !line.contains(&transaction)).collect();
    assert!(less.len() < told.lines().count());
    fs::write(&ledger, less.join("\n")).unwrap();
    let output = ask_oracle(&instance, &admin, &ledger, "1").await.unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
}

struct World {
    admin: Admin,
    owner: Owner,
    /// Ids of the campaigns that are really driven, by slug.
    driven: Value,
    key: String,
}

impl World {
    async fn create(instance: &Instance) -> Self {
        let admin = Admin::set_up(instance).await;
        let network = |name: &'static str| {
            let admin = admin.clone();
            async move { admin.create("/networks", json!({"name": name})).await }
        };
        let networks = [network("First").await, network("Second").await];
        let source = json!({"name": "Source", "parameters": [
            {"parameter": "zone", "token": "{zone}", "role": "sub_id_1", "label": ""},
            {"parameter": "ext", "token": "{click}", "role": "external_id", "label": ""},
            {"parameter": "bid", "token": "{bid}", "role": "cost", "label": ""}]});
        let source = admin.create("/sources", source).await;
        let streams = json!([{"name": "All", "kind": "default",
            "action": {"type": "url", "url": "https://offer.example/?cid={click_id}"}}]);
        let mut campaigns = Vec::new();
        for name in ["year-a", "year-b", "year-c", "now", "probe"] {
            let campaign = json!({"name": name, "slug": name, "source_id": source["id"], "streams": streams,
                "cost": {"model": "cpc", "amount": "0.05"}, "cost_from_parameter": true});
            campaigns.push(admin.create("/campaigns", campaign).await);
        }
        let workspaces = admin.get("/workspaces").await;
        let workspace: WorkspaceId = workspaces["items"][0]["id"].as_str().unwrap().parse().unwrap();
        let id = |of: &Value| of["id"].as_str().unwrap().to_owned();
        let owner = Owner {
            workspace,
            campaigns: campaigns[..3].iter().map(|campaign| id(campaign).parse().unwrap()).collect(),
            networks: networks.iter().map(|network| id(network).parse().unwrap()).collect(),
        };
        let key = networks[0]["postback_key"].as_str().unwrap().to_owned();
        Self { admin, owner, driven: json!({"now": id(&campaigns[3])}), key }
    }

    /// Real requests, into the ledger of the generator of traffic.
    async fn drive(&self, instance: &Instance, ledger: &Path) {
        // A campaign of its own, made after the others: a snapshot that has it has them all.
        let probe = format!("{}/probe", instance.traffic_url());
        until("the campaign routes", Duration::from_secs(60), || async {
            let answer =
                crate::world::browser().get(&probe).send().await.map_err(|error| error.to_string())?;
            if answer.status() == 302 { Ok(()) } else { Err(answer.status().to_string()) }
        })
        .await;
        let plan = json!({
            "traffic": instance.traffic_url(), "postback": instance.postback_url(), "clicks": 300, "conversions": 90,
            "concurrency": 8, "seed": 11, "retry_seconds": 120, "answer_ms": 60_000,
            "campaigns": [{"slug": "now", "sub_id_parameter": "zone", "external_id_parameter": "ext", "cost_parameter": "bid",
                "costs": ["0.01", "0.0123", "0.000000001", "1.5"], "click_id_parameter": "cid", "network": 0}],
            "networks": [{"key": self.key, "payouts": ["1.10", "0.333333333", "25", "7.77"]}],
        });
        let plan: Plan = serde_json::from_value(plan).unwrap();
        let mut file = fs::File::create(ledger).unwrap();
        let summary = Drive::new(plan).unwrap().run(Some(&mut file)).await.unwrap().summary();
        assert_eq!((summary.clicks_answered, summary.postbacks_refused), (300, 0), "{summary:?}");
    }
}

/// Puts the year into the journals of the stopped instance.
fn journal(instance: &Instance, history: &History) {
    let open = |name: &str, stream| {
        Journal::open(instance.data_dir().join("journal").join(name), JournalOptions::new(stream)).unwrap()
    };
    let clicks = open("clicks", Stream::Clicks);
    let records: Vec<Vec<u8>> = history.clicks.iter().map(|record| record.encode().unwrap()).collect();
    clicks.append_batch(&records).unwrap();
    // As for any postback: it is judged when every click before it has been seen.
    let heads = vec![HeadPosition { journal: clicks.id().get(), head: clicks.head() }];
    let received = history.postbacks.iter().map(|postback| {
        let mut postback = postback.clone();
        postback.heads.clone_from(&heads);
        Record::PostbackRaw(postback).encode().unwrap()
    });
    let postbacks = open("postbacks", Stream::Postbacks);
    postbacks.append_batch(&received.collect::<Vec<_>>()).unwrap();
    clicks.close().unwrap();
    postbacks.close().unwrap();
}

/// Waits until the year is in the reports, corrects costs, and adds all that to the ledger; what it holds then.
async fn write_ledger(admin: &Admin, world: &World, ledger: &Path, history: &History) -> String {
    let campaigns: Vec<String> = world.owner.campaigns.iter().map(ToString::to_string).collect();
    let expected = [
        ("clicks", json!(VISITS)),
        ("landing_hits", json!(history.hits)),
        ("conversions", json!(history.conversions)),
        ("revenue", json!(history.revenue.to_string())),
        ("revenue_rejected", json!(history.rejected.to_string())),
    ];
    let metrics: Vec<&str> = expected.iter().map(|(name, _)| *name).collect();
    let query = json!({"dimensions": [], "metrics": metrics, "range": {"token": "all_time"},
        "filters": [{"field": "campaign", "op": "equals", "values": campaigns}]});
    until("the year in the reports", SETTLED_MAX, || async {
        let (status, report) = admin.ask(reqwest::Method::POST, "/reports/query", Some(&query)).await?;
        let found = &report["totals"]["metrics"];
        let same = expected.iter().all(|(name, value)| found[*name] == *value);
        if same { Ok(()) } else { Err(format!("{status} {found}, expected {expected:?}")) }
    })
    .await;
    // What was driven came before; its last status may still be on its way.
    let driven =
        trafficgen::drive::Ledger::read(std::io::BufReader::new(fs::File::open(ledger).unwrap())).unwrap();
    let about = admin.about(&json!({"id": world.driven["now"]}));
    let revenue = driven.summary().revenue.to_string();
    about.until_totals(&json!({"clicks": 300, "conversions": 90, "revenue": revenue}), SETTLED_MAX).await;

    let mut file = fs::OpenOptions::new().append(true).open(ledger).unwrap();
    for line in &history.ledger {
        writeln!(file, "{line}").unwrap();
    }
    for (slug, id) in world.driven.as_object().unwrap() {
        writeln!(file, "{}", json!({"kind": "campaign", "slug": slug, "id": id})).unwrap();
    }
    for line in correct(admin, &campaigns).await {
        writeln!(file, "{line}").unwrap();
    }
    fs::read_to_string(ledger).unwrap()
}

/// Corrections of costs: spread with a rest, for each click, on top, of machines, and one that is taken back.
async fn correct(admin: &Admin, campaigns: &[String]) -> Vec<Value> {
    // 2024-03-09T12:00Z, 2024-04-07T00:00Z, 2024-10-27T12:00Z
    let (spring, april, autumn) = (1_709_985_600_000_i64, 1_712_448_000_000_i64, 1_730_030_400_000_i64);
    let corrections = [
        (&campaigns[0], (spring, april), ("include", false), ("total", "100", "replace"), false),
        (&campaigns[0], (spring, autumn), ("exclude", true), ("per_click", "0.07", "add"), false),
        (&campaigns[1], (spring, autumn), ("include", false), ("per_click", "0.2", "replace"), true),
        (&campaigns[1], (april, autumn), ("only", false), ("total", "0.000000007", "replace"), false),
        (&campaigns[0], (april - 1, autumn), ("include", false), ("total", "33.333333333", "replace"), false),
    ];
    let mut lines = Vec::new();
    for (campaign, (from, to), (bots, only_unique), (spread, amount, mode), undone) in corrections {
        let moment = |ms: i64| signalbox_domain::Timestamp(ms).to_rfc3339();
        let filter = json!([{"field": "campaign", "op": "equals", "values": [campaign]}]);
        let input = json!({"range": {"from": moment(from), "to": moment(to)}, "filters": filter, "bots": bots,
            "only_unique": only_unique, "spread": spread, "amount": amount, "mode": mode});
        let made = admin.create("/costs", input).await;
        if undone {
            admin.create(&format!("/costs/{}/undo", made["id"].as_str().unwrap()), json!({})).await;
        }
        lines.push(
            json!({"kind": "correction", "from_ms": from, "to_ms": to, "campaign": campaign, "bots": bots,
            "only_unique": only_unique, "spread": spread, "amount": amount, "mode": mode, "undone": undone,
            "clicks": made["clicks"]}),
        );
    }
    lines
}

/// What the oracle says; `None` when this machine has nobody who could.
async fn ask_oracle(instance: &Instance, admin: &Admin, ledger: &Path, requests: &str) -> Option<Output> {
    let program = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tools/oracle/oracle.py");
    let mut command = tokio::process::Command::new("python3");
    command
        .arg("-B")
        .arg(program)
        .arg(ledger)
        .args(["--requests", requests, "--seed", "1"])
        .kill_on_drop(true);
    command
        .env("SIGNALBOX_API", format!("{}/api/v1", instance.admin_url()))
        .env("SIGNALBOX_KEY", admin.key());
    let output = command.output().await.ok()?;
    (output.status.code() != Some(CANNOT_TELL)).then_some(output)
}

/// The last warnings and errors of the instance.
fn complaints(instance: &Instance) -> String {
    let log = fs::read_to_string(instance.log_path()).unwrap_or_default();
    let loud = |line: &&str| line.contains("\"ERROR\"") || line.contains("\"WARN\"");
    let mut lines: Vec<&str> = log.lines().rev().filter(loud).take(20).collect();
    lines.reverse();
    lines.join("\n")
}
