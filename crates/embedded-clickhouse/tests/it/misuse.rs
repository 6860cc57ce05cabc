//! Requests that no client of ours sends: each has a clean answer, and the next one works.

use crate::support::{Answer, Engine};

#[tokio::test(flavor = "multi_thread")]
async fn garbage_gets_a_clean_refusal() {
    let engine = Engine::start().await;
    engine.run("CREATE TABLE t (a Int8) ENGINE = Memory").await;
    engine.post("").await.refused(400, 62);
    engine.post(" -- nothing\n").await.refused(400, 62);
    engine.post("SELEC 1").await.refused(400, 62);
    engine.post(vec![0xff, 0xfe, 0x00, 0x80]).await.refused(400, 62);
    engine.post("SELECT 'unterminated").await.refused(400, 62);
    for two in ["SELECT 1; DROP TABLE t", "INSERT INTO t VALUES (1); DROP TABLE t", "SELECT 1;\nSELECT 2"] {
        assert!(engine.post(two).await.refused(400, 62).contains("multi-statements"));
    }
    engine.post("SELECT 1 INTO OUTFILE '/tmp/signalbox-test-outfile'").await.refused(400, 62);
    engine.post("INSERT INTO t FROM INFILE '/etc/hostname' FORMAT TSV").await.refused(400, 62);
    engine.post_with(&[("database", "nowhere")], "SELECT 1").await.refused(404, 81);
    engine.post_with(&[("database", "x`; DROP TABLE t")], "SELECT 1").await.refused(404, 81);
    engine.post_with(&[("max_threads'", "1")], "SELECT 1").await.refused(400, 36);
    engine.post_with(&[("log_comment", "a'b\\")], "SELECT 1").await.ok();
    engine.post_with(&[("default_format", "Nonsense")], "SELECT 1").await.refused(404, 73);
    engine.post("SELECT 1 FORMAT Nonsense").await.refused(404, 73);
    engine.post_with(&[("compress", "1")], "SELECT 1").await.refused(501, 48);
    engine.post_with(&[("session_id", "x")], "SELECT 1").await.refused(501, 48);
    engine.post(format!("SELECT '{}'", "x".repeat(17 << 20))).await.refused(413, 229);
    let deep = format!("SELECT {}1{}", "(".repeat(20_000), ")".repeat(20_000));
    let deep = engine.post(deep).await;
    assert!((400..600).contains(&deep.status), "{}", deep.text());
    assert_eq!(engine.run("SELECT count() FROM t").await, "0\n");
    assert_eq!(engine.pid(), engine.pid());
    assert_eq!(engine.handle.restarts(), 0);
    engine.handle.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_http_gets_a_clean_refusal() {
    let engine = Engine::start().await;
    let send = async |kind: &str, body: &str| {
        let request = engine
            .request(reqwest::Method::POST, "/")
            .header("content-type", kind.to_owned())
            .body(body.to_owned());
        Answer::of(request.send().await.unwrap()).await
    };
    send("multipart/form-data", "x").await.refused(400, 36);
    send("multipart/form-data; boundary=B", "x").await.refused(400, 36);
    send(
        "multipart/form-data; boundary=B",
        "--B\r\nContent-Disposition: form-data; name=\"query\"\r\n\r\nSELECT 1",
    )
    .await
    .refused(400, 36);
    send(
        "multipart/form-data; boundary=B",
        "--B\r\nContent-Disposition: form-data; name=\"t\"; filename=\"f\"\r\n\r\n1\r\n--B--\r\n",
    )
    .await
    .refused(501, 48);
    send("multipart/form-data; boundary=B", "--B--\r\n").await.refused(400, 62);
    assert_eq!(send("application/x-www-form-urlencoded", "SELECT 1").await.ok(), "1\n");

    for (method, path, status) in [
        ("GET", "/nothing", 404),
        ("PUT", "/", 405),
        ("POST", "/ping", 405),
        ("DELETE", "/?query=SELECT+1", 405),
    ] {
        let answer = engine.request(method.parse().unwrap(), path).send().await.unwrap();
        assert_eq!(answer.status(), status, "{method} {path}");
    }
    let long = format!("GET /?query=SELECT+'{}' HTTP/1.1\r\nHost: x\r\n\r\n", "x".repeat(100_000));
    for raw in [
        &long,
        "\0\0\0",
        "GET / HTTP/9\r\n\r\n",
        "GET /?query=%zz HTTP/1.1\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    ] {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let mut socket = tokio::net::TcpStream::connect(engine.handle.address()).await.unwrap();
        // The other side may have hung up before everything was said.
        let _said = socket.write_all(raw.as_bytes()).await;
        let _said = socket.shutdown().await;
        let mut answer = String::new();
        let _broken = socket.read_to_string(&mut answer).await;
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 4"),
            "{:?}: {answer}",
            &raw[..raw.len().min(60)]
        );
    }
    assert_eq!(engine.run("SELECT 1").await, "1\n");
    engine.handle.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_get_nothing() {
    let engine = Engine::start().await;
    let url = format!("{}/?query=SELECT+1", engine.handle.base_url());
    for (user, key) in [("default", ""), ("default", "wrong"), ("root", engine.handle.password().unwrap())] {
        let request = engine.http.get(&url).header("x-clickhouse-user", user).header("x-clickhouse-key", key);
        Answer::of(request.send().await.unwrap()).await.refused(403, 516);
    }
    Answer::of(engine.http.get(&url).send().await.unwrap()).await.refused(403, 516);
    let by_url = format!("{url}&user=default&password={}", engine.handle.password().unwrap());
    assert_eq!(Answer::of(engine.http.get(by_url).send().await.unwrap()).await.ok(), "1\n");
    assert!(
        engine
            .handle
            .url()
            .starts_with(&format!("http://default:{}@127.0.0.1:", engine.handle.password().unwrap()))
    );
    engine.handle.stop().await;
}
