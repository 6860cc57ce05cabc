//! What the writer's promise stands on: deduplication tokens, dependent views, and data that survives a crash.

use signalbox_embedded_clickhouse::State;

use crate::support::{Engine, signal};

const TABLES: [&str; 3] = [
    "CREATE TABLE t (k UInt32, v UInt64) ENGINE = MergeTree ORDER BY k SETTINGS non_replicated_deduplication_window = 1000",
    "CREATE TABLE totals (k UInt32, v UInt64, n UInt64) ENGINE = SummingMergeTree ORDER BY k SETTINGS non_replicated_deduplication_window = 1000",
    "CREATE MATERIALIZED VIEW view TO totals AS SELECT k % 3 AS k, sum(v) AS v, count() AS n FROM t GROUP BY k",
];
const STATE: &str = "SELECT (SELECT count() FROM t), (SELECT sum(v) FROM t), (SELECT sum(n) FROM totals), (SELECT sum(v) FROM totals)";

fn rows(range: std::ops::Range<u32>) -> Vec<u8> {
    range.flat_map(|n| [&n.to_le_bytes()[..], &u64::from(n).to_le_bytes()].concat()).collect()
}

async fn insert(engine: &Engine, token: &str, rows: Vec<u8>) {
    let parameters = [
        ("query", "INSERT INTO t (k, v) FORMAT RowBinary"),
        ("insert_deduplication_token", token),
        ("deduplicate_blocks_in_dependent_materialized_views", "1"),
    ];
    engine.post_with(&parameters, rows).await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn one_token_is_one_set_of_rows_also_across_a_crash() {
    let engine = Engine::start().await;
    for sql in TABLES {
        engine.run(sql).await;
    }
    insert(&engine, "a", rows(0..300_000)).await;
    insert(&engine, "a", rows(0..300_000)).await;
    let once = format!("300000\t{0}\t300000\t{0}\n", 299_999_u64 * 150_000);
    assert_eq!(engine.run(STATE).await, once);
    // The token counts, not the rows: the same rows under another token are other rows.
    insert(&engine, "b", rows(0..10)).await;
    insert(&engine, "c", rows(0..10)).await;
    insert(&engine, "b", rows(5..7)).await;
    let after = engine.run(STATE).await;
    assert!(after.starts_with("300020\t"), "{after}");

    engine.crash().await;
    assert_eq!(engine.run(STATE).await, after);
    for (token, range) in [("a", 0..300_000), ("b", 0..10), ("c", 0..10)] {
        insert(&engine, token, rows(range)).await;
    }
    assert_eq!(engine.run(STATE).await, after, "the log of tokens did not survive");
    insert(&engine, "d", rows(0..1)).await;
    assert!(engine.run(STATE).await.starts_with("300021\t"));
    engine.handle.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_is_there_after_a_crash_in_the_middle() {
    let engine = Engine::start().await;
    for sql in TABLES {
        engine.run(sql).await;
    }
    let mut expected = 0_u64;
    for round in 0..3_u32 {
        let mut answered = 0;
        let victim = engine.pid();
        // Inserts go on while the process is killed; those without an answer are sent again with the same token, as the writer does.
        for n in 0..30_u32 {
            let token = format!("{round}-{n}");
            let parameters = [
                ("query", "INSERT INTO t (k, v) FORMAT RowBinary"),
                ("insert_deduplication_token", token.as_str()),
                ("deduplicate_blocks_in_dependent_materialized_views", "1"),
            ];
            if n == 15 {
                tokio::spawn(async move { signal(victim, libc::SIGKILL) });
            }
            loop {
                let request =
                    engine.request(reqwest::Method::POST, "/").query(&parameters).body(rows(0..100));
                match request.send().await {
                    Ok(response) if response.status() == 200 => break answered += 1,
                    Ok(response) => panic!("{}", response.text().await.unwrap()),
                    // Down: wait until it is up.
                    Err(_) => {
                        let mut state = engine.handle.state();
                        state
                            .wait_for(|state| matches!(state, State::Ready { pid } if *pid != victim))
                            .await
                            .unwrap();
                    }
                }
            }
        }
        expected += answered * 100;
        let sum = expected / 100 * 4950;
        assert_eq!(engine.run(STATE).await, format!("{expected}\t{sum}\t{expected}\t{sum}\n"));
    }
    assert_eq!(engine.handle.restarts(), 3);
    engine.handle.stop().await;
}
