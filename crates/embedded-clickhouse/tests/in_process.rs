//! The engine hosted in this very process, with bounds small enough to reach. One test, because a process has one engine.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test says what went wrong by stopping"
)]

use std::time::Duration;

use signalbox_embedded_clickhouse::{EngineConfig, Error, Limits, Server, ServerConfig, find_library};

fn config(dir: &std::path::Path) -> ServerConfig {
    let mut config = ServerConfig::local(EngineConfig::new(
        dir,
        find_library(None).unwrap_or_else(|error| panic!("{error}")),
    ));
    config.limits = Limits {
        readers: 1,
        writers: 1,
        queue_max: 1,
        queue_wait_max: Duration::from_millis(500),
        body_bytes_max: 1000,
        bodies_bytes_max: 1500,
        query_bytes_max: 5000,
        whole_result_bytes_max: 100_000,
        idle_max: Duration::from_millis(700),
        drain_max: Duration::from_millis(300),
    };
    config
}

struct Client {
    http: reqwest::Client,
    url: String,
}

impl Client {
    async fn post(&self, query: &str, body: impl Into<reqwest::Body>) -> (u16, String) {
        let response = self.http.post(&self.url).query(&[("query", query)]).body(body).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }

    #[track_caller]
    fn expect(answer: &(u16, String), status: u16, words: &str) {
        assert!(answer.0 == status && answer.1.contains(words), "{answer:?}, not {status} with {words:?}");
    }

    fn spawn(&self, query: &'static str) -> tokio::task::JoinHandle<u16> {
        let request = self.http.post(&self.url).body(query);
        tokio::spawn(async move { request.send().await.map_or(0, |response| response.status().as_u16()) })
    }

    /// Waits until so many queries whose text begins so are running. Looks through the lane of inserts, which is free.
    async fn until_running(&self, prefix: &str, count: u32) {
        let probe = format!(
            "INSERT INTO seen SELECT throwIf(count() != {count}) FROM system.processes WHERE startsWith(query, '{prefix}')"
        );
        let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
        while self.post(&probe, "").await.0 != 200 {
            assert!(tokio::time::Instant::now() < deadline, "never {count} of {prefix}");
        }
    }
}

const ENDLESS: &str = "SELECT sum(sipHash64(number)) FROM numbers(100000000000)";

#[tokio::test(flavor = "multi_thread")]
async fn every_bound_has_its_answer() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(config(dir.path())).await.unwrap();
    let second = Server::start(config(dir.path())).await.err().unwrap();
    assert!(matches!(second, Error::AlreadyOpen), "{second}");
    let client = Client { http: reqwest::Client::new(), url: server.base_url() };
    client.post("CREATE TABLE t (a UInt32) ENGINE = MergeTree ORDER BY a", "").await;
    client.post("CREATE TABLE seen (a UInt8) ENGINE = Memory", "").await;

    let body = client.post("INSERT INTO t FORMAT TSV", "1\n".repeat(501)).await;
    Client::expect(&body, 413, "larger than the limit of 1000 bytes");
    let query = client.post("SELECT 1", format!("-- {}", "x".repeat(6000))).await;
    Client::expect(&query, 413, "the query is larger than the limit of 5000 bytes");
    let result = client.post("SELECT number FROM numbers(100000) FORMAT JSON", "").await;
    Client::expect(&result, 500, "Limit for result exceeded");
    let streamed = client.post("SELECT number FROM numbers(100000) FORMAT TSV", "").await;
    assert_eq!((streamed.0, streamed.1.lines().count()), (200, 100_000));

    slow_bodies(&client).await;
    full_queue(&client).await;
    sleepy_reader(&client).await;
    assert_eq!(client.post("SELECT count() FROM t", "").await, (200, "0\n".to_owned()));

    // A stop with a query that would never end: it is stopped, the engine is closed in good order, and can be opened again.
    let endless = client.spawn(ENDLESS);
    client.until_running("SELECT sum", 1).await;
    assert!(server.stop().await);
    assert_eq!(endless.await.unwrap(), 500);
    let server = reopen(dir.path()).await;
    let client = Client { http: reqwest::Client::new(), url: server.base_url() };
    assert_eq!(client.post("SELECT count() FROM t", "").await, (200, "0\n".to_owned()));
    assert!(server.stop().await);
}

