//! Nothing of another workspace is returned or revealed, whatever is asked.
//!
//! Not "the answer has no rows of theirs", but two stronger properties over generated requests:
//! *non-interference* – the answer is the same, byte for byte, when the other workspace has no facts at all;
//! *indifference* – a request that names a thing of theirs is answered exactly as one that names a thing that does not exist, so no
//! status, error or suggestion tells that there is one. What is unique over the instance by design (slugs, hosts, addresses of users)
//! is not asked here.

mod generate;

use crate::{
    Test, facts,
    instance::{Engine, Instance},
};
use generate::{Ask, Generator};
use serde_json::{Value, json};
use signalbox_domain::{ClickId, ConversionId, WorkspaceId};
use signalbox_events::{
    Stream,
    wire::{ClickV1, ConversionV1, Record},
};
use signalbox_warehouse::Warehouse;

pub const TESTS: &[Test] = &[
    ("tenants_learn_nothing_of_each_other_by_generated_requests", |engine| Box::pin(generated(engine))),
    ("tenants_learn_nothing_of_each_other_by_any_identifier", |engine| Box::pin(identified(engine))),
];

/// Generated requests; each is asked three times.
const REQUESTS: usize = 120;

/// A program with a key of one workspace.
pub struct Caller {
    http: reqwest::Client,
    base: String,
    key: String,
}

impl Caller {
    /// Status and normal form of the answer.
    async fn ask(&self, ask: &Ask) -> (u16, String) {
        let url = format!("{}{}", self.base, ask.path);
        let mut request = self.http.request(ask.method.clone(), url).header("api-key", &self.key);
        if let Some(body) = &ask.body {
            request = request.header("content-type", "application/json").body(body.clone());
        }
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let text = response.text().await.unwrap();
        (status, normal(&text))
    }

    async fn make(&self, collection: &str, body: Value) -> Value {
        let ask = Ask::post(&format!("/api/v1/{collection}"), &body);
        let url = format!("{}{}", self.base, ask.path);
        let request = self.http.post(url).header("api-key", &self.key).json(&body);
        let response = request.send().await.unwrap();
        let status = response.status();
        let made: Value = response.json().await.unwrap();
        assert_eq!(status, 201, "{collection}: {made}");
        made
    }
}

/// An answer without what differs from one request to the next.
fn normal(text: &str) -> String {
    let Ok(mut value) = serde_json::from_str::<Value>(text) else { return text.to_owned() };
    blank(&mut value);
    value.to_string()
}

