//! Queries: where they may stand, what comes back, what one leaves for the next.

use std::time::{Duration, Instant};

use crate::support::{Answer, Engine};

fn form(fields: &[(&str, &str)]) -> String {
    let field = |(name, value): &(&str, &str)| {
        format!("--B\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    format!("{}--B--\r\n", fields.iter().map(field).collect::<String>())
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_like_a_server() {
    let engine = Engine::start().await;
    assert_eq!(
        Answer::of(engine.http.get(format!("{}/ping", engine.handle.base_url())).send().await.unwrap())
            .await
            .ok(),
        "Ok.\n"
    );
    assert_eq!(engine.get(&[]).await.ok(), "Ok.\n");

    assert_eq!(engine.get(&[("query", "SELECT 1")]).await.ok(), "1\n");
    assert_eq!(engine.post("SELECT 1, 'a'").await.ok(), "1\ta\n");
    assert_eq!(engine.post_with(&[("query", "SELECT 1 +")], "2 FORMAT CSV").await.ok(), "3\n");
    assert_eq!(engine.post_with(&[("query", "SELECT 1;")], "").await.ok(), "1\n");
    assert_eq!(
        engine.get(&[("query", "SELECT 1 AS a"), ("default_format", "JSONEachRow")]).await.ok(),
        "{\"a\":1}\n"
    );
    assert_eq!(
        engine.get(&[("query", "SELECT 1 AS a FORMAT TSVWithNames"), ("default_format", "CSV")]).await.ok(),
        "a\n1\n"
    );
    let by_header =
        engine.request(reqwest::Method::POST, "/").header("x-clickhouse-format", "CSV").body("SELECT 'x'");
    assert_eq!(Answer::of(by_header.send().await.unwrap()).await.ok(), "\"x\"\n");
    assert_eq!(engine.run("SELECT timezone()").await, "UTC\n");

    let answer =
        engine.get(&[("query", "SELECT number FROM numbers(3) FORMAT JSON"), ("query_id", "my-id")]).await;
    assert_eq!(
        (answer.header("x-clickhouse-query-id"), answer.header("x-clickhouse-format")),
        ("my-id", "JSON")
    );
    let summary: serde_json::Value = serde_json::from_str(answer.header("x-clickhouse-summary")).unwrap();
    assert_eq!((&summary["read_rows"], &summary["result_rows"]), (&"3".into(), &"3".into()));
    assert_eq!(answer.header("content-type"), "application/json; charset=UTF-8");
    engine.handle.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn parameters_are_values_never_sql() {
    let engine = Engine::start().await;
    let sql = "SELECT {s:String}, {n:Int64} + 1, {l:Array(String)}";
    let parameters = [
        ("query", sql),
        ("param_s", "it's; DROP TABLE t -- \\\\ \\n"),
        ("param_n", "-5"),
        ("param_l", "['a','b''c']"),
    ];
    assert_eq!(engine.get(&parameters).await.ok(), "it\\'s; DROP TABLE t -- \\\\ \\n\t-4\t['a','b\\'c']\n");
    let form = form(&[("query", "SELECT {s:String}"), ("param_s", "a\\tb"), ("default_format", "CSV")]);
    let request = engine
        .request(reqwest::Method::POST, "/")
        .header("content-type", "multipart/form-data; boundary=B")
        .body(form);
    assert_eq!(Answer::of(request.send().await.unwrap()).await.ok(), "\"a\tb\"\n");
    engine.get(&[("query", "SELECT {s:String}")]).await.refused(500, 456);
    engine.get(&[("query", "SELECT {n:Int8}"), ("param_n", "x")]).await.refused(500, 457);
    engine.handle.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_request_leaves_nothing_for_the_next() {
    let engine = Engine::start().await;
    let threads = "SELECT getSetting('max_threads') = 7, currentDatabase()";
    engine.run("CREATE DATABASE other").await;
    assert_eq!(
        engine.post_with(&[("max_threads", "7"), ("database", "other")], threads).await.ok(),
        "1\tother\n"
    );
    assert_eq!(engine.run(&format!("{threads} SETTINGS max_threads = 7")).await, "1\tdefault\n");
    engine.run("SET max_threads = 7").await;
    engine.run("USE other").await;
    engine.run("CREATE TEMPORARY TABLE leak (a Int8)").await;
    engine.post_with(&[("max_threads", "7"), ("no_such_setting", "1")], "SELECT 1").await.refused(404, 115);
    engine.post_with(&[("max_threads", "seven")], "SELECT 1").await.refused(400, 27);
    engine.post_with(&[("max_threads", "7")], "SELECT throwIf(1)").await.refused(500, 395);
    for _ in 0..20 {
        assert_eq!(engine.run(threads).await, "0\tdefault\n");
        engine.post("SELECT * FROM leak").await.refused(404, 60);
    }
    engine.handle.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_do_what_they_say() {
    let engine = Engine::start().await;
    let slow = "SELECT sum(sipHash64(number)) FROM numbers(100000000000)";
    let started = Instant::now();
    engine.post_with(&[("max_execution_time", "0.2")], slow).await.refused(408, 159);
    assert!(started.elapsed() < Duration::from_secs(10));
    let hungry = "SELECT length(groupArray(number)) FROM numbers(10000000)";
    engine.post_with(&[("max_memory_usage", "10000000")], hungry).await.refused(500, 241);
    engine
        .post_with(
            &[("max_result_rows", "10"), ("wait_end_of_query", "1")],
            "SELECT number FROM numbers(100)",
        )
        .await
        .refused(500, 396);
    assert_eq!(engine.post_with(&[("wait_end_of_query", "1")], "SELECT 1").await.ok(), "1\n");
    assert_eq!(engine.run("SELECT 1").await, "1\n");
    engine.handle.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_result_streams_as_one_document() {
    let engine = Engine::start().await;
    for (format, header) in
        [("TSV", ""), ("TSVWithNamesAndTypes", "n\nUInt64\n"), ("CSVWithNames", "\"n\"\n")]
    {
        let sql = format!("SELECT number AS n FROM numbers(1000000) ORDER BY n FORMAT {format}");
        let answer = engine.get(&[("query", &sql)]).await;
        assert!(!answer.header("x-clickhouse-exception-tag").is_empty(), "{format} is not streamed");
        let text = answer.ok();
        let rows = text.strip_prefix(header).unwrap_or_else(|| panic!("{format}: {}", &text[..40]));
        assert!(rows.lines().map(|line| line.parse::<u64>().unwrap()).eq(0..1_000_000), "{format}");
    }
    let binary = engine
        .get(&[("query", "SELECT number AS n FROM numbers(1000000) FORMAT RowBinaryWithNamesAndTypes")])
        .await;
    assert_eq!(binary.body.len(), 10 + 8 * 1_000_000);
    let empty = engine.get(&[("query", "SELECT 1 AS n WHERE 0 FORMAT CSVWithNames")]).await;
    assert_eq!(empty.ok(), "\"n\"\n");
    let totals = "SELECT number % 2 AS k, count() FROM numbers(10) GROUP BY k WITH TOTALS ORDER BY k";
    assert_eq!(engine.run(totals).await, "0\t5\n1\t5\n\n0\t10\n");
    // A format that is one document by nature is whole, within its bound.
    let json = engine.get(&[("query", "SELECT number FROM numbers(300000) FORMAT JSON")]).await;
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&json.body).unwrap()["rows"], 300_000);
    engine.handle.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_takes_no_memory_of_its_size() {
    let engine = Engine::start().await;
    let resident = |pid: u32| {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap().trim().to_owned();
        line.strip_suffix(" kB").unwrap().parse::<u64>().unwrap() / 1024
    };
    let before = resident(engine.pid());
    let request = engine
        .request(reqwest::Method::GET, "/")
        .query(&[("query", "SELECT number, toString(number) FROM numbers(20000000) FORMAT CSV")]);
    let mut response = request.send().await.unwrap();
    let (mut bytes, mut peak) = (0, 0);
    while let Some(chunk) = response.chunk().await.unwrap() {
        bytes += chunk.len();
        peak = peak.max(resident(engine.pid()));
    }
    assert!(bytes > 350_000_000, "{bytes}");
    assert!(peak < before + 150, "{before} MiB before, {peak} MiB at most, for {bytes} bytes");
    engine.handle.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_breaks_off_cannot_be_taken_for_whole() {
    let engine = Engine::start().await;
    let sql = "SELECT throwIf(number = 3000000) FROM numbers(4000000) FORMAT TSV SETTINGS max_threads = 1";
    let response = engine.request(reqwest::Method::GET, "/").query(&[("query", sql)]).send().await.unwrap();
    assert_eq!(response.status(), 200);
    let tag = response.headers()["x-clickhouse-exception-tag"].to_str().unwrap().to_owned();
    let mut response = response;
    let mut body = Vec::new();
    let broke = loop {
        match response.chunk().await {
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => break false,
            Err(_) => break true,
        }
    };
    assert!(broke, "the connection ended as if all were well");
    let tail = String::from_utf8_lossy(&body[body.len().saturating_sub(600)..]).into_owned();
    assert!(
        tail.contains("Code: 395. DB::Exception") && tail.ends_with(&format!(" {tag}\r\n__exception__\r\n")),
        "{tail}"
    );
    let error = engine
        .client()
        .query("SELECT throwIf(number = 3000000) FROM numbers(4000000) SETTINGS max_threads = 1")
        .fetch_all::<u8>()
        .await;
    assert!(error.unwrap_err().to_string().contains("Code: 395"));
    engine.handle.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn queries_run_side_by_side_and_ping_answers() {
    let engine = Engine::start().await;
    engine.run("CREATE TABLE t (n UInt64) ENGINE = MergeTree ORDER BY n").await;
    let slow = "SELECT sum(sipHash64(number)) FROM numbers(100000000000)";
    let busy: Vec<_> = (0..4)
        .map(|_| {
            let request = engine
                .request(reqwest::Method::POST, "/")
                .query(&[("max_execution_time", "6"), ("max_threads", "1")])
                .body(slow);
            tokio::spawn(async move { Answer::of(request.send().await.unwrap()).await })
        })
        .collect();
    // All threads for reads are taken: inserts and pings go on, and another read waits for its turn.
    let started = Instant::now();
    for n in 0..20 {
        engine.run(&format!("INSERT INTO t VALUES ({n})")).await;
        let ping = engine.http.get(format!("{}/ping", engine.handle.base_url())).send().await.unwrap();
        assert_eq!(ping.status(), 200);
    }
    assert!(
        started.elapsed() < Duration::from_secs(5),
        "inserts waited for reports: {:?}",
        started.elapsed()
    );
    assert_eq!(engine.run("SELECT 1").await, "1\n");
    for task in busy {
        task.await.unwrap().refused(408, 159);
    }
    assert_eq!(engine.run("SELECT count(), sum(n) FROM t").await, "20\t190\n");
    engine.handle.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_leaves_frees_its_place() {
    let engine = Engine::start().await;
    // Both kinds: one that computes without a row, one that streams and is not read.
    for sql in [
        "SELECT sum(sipHash64(number)) FROM numbers(100000000000)",
        "SELECT number FROM numbers(100000000000) FORMAT TSV",
    ] {
        for _ in 0..6 {
            let request =
                engine.request(reqwest::Method::POST, "/").timeout(Duration::from_millis(300)).body(sql);
            let left = match request.send().await {
                Ok(response) => response.bytes().await.is_err(),
                Err(_) => true,
            };
            assert!(left);
        }
        engine.eventually("SELECT count() FROM system.processes WHERE query LIKE '%100000000000%' AND query NOT LIKE '%system.processes%'", "0\n").await;
    }
    engine.handle.stop().await;
}
