//! Alerts over the real engine: who is told, when, and how often; by HTTP and by mail to a server on this machine.

use crate::{
    Test, facts,
    instance::{Engine, Instance},
};
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{StatusCode, Uri},
};
use serde_json::{Value, json};
use signalbox_domain::{ClickId, ConversionId, Timestamp, WorkspaceId};
use signalbox_events::{
    Stream,
    wire::{ClickV1, Record},
};
use std::sync::{Arc, Mutex};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
};

pub const TESTS: &[Test] = &[
    ("alerts_are_told_once_and_told_back", |engine| Box::pin(told(engine))),
    ("alerts_reach_every_kind_of_receiver", |engine| Box::pin(receivers(engine))),
    ("alerts_never_connect_to_private_addresses_or_show_secrets", |engine| Box::pin(guarded(engine))),
];

/// Takes requests; refuses the first few.
#[derive(Clone, Default)]
struct Taken {
    requests: Arc<Mutex<Vec<(String, Value)>>>,
    refuse: Arc<Mutex<usize>>,
}

impl Taken {
    async fn start(refuse: usize) -> (Self, String) {
        let taken = Self::default();
        *taken.refuse.lock().unwrap() = refuse;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(take).with_state(taken.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (taken, url)
    }

    fn events(&self) -> Vec<String> {
        let requests = self.requests.lock().unwrap();
        requests.iter().map(|(_, body)| body["event"].as_str().unwrap_or_default().to_owned()).collect()
    }
}

async fn take(State(taken): State<Taken>, uri: Uri, body: Bytes) -> StatusCode {
    taken.requests.lock().unwrap().push((uri.to_string(), serde_json::from_slice(&body).unwrap()));
    let mut refuse = taken.refuse.lock().unwrap();
    if *refuse == 0 {
        return StatusCode::OK;
    }
    *refuse -= 1;
    StatusCode::INTERNAL_SERVER_ERROR
}

/// A mail server that takes everything.
async fn mail_server() -> (Arc<Mutex<Vec<String>>>, String) {
    let mails = Arc::new(Mutex::new(Vec::new()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    let kept = Arc::clone(&mails);
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            tokio::spawn(take_mail(connection, Arc::clone(&kept)));
        }
    });
    (mails, url)
}

async fn take_mail(connection: TcpStream, mails: Arc<Mutex<Vec<String>>>) {
    let mut connection = BufReader::new(connection);
    connection.write_all(b"220 mail.test ESMTP\r\n").await.unwrap();
    let (mut mail, mut in_data, mut line) = (String::new(), false, String::new());
    loop {
        line.clear();
        if connection.read_line(&mut line).await.unwrap_or(0) == 0 {
            return;
        }
        let answer: &[u8] = match line.trim_end() {
            "." if in_data => {
                in_data = false;
                mails.lock().unwrap().push(std::mem::take(&mut mail));
                b"250 taken\r\n"
            }
            _ if in_data => {
                mail.push_str(&line);
                continue;
            }
            "DATA" => {
                in_data = true;
                b"354 go on\r\n"
            }
            "QUIT" => b"221 bye\r\n",
            command => {
                if command.starts_with("RCPT") {
                    mail.push_str(&line);
                }
                b"250 mail.test\r\n"
            }
        };
        if connection.write_all(answer).await.is_err() {
            return;
        }
    }
}

/// A click a few minutes ago.
fn recent(workspace: WorkspaceId) -> ClickV1<'static> {
    let at = Timestamp::now().plus_ms(-300_000);
    let mut click = facts::click(workspace);
    (click.id, click.at) = (ClickId::new(at, rand::random()), at);
    click
}

fn alert(name: &str, metric: &str, (comparison, threshold): (&str, &str), channel: &Value) -> Value {
    json!({
        "name": name, "metric": metric, "comparison": comparison, "threshold": threshold,
        "window_minutes": 60, "cooldown_minutes": 600, "channels": [channel],
    })
}

