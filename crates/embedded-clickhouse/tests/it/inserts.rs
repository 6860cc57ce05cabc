//! Rows coming in: every way that clients send them.

use crate::support::{Answer, Engine};

const TABLE: &str = "CREATE TABLE t (a UInt32, s String, d DateTime64(3, 'UTC') DEFAULT '2026-01-02 03:04:05.678', \
    m Decimal(38, 9) DEFAULT 1.5, u UInt128 DEFAULT a, l LowCardinality(String) DEFAULT concat('l', s)) ENGINE = MergeTree ORDER BY a";

fn string(text: &str) -> Vec<u8> {
    [&[u8::try_from(text.len()).unwrap()][..], text.as_bytes()].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_come_in_every_format_and_place() {
    let engine = Engine::start().await;
    engine.run(TABLE).await;
    let binary = [&1_u32.to_le_bytes()[..], &string("x;\n'\0\"")].concat();
    let named = [
        &[2][..],
        &string("s"),
        &string("a"),
        &string("String"),
        &string("UInt32"),
        &string("n"),
        &2_u32.to_le_bytes(),
    ]
    .concat();
    let url: &[(&str, Vec<u8>)] = &[
        ("INSERT INTO t (a, s) FORMAT RowBinary", binary.clone()),
        ("INSERT INTO t (a, s) FORMAT RowBinaryWithNamesAndTypes", named.clone()),
        ("INSERT INTO t (a, s) FORMAT CSV", b"3,\"c;\nd\"\n".to_vec()),
        ("INSERT INTO t FORMAT JSONEachRow", b"{\"a\":4,\"s\":\"j;\",\"u\":\"340282366920938463463374607431768211455\",\"m\":\"12345678901234567.123456789\"}".to_vec()),
        ("INSERT INTO t (a, s) VALUES", b"(5,'v;'),(6,concat('v','w'))".to_vec()),
        ("INSERT INTO t (a, s)", b"FORMAT CSV\n7,seven".to_vec()),
        ("INSERT INTO default.t (a, s) SETTINGS max_threads = 1 FORMAT TSV", b"8\teight\n".to_vec()),
        ("INSERT INTO TABLE FUNCTION null('a UInt32') FORMAT TSV", b"8\n".to_vec()),
    ];
    for (query, rows) in url {
        assert_eq!(engine.post_with(&[("query", query)], rows.clone()).await.ok(), "", "{query}");
    }
    let bodies: &[Vec<u8>] = &[
        [&b"INSERT INTO t (a, s) FORMAT RowBinary\n"[..], &[9, 0, 0, 0], &string("body;\n")].concat(),
        b"INSERT INTO t (a, s) FORMAT CSV 10,ten".to_vec(),
        b"INSERT INTO t (a, s) VALUES (11, 'eleven'), (12, 'a;b')".to_vec(),
        b"INSERT INTO t (a, s) SELECT 13, 'thirteen'".to_vec(),
    ];
    for body in bodies {
        assert_eq!(engine.post(body.clone()).await.ok(), "", "{}", String::from_utf8_lossy(body));
    }
    engine
        .post_with(
            &[
                ("query", "INSERT INTO {t:Identifier} (a, s) VALUES ({a:UInt32}, {s:String})"),
                ("param_t", "t"),
                ("param_a", "14"),
                ("param_s", "it's"),
            ],
            "",
        )
        .await
        .ok();
    let table = engine.run("SELECT a, s, l = concat('l', s), d = '2026-01-02 03:04:05.678' FROM t ORDER BY a FORMAT JSONCompactEachRow").await;
    let expected = "[1, \"x;\\n'\\u0000\\\"\", 1, 1]\n[2, \"n\", 1, 1]\n[3, \"c;\\nd\", 1, 1]\n[4, \"j;\", 1, 1]\n[5, \"v;\", 1, 1]\n[6, \"vw\", 1, 1]\n\
        [7, \"seven\", 1, 1]\n[8, \"eight\", 1, 1]\n[9, \"body;\\n\", 1, 1]\n[10, \"ten\", 1, 1]\n[11, \"eleven\", 1, 1]\n[12, \"a;b\", 1, 1]\n\
        [13, \"thirteen\", 1, 1]\n[14, \"it's\", 1, 1]\n";
    assert_eq!(table, expected);
    assert_eq!(
        engine.run("SELECT u, m FROM t WHERE a = 4").await,
        "340282366920938463463374607431768211455\t12345678901234567.123456789\n"
    );
    let summary = engine.post_with(&[("query", "INSERT INTO t (a) FORMAT TSV")], "20\n21\n").await;
    let summary: serde_json::Value = serde_json::from_str(summary.header("x-clickhouse-summary")).unwrap();
    assert_eq!(summary["written_rows"], "2");
    engine.handle.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_insert_is_one_block() {
    let engine = Engine::start().await;
    engine.run("CREATE TABLE t (n UInt64) ENGINE = MergeTree ORDER BY n").await;
    let rows: Vec<u8> = (0..3_000_000_u64).flat_map(u64::to_le_bytes).collect();
    engine.post_with(&[("query", "INSERT INTO t FORMAT RowBinary")], rows).await.ok();
    assert_eq!(
        engine.run("SELECT count(), max(rows) FROM system.parts WHERE table = 't' AND level = 0").await,
        "1\t3000000\n"
    );
    let text: String = (0..500_000).map(|n| format!("{n}\n")).collect();
    engine.post_with(&[("query", "INSERT INTO t FORMAT TSV")], text).await.ok();
    assert_eq!(
        engine.run("SELECT count(), sum(rows) FROM system.parts WHERE table = 't' AND active").await,
        "2\t3500000\n"
    );
    engine.handle.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_insert_leaves_nothing_behind() {
    let engine = Engine::start().await;
    engine.run(TABLE).await;
    let insert = async |query: &str, rows: &str| engine.post_with(&[("query", query)], rows.to_owned()).await;
    insert("INSERT INTO t (a) FORMAT CSV", "1\ntwo\n").await.refused(400, 117);
    insert("INSERT INTO t (a) FORMAT TSV", "1\ntwo\n").await.refused(400, 27);
    insert("INSERT INTO nowhere FORMAT CSV", "1\n").await.refused(404, 60);
    insert("INSERT INTO t (nothing) FORMAT CSV", "1\n").await.refused(500, 16);
    insert("INSERT INTO t FORMAT NoSuchFormat", "1\n").await.refused(404, 73);
    insert("INSERT INTO t FORMAT", "1\n").await.refused(400, 62);
    insert("INSERT INTO t (a) FORMAT RowBinaryWithNamesAndTypes", "").await.refused(500, 32);
    insert("INSERT INTO t (a) FORMAT Values (1)", "; DROP TABLE t").await;
    assert_eq!(insert("INSERT INTO t (a) FORMAT JSONEachRow", "").await.ok(), "");
    engine.run("TRUNCATE TABLE t").await;

    // A body that breaks off in the middle.
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut socket = tokio::net::TcpStream::connect(engine.handle.address()).await.unwrap();
    let head = format!(
        "POST /?query=INSERT+INTO+t+(a)+FORMAT+TSV&password={} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n1\n2\n\r\n",
        engine.handle.password().unwrap()
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    socket.shutdown().await.unwrap();
    let mut answer = String::new();
    let _broken = socket.read_to_string(&mut answer).await;
    assert!(!answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert_eq!(engine.run("SELECT count() FROM t").await, "0\n");
    // And the connection that failed was nobody's but its own.
    insert("INSERT INTO t (a) FORMAT TSV", "1\n").await.ok();
    assert_eq!(engine.run("SELECT a FROM t").await, "1\n");
    engine.handle.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn get_changes_nothing() {
    let engine = Engine::start().await;
    engine.run(TABLE).await;
    for query in ["DROP TABLE t", "INSERT INTO t (a) VALUES (1)", "CREATE TABLE x (a Int8) ENGINE = Memory"] {
        let text = engine.get(&[("query", query)]).await.refused(500, 164);
        assert!(text.contains("readonly"), "{text}");
    }
    let head =
        engine.request(reqwest::Method::HEAD, "/").query(&[("query", "DROP TABLE t")]).send().await.unwrap();
    assert_eq!(Answer::of(head).await.status, 500);
    assert_eq!(engine.run("SELECT count() FROM t").await, "0\n");
    engine.handle.stop().await;
}