fn blank(value: &mut Value) {
    const CHANGING: &[&str] =
        &["took_ms", "request_id", "created_at", "updated_at", "next_cursor", "token", "url", "prefix"];
    match value {
        Value::Object(fields) => {
            for (name, field) in fields.iter_mut() {
                if CHANGING.contains(&name.as_str()) && !field.is_null() {
                    *field = json!("…");
                } else {
                    blank(field);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(blank),
        _ => {}
    }
}

/// Names of everything that one workspace has; of both the same shape.
pub struct Side {
    pub caller: Caller,
    pub workspace: WorkspaceId,
    /// `mine` or `theirs`: the beginning of every text of this side.
    pub word: &'static str,
    /// Kind and id of each object.
    pub ids: Vec<(&'static str, String)>,
    /// Ids of clicks and conversions.
    pub events: Vec<String>,
    /// Tokens of share links, the second with a password.
    pub tokens: Vec<String>,
}

/// What opens the links that need it.
pub const LINK_PASSWORD: &str = "correct horse battery";

impl Side {
    pub fn id(&self, kind: &str) -> &str {
        &self.ids.iter().find(|(known, _)| *known == kind).unwrap().1
    }

    /// Makes one object of each kind.
    async fn furnish(&mut self) {
        let (word, caller) = (self.word, &self.caller);
        let id = |made: &Value| made["id"].as_str().unwrap().to_owned();
        let name = format!("{word}-name");
        let network = id(&caller.make("networks", json!({ "name": name })).await);
        let destination = json!({ "name": name, "url": "https://a.example/", "network_id": network });
        let destination = id(&caller.make("destinations", destination).await);
        let source = id(&caller.make("sources", json!({ "name": name })).await);
        let domain = id(&caller.make("domains", json!({ "host": format!("{word}.example.com") })).await);
        let output = id(&caller.make("outputs", json!({ "name": name, "url": "https://b.example/" })).await);
        let streams = json!([{ "name": name, "routes": [{ "destination_id": destination }] }]);
        let campaign = json!({ "name": name, "slug": format!("{word}-slug"), "source_id": source, "domain_id": domain, "streams": streams });
        let campaign = caller.make("campaigns", campaign).await;
        let stream = campaign["streams"][0]["id"].as_str().unwrap().to_owned();
        let campaign = id(&campaign);
        let metric = json!({ "key": word, "title": name, "formula": "revenue - cost" });
        let metric = id(&caller.make("metrics", metric).await);
        let query = json!({ "dimensions": ["campaign"], "metrics": ["clicks", format!("custom_{word}")], "range": { "token": "all_time" } });
        let view =
            id(&caller.make("views", json!({ "name": name, "everybody": true, "query": query })).await);
        let link = caller.make("share-links", json!({ "name": name, "query": query })).await;
        // Open to other ranges, and with a filter that facts of either side meet.
        let shared = json!({
            "dimensions": ["campaign", "keyword", "sub_id_1"], "metrics": ["clicks", "cost", format!("custom_{word}")],
            "filters": [{ "field": "keyword", "op": "not_equals", "values": ["mine-kw-0"] }], "range": { "token": "all_time" },
        });
        let sealed = json!({ "name": name, "query": shared, "range_open": true, "password": LINK_PASSWORD });
        let sealed = caller.make("share-links", sealed).await;
        self.tokens = [&link, &sealed].map(|link| link["token"].as_str().unwrap().to_owned()).into();
        let link = id(&link);
        let alert = json!({
            "name": name, "active": false, "metric": "clicks", "comparison": "above", "threshold": "1000000",
            "window_minutes": 60, "channels": [{ "type": "webhook", "url": "https://hooks.example/" }],
        });
        let alert = id(&caller.make("alerts", alert).await);
        let export = json!({ "name": name, "active": false, "view_id": view, "days": { "type": "daily" }, "time": "06:00" });
        let export = id(&caller.make("scheduled-exports", export).await);
        let key = caller.make("api-keys", json!({ "name": name, "role": "viewer" })).await;
        let key = key["api_key"]["id"].as_str().unwrap().to_owned();
        self.ids = vec![
            ("campaign", campaign),
            ("stream", stream),
            ("destination", destination),
            ("source", source),
            ("network", network),
            ("domain", domain),
            ("output", output),
            ("metric", metric),
            ("view", view),
            ("link", link),
            ("alert", alert),
            ("export", export),
            ("api_key", key),
            ("workspace", self.workspace.to_string()),
        ];
    }

    /// Clicks and sales of this side; those of the other one have the same shape and other values.
    fn facts(&mut self, cost: &str) -> (Vec<ClickV1<'static>>, Vec<ConversionV1<'static>>) {
        let (mut clicks, mut sales) = (Vec::new(), Vec::new());
        for number in 0..8_i64 {
            let mut click = facts::click(self.workspace);
            click.at = click.at.plus_ms(number * 3_600_000);
            click.id = ClickId::new(click.at, rand::random());
            click.cost = cost.parse().unwrap();
            click.external_id = format!("{}-ext-{number}", self.word).into();
            let dims = &mut click.dims;
            dims.campaign = self.id("campaign").parse().unwrap();
            dims.stream = self.id("stream").parse().unwrap();
            dims.destination = self.id("destination").parse().unwrap();
            dims.source = self.id("source").parse().unwrap();
            dims.network = self.id("network").parse().unwrap();
            dims.keyword = format!("{}-kw-{}", self.word, number % 3).into();
            dims.country = if number % 2 == 0 { "DE" } else { "FR" }.into();
            dims.sub_ids = vec![(1, format!("{}-sub-{}", self.word, number % 2).into())];
            self.events.push(click.id.to_string());
            if number % 3 == 0 {
                let mut sale = facts::sale(&click, "7.77");
                sale.id = ConversionId::new(sale.at, rand::random());
                self.events.push(sale.id.to_string());
                sales.push(sale);
            }
            clicks.push(click);
        }
        (clicks, sales)
    }
}

/// Both sides, a warehouse with the facts of both, and one with those of mine alone.
struct World {
    instance: Instance,
    mine: Side,
    theirs: Side,
    both: Warehouse,
    alone: Warehouse,
}

impl World {
    async fn new(engine: &'static Engine) -> Self {
        let instance = Instance::start().await;
        let (both, alone) = (engine.database().await, engine.database().await);
        instance.warehouse.send_replace(Some(both.clone()));
        let other = instance.make("workspaces", json!({ "name": "theirs-name", "currency": "USD" })).await;
        let other = other["id"].as_str().unwrap().to_owned();
        let mut sides = Vec::new();
        for (workspace, word) in [(instance.workspace.clone(), "mine"), (other, "theirs")] {
            let body = json!({ "name": "test", "role": "admin" });
            let (status, made) = instance.post_in(&workspace, "/api-keys", body).await;
            assert_eq!(status, 201, "{made}");
            let key = made["key"].as_str().unwrap().to_owned();
            let caller = Caller { http: instance.http.clone(), base: instance.running.url.clone(), key };
            let workspace = workspace.parse().unwrap();
            let mut side =
                Side { caller, workspace, word, ids: Vec::new(), events: Vec::new(), tokens: Vec::new() };
            side.furnish().await;
            sides.push(side);
        }
        let (mut theirs, mut mine) = (sides.remove(1), sides.remove(0));
        let (my_clicks, my_sales) = mine.facts("0.05");
        let (their_clicks, their_sales) = theirs.facts("123.45");
        let clicks = |clicks: &[ClickV1<'static>]| -> Vec<Record<'static>> {
            clicks.iter().map(|click| Record::Click(Box::new(click.clone()))).collect()
        };
        let sales = |sales: &[ConversionV1<'static>]| -> Vec<Record<'static>> {
            sales.iter().map(|sale| Record::Conversion(Box::new(sale.clone()))).collect()
        };
        for warehouse in [&both, &alone] {
            facts::write(warehouse, Stream::Clicks, &clicks(&my_clicks)).await;
            facts::write(warehouse, Stream::Facts, &sales(&my_sales)).await;
        }
        facts::write(&both, Stream::Clicks, &clicks(&their_clicks)).await;
        facts::write(&both, Stream::Facts, &sales(&their_sales)).await;
        Self { instance, mine, theirs, both, alone }
    }

    /// The same text about things that do not exist: every name of theirs becomes one of nobody.
    fn ghosts(&self, text: &str) -> String {
        let mut text = text.replace("theirs", "ghosts");
        let ids = self.theirs.ids.iter().map(|(_, id)| id).chain(&self.theirs.events);
        for id in ids {
            let last = if id.ends_with('7') { '8' } else { '7' };
            let ghost = format!("{}{last}", &id[..id.len() - 1]);
            text = text.replace(id, &ghost);
        }
        text
    }

    fn ghost(&self, ask: &Ask) -> Ask {
        Ask {
            method: ask.method.clone(),
            path: self.ghosts(&ask.path),
            body: ask.body.as_deref().map(|body| self.ghosts(body)),
        }
    }

    /// What the other side has, as it sees it itself.
    async fn theirs_now(&self) -> Vec<(u16, String)> {
        let mut all = Vec::new();
        for list in [
            "campaigns",
            "destinations",
            "sources",
            "networks",
            "domains",
            "outputs",
            "metrics",
            "views",
            "share-links",
            "alerts",
            "scheduled-exports",
            "api-keys",
            "costs",
        ] {
            all.push(self.theirs.caller.ask(&Ask::get(&format!("/api/v1/{list}"))).await);
        }
        let report = json!({ "dimensions": ["campaign", "keyword"], "range": { "token": "all_time" } });
        all.push(self.theirs.caller.ask(&Ask::post("/api/v1/reports/query", &report)).await);
        assert!(all.iter().all(|(status, _)| *status == 200), "{all:?}");
        all
    }

    /// Answered as if the thing did not exist.
    async fn is_indifferent(&self, ask: &Ask) {
        let answer = self.mine.caller.ask(ask).await;
        let ghost = self.mine.caller.ask(&self.ghost(ask)).await;
        assert_eq!((answer.0, self.ghosts(&answer.1)), ghost, "{ask:?}");
    }
}

async fn generated(engine: &'static Engine) {
    let world = World::new(engine).await;
    let before = world.theirs_now().await;
    let (_, metadata) = world.mine.caller.ask(&Ask::get("/api/v1/reports/metadata")).await;
    assert!(!metadata.contains("theirs"), "{metadata}");
    let mut generator = Generator::new(20_260_501, &metadata, (&world.mine, &world.theirs));
    let asks: Vec<Ask> = (0..REQUESTS).map(|_| generator.ask()).collect();
    let mut answers = Vec::new();
    for ask in &asks {
        let answer = world.mine.caller.ask(ask).await;
        if !ask.names("theirs") {
            assert!(!answer.1.contains("theirs") && !answer.1.contains("123.45"), "{ask:?}: {}", answer.1);
        }
        let ghost = world.mine.caller.ask(&world.ghost(ask)).await;
        assert_eq!((answer.0, world.ghosts(&answer.1)), ghost, "{ask:?}");
        answers.push(answer);
    }
    assert_eq!(world.theirs_now().await, before);
    world.instance.warehouse.send_replace(Some(world.alone.clone()));
    for (ask, with_theirs) in asks.iter().zip(&answers) {
        assert_eq!(*with_theirs, world.mine.caller.ask(ask).await, "{ask:?}");
    }
    // The requests were worth asking: most were answered, and many with rows; of shared reports too.
    for token in &world.mine.tokens {
        let of_link = asks.iter().zip(&answers).filter(|(ask, _)| ask.names(token));
        let with_rows = of_link.filter(|(_, (status, text))| *status == 200 && text.contains("mine")).count();
        assert!(with_rows > 0, "a shared report was never shown");
    }
    let answered = answers.iter().filter(|(status, _)| *status < 300).count();
    let with_rows = answers.iter().filter(|(_, text)| text.contains("mine")).count();
    assert!(
        answered > REQUESTS / 2 && with_rows > REQUESTS / 5,
        "{answered} answered, {with_rows} with rows"
    );
    world.instance.stop().await;
}

/// Every operation of the API that takes an identifier, with every identifier of theirs.
async fn identified(engine: &'static Engine) {
    let world = World::new(engine).await;
    let before = world.theirs_now().await;
    let (_, document) = world.mine.caller.ask(&Ask::get("/api/openapi.json")).await;
    let document: Value = serde_json::from_str(&document).unwrap();
    let mut asked = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        if !path.contains("{id}") {
            continue;
        }
        for (method, operation) in item.as_object().unwrap() {
            let ids = world.theirs.ids.iter().map(|(_, id)| id).chain(world.theirs.events.iter().take(2));
            for id in ids {
                let path = path.replace("{id}", id).replace("{stream_id}", world.theirs.id("stream"));
                let body = operation["requestBody"].is_object().then(|| "{}".to_owned());
                let ask = Ask { method: method.to_uppercase().parse().unwrap(), path, body };
                world.is_indifferent(&ask).await;
                asked += 1;
            }
        }
    }
    assert!(asked > 500, "{asked}");
    // References into the other workspace are refused like those that lead nowhere, and lists hold nothing of it.
    let theirs = |kind: &str| world.theirs.id(kind);
    for (collection, body) in [
        ("destinations", json!({ "url": "https://a.example/", "network_id": theirs("network") })),
        ("campaigns", json!({ "slug": "new", "source_id": theirs("source"), "domain_id": theirs("domain") })),
        (
            "outputs",
            json!({ "url": "https://a.example/", "scope": { "type": "campaign", "id": theirs("campaign") } }),
        ),
        (
            "scheduled-exports",
            json!({ "name": "x", "view_id": theirs("view"), "days": { "type": "daily" }, "time": "06:00" }),
        ),
        ("simulate", json!({ "campaign_id": theirs("campaign") })),
        ("deliveries/resend", json!({ "output_id": theirs("output") })),
        ("conversions/delete", json!({ "ids": [world.theirs.events[1]] })),
        ("conversions/restore", json!({ "ids": [world.theirs.events[1]] })),
        ("erasures/preview", json!({ "by": "visitor", "value": world.theirs.events[0] })),
        ("erasures/preview", json!({ "by": "click", "value": world.theirs.events[0] })),
        ("erasures/preview", json!({ "by": "external_id", "value": "theirs-ext-1" })),
        ("erasures", json!({ "by": "click", "value": world.theirs.events[0] })),
        ("postbacks/replay/preview", json!({ "network_id": theirs("network") })),
        ("users", json!({ "email": "x@example.com", "role": "viewer", "workspace_id": theirs("workspace") })),
    ] {
        world.is_indifferent(&Ask::post(&format!("/api/v1/{collection}"), &body)).await;
    }
    for path in [
        "alerts",
        "scheduled-exports",
        "views",
        "share-links",
        "metrics",
        "costs",
        "clearings",
        "erasures",
        "instance",
        "workspaces",
    ] {
        let (status, text) = world.mine.caller.ask(&Ask::get(&format!("/api/v1/{path}"))).await;
        assert!(status == 200 && !text.contains("theirs"), "{path}: {status} {text}");
    }
    assert_eq!(world.theirs_now().await, before, "and nothing of theirs was changed");
    let _ = &world.both;
    world.instance.stop().await;
}