async fn told(engine: &'static Engine) {
    let instance = Instance::start_with(|settings| settings.alert_every_s = 1).await;
    let workspace: WorkspaceId = instance.workspace.parse().unwrap();
    let warehouse = engine.database().await;
    let click = recent(workspace);
    facts::write(&warehouse, Stream::Clicks, &[Record::Click(Box::new(click.clone()))]).await;
    instance.warehouse.send_replace(Some(warehouse.clone()));
    let twin = instance.twin().await;
    // The first attempt fails, the second one is taken.
    let (taken, url) = Taken::start(1).await;
    let webhook = json!({ "type": "webhook", "url": format!("{url}/hook") });
    let mut body = alert("No sales", "conversions", ("below", "1"), &webhook);
    body["filters"] = json!([{ "any": [{ "field": "country", "op": "equals", "values": ["DE"] }] }]);
    let made = instance.make("alerts", body).await;
    assert_eq!(made["state"]["status"], "waiting", "{made}");
    let path = format!("/alerts/{}", made["id"].as_str().unwrap());
    let settled = |alert: &Value| alert["state"]["history"][0]["deliveries"][0]["done"] == true;
    let firing = instance.until(&path, "it fires", settled).await;
    assert_eq!((&firing["state"]["status"], &firing["state"]["value"]), (&json!("firing"), &json!("0")));
    assert_eq!(firing["state"]["history"][0]["deliveries"][0]["attempts"], 2);
    assert_eq!(taken.events(), ["firing", "firing"], "the same, once more");
    let (_, said) = taken.requests.lock().unwrap()[1].clone();
    assert_eq!((&said["value"], &said["alert"]["metric"]), (&json!("0"), &json!("conversions")));
    assert_eq!(said["workspace"]["name"], "Main");

    // Two nodes look again and again, and tell nothing more.
    let mut seen = firing["state"]["evaluated_at"].clone();
    for _ in 0..3 {
        let again =
            instance.until(&path, "it is looked at again", |it| it["state"]["evaluated_at"] != seen).await;
        seen = again["state"]["evaluated_at"].clone();
    }
    assert_eq!(taken.events().len(), 2);

    // A ratio of nothing is no figure, whatever the bound.
    let none = instance.make("alerts", alert("CPA", "cpa", ("below", "1000"), &webhook)).await;
    let none_path = format!("/alerts/{}", none["id"].as_str().unwrap());
    instance.until(&none_path, "no figure", |it| it["state"]["status"] == "no_data").await;
    assert_eq!(instance.delete(&none_path).await, 204);

    let mut sale = facts::sale(&click, "1.25");
    sale.id = ConversionId::new(sale.at, rand::random());
    facts::write(&warehouse, Stream::Facts, &[Record::Conversion(Box::new(sale))]).await;
    let back =
        instance.until(&path, "it is back", |it| it["state"]["history"][0]["kind"] == "resolved").await;
    instance.until(&path, "that is told", settled).await;
    assert_eq!(back["state"]["status"], "ok");
    assert_eq!(taken.events(), ["firing", "firing", "resolved"]);

    // What it watches can vanish: that is said, and nobody is told anything else.
    let (status, bad) = instance.post("/alerts", alert("X", "nonsense", ("above", "1"), &webhook)).await;
    assert_eq!((status, &bad["errors"][0]["field"]), (422, &json!("metric")), "{bad}");
    assert!(twin.stop("the test is over").await.is_clean());
    assert_eq!(instance.delete(&path).await, 204);
    let (_, left) = instance.get("/alerts").await;
    assert_eq!(left["items"], json!([]));
    instance.stop().await;
}