/// Threads that have just answered may still hold the old engine for a moment.
async fn reopen(dir: &std::path::Path) -> Server {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
    loop {
        match Server::start(config(dir)).await {
            Ok(server) => return server,
            Err(error) => assert!(
                matches!(error, Error::AlreadyOpen) && tokio::time::Instant::now() < deadline,
                "{error}"
            ),
        }
    }
}

/// An insert whose body begins and then does not go on until the sender is dropped.
async fn stalled_insert(
    client: &Client,
) -> (tokio::sync::mpsc::Sender<Result<Vec<u8>, std::io::Error>>, tokio::task::JoinHandle<u16>) {
    let (sender, receiver) = tokio::sync::mpsc::channel(1);
    let body =
        futures::stream::unfold(
            receiver,
            |mut receiver| async move { Some((receiver.recv().await?, receiver)) },
        );
    let request = client.http.post(&client.url).query(&[("query", "INSERT INTO t FORMAT TSV")]);
    let request = request.body(reqwest::Body::wrap_stream(body));
    let answer = tokio::spawn(async move { request.send().await.unwrap().status().as_u16() });
    sender.send(Ok(b"1\n".repeat(450))).await.unwrap();
    (sender, answer)
}

/// A body that stops coming holds so much that another has no room, and is refused in the end.
async fn slow_bodies(client: &Client) {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
    let mut stalled = stalled_insert(client).await;
    loop {
        assert!(tokio::time::Instant::now() < deadline);
        let second = client.post("INSERT INTO t FORMAT Null", "1\n".repeat(450)).await;
        if second.0 == 503 {
            Client::expect(
                &second,
                503,
                "Code: 202. DB::Exception: insert bodies in flight hold more than 1500 bytes",
            );
            break assert_eq!(stalled.1.await.unwrap(), 408);
        }
        if stalled.1.is_finished() {
            // The second one was there first, and it was the stalled one that had no room.
            assert_eq!(stalled.1.await.unwrap(), 503);
            stalled = stalled_insert(client).await;
        }
    }
}

async fn full_queue(client: &Client) {
    let running = client.spawn(ENDLESS);
    client.until_running("SELECT sum", 1).await;
    // One waits in the queue until its time is over; while it does, there is no room for another.
    let waiting = client.spawn("SELECT 'waits'");
    let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
    let mut texts = Vec::new();
    while !texts.iter().any(|text: &String| text.contains("too many queries wait already (reads)")) {
        assert!(tokio::time::Instant::now() < deadline, "{texts:?}");
        let (status, text) = client.post("SELECT 'also waits'", "").await;
        assert_eq!(status, 503, "{text}");
        texts.push(text);
        if waiting.is_finished() {
            drop(client.spawn("SELECT 'waits again'"));
        }
    }
    assert_eq!(waiting.await.unwrap(), 503);
    assert_eq!(client.http.get(format!("{}/ping", client.url)).send().await.unwrap().status(), 200);
    running.abort();
    // The place of the one that has left is free again.
    client.until_running("SELECT sum", 0).await;
    let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
    while client.post("SELECT 1", "").await.0 != 200 {
        assert!(tokio::time::Instant::now() < deadline);
    }
}

/// A client that takes the beginning of a large answer and then nothing more does not hold the only reading thread for ever.
async fn sleepy_reader(client: &Client) {
    let query = [("query", "SELECT number FROM numbers(1000000000) FORMAT TSV")];
    let mut response = client.http.post(&client.url).query(&query).send().await.unwrap();
    assert!(response.chunk().await.unwrap().is_some());
    let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
    while client.post("SELECT 1", "").await.0 != 200 {
        assert!(tokio::time::Instant::now() < deadline, "the thread is still held");
    }
    // What it has not read yet ends in an error, not as if it were all.
    let end = loop {
        match response.chunk().await {
            Ok(Some(_)) => {}
            end => break end,
        }
    };
    assert!(end.is_err());
}