async fn receivers(engine: &'static Engine) {
    let (mails, mail_url) = mail_server().await;
    let instance = Instance::start_with(|settings| {
        settings.alert_every_s = 1;
        settings.mail_url = Some(mail_url.into());
        settings.mail_from = "Signalbox <tracker@example.com>".to_owned();
    })
    .await;
    let workspace: WorkspaceId = instance.workspace.parse().unwrap();
    let warehouse = engine.database().await;
    let mut before = recent(workspace);
    before.at = Timestamp::now().plus_ms(-5_400_000);
    before.id = ClickId::new(before.at, rand::random());
    let now = [recent(workspace), recent(workspace), recent(workspace)];
    let records: Vec<Record<'_>> =
        now.iter().chain([&before]).map(|click| Record::Click(Box::new(click.clone()))).collect();
    facts::write(&warehouse, Stream::Clicks, &records).await;
    instance.warehouse.send_replace(Some(warehouse));
    let (taken, url) = Taken::start(0).await;
    let body = json!({
        "name": "Many clicks", "metric": "clicks", "subject": "change", "comparison": "at_least", "threshold": "200",
        "window_minutes": 60, "cooldown_minutes": 600,
        "channels": [
            { "type": "telegram", "base_url": format!("{url}/api/"), "token": "12:top-secret", "chat_id": "-100" },
            { "type": "email", "to": ["ana@example.com", "ben@example.com"] },
            { "type": "webhook", "url": format!("{url}/one"), "authorization": "Bearer top-secret" },
            { "type": "webhook", "url": format!("{url}/two") },
        ],
    });
    let made = instance.make("alerts", body).await;
    assert!(!made.to_string().contains("top-secret"), "{made}");
    let path = format!("/alerts/{}", made["id"].as_str().unwrap());
    let all_done = |alert: &Value| {
        let deliveries = alert["state"]["history"][0]["deliveries"].as_array();
        deliveries.is_some_and(|all| all.iter().all(|delivery| delivery["done"] == true))
    };
    let firing = instance.until(&path, "everybody is told", all_done).await;
    assert_eq!((&firing["state"]["value"], &firing["state"]["before"]), (&json!("3"), &json!("1")));
    assert_eq!(firing["state"]["change"], "200");
    let mut paths: Vec<String> =
        taken.requests.lock().unwrap().iter().map(|(path, _)| path.clone()).collect();
    paths.sort();
    assert_eq!(paths, ["/api/bot12:top-secret/sendMessage", "/one", "/two"]);
    let chat =
        taken.requests.lock().unwrap().iter().find(|(path, _)| path.contains("bot")).unwrap().1.clone();
    assert_eq!(chat["chat_id"], "-100");
    assert!(chat["text"].as_str().unwrap().contains("a change of 200 %"), "{chat}");
    let mail = mails.lock().unwrap().join("\n");
    for part in
        ["ana@example.com", "ben@example.com", "Subject: Alert: Many clicks (Main)", "tracker@example.com"]
    {
        assert!(mail.contains(part), "{part} in {mail}");
    }

    // A test message, also after a change that names no secret anew.
    let channel = json!({ "type": "telegram", "base_url": format!("{url}/api"), "chat_id": "-100" });
    let mut changed = alert("Many clicks", "clicks", ("above", "100"), &channel);
    changed["version"] = made["version"].clone();
    let (status, answer) = instance.put(&path, changed).await;
    assert_eq!((status, &answer["channels"][0]["has_token"]), (200, &json!(true)), "{answer}");
    let (status, again) = instance.put(&path, answer).await;
    assert_eq!(
        (status, &again["channels"][0]["has_token"]),
        (200, &json!(true)),
        "sent back as it was read: {again}"
    );
    let (status, notice) = instance.post(&format!("{path}/test"), json!({})).await;
    assert_eq!((status, &notice["deliveries"][0]["done"]), (200, &json!(true)), "{notice}");
    let last = taken.requests.lock().unwrap().last().unwrap().0.clone();
    assert_eq!(last, "/api/bot12:top-secret/sendMessage");
    instance.stop().await;
}

async fn guarded(engine: &'static Engine) {
    let instance = Instance::start().await;
    instance.warehouse.send_replace(Some(engine.database().await));
    for url in ["http://169.254.169.254/latest/meta-data/top-secret", "http://10.0.0.1/top-secret"] {
        let webhook = json!({ "type": "webhook", "url": url });
        let made = instance.make("alerts", alert("A", "clicks", ("above", "5"), &webhook)).await;
        let path = format!("/alerts/{}", made["id"].as_str().unwrap());
        let (status, notice) = instance.post(&format!("{path}/test"), json!({})).await;
        let delivery = &notice["deliveries"][0];
        assert_eq!((status, &delivery["done"]), (200, &json!(false)), "{notice}");
        let error = delivery["error"].as_str().unwrap();
        assert!(error.contains("not a public address") && !error.contains("top-secret"), "{error}");
    }
    let mail = json!({ "type": "email", "to": ["ana@example.com"] });
    let (status, refused) = instance.post("/alerts", alert("A", "clicks", ("above", "5"), &mail)).await;
    assert_eq!((status, &refused["errors"][0]["field"]), (422, &json!("channels[0]")), "{refused}");
    // Nobody listens there: the failure is told without the address, which holds the token.
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let chat = json!({ "type": "telegram", "base_url": format!("http://{closed}"), "token": "1:top-secret", "chat_id": "1" });
    let made = instance.make("alerts", alert("B", "clicks", ("above", "5"), &chat)).await;
    let (_, notice) =
        instance.post(&format!("/alerts/{}/test", made["id"].as_str().unwrap()), json!({})).await;
    assert_eq!(notice["deliveries"][0]["done"], false);
    assert!(!notice.to_string().contains("top-secret"), "{notice}");
    instance.stop().await;
}
