//! The official client, unchanged, as the warehouse uses it.

use clickhouse::Row;
use serde::{Deserialize, Serialize};

use crate::support::Engine;

#[derive(Debug, Clone, PartialEq, Row, Serialize, Deserialize)]
struct Fact {
    id: u128,
    name: String,
    amount: i64,
    note: Option<String>,
    tags: Vec<String>,
}

fn fact(id: u128) -> Fact {
    Fact {
        id,
        name: format!("name {id}; -- '\n\"\\\t\0 ü"),
        amount: -3 * i64::try_from(id % 1000).unwrap(),
        note: id.is_multiple_of(2).then(|| "even".to_owned()),
        tags: vec!["a,b".to_owned(), "]".to_owned()],
    }
}

async fn table(engine: &Engine) -> clickhouse::Client {
    engine.run("CREATE DATABASE signalbox").await;
    let client = engine.client().with_database("signalbox");
    let ddl = "CREATE TABLE facts (id UInt128, name String, amount Int64, note Nullable(String), tags Array(String)) ENGINE = MergeTree ORDER BY id";
    client.query(ddl).execute().await.unwrap();
    client
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_go_in_validated_and_come_out_typed() {
    let engine = Engine::start().await;
    let client = table(&engine).await;
    let facts: Vec<Fact> = (0..5000).map(fact).chain([fact(u128::MAX)]).collect();
    let mut insert = client.insert::<Fact>("facts").await.unwrap();
    for fact in &facts {
        insert.write(fact).await.unwrap();
    }
    insert.end().await.unwrap();
    let all = client.query("SELECT ?fields FROM facts ORDER BY id").fetch_all::<Fact>().await.unwrap();
    assert_eq!(all, facts);

    let bound = client
        .query("SELECT ?fields FROM facts WHERE name = {name:String} AND amount <= {amount:Int64} AND id IN {ids:Array(UInt128)}")
        .param("name", fact(7).name)
        .param("amount", 0)
        .param("ids", vec![7_u128, 9]);
    assert_eq!(bound.fetch_all::<Fact>().await.unwrap(), [fact(7)]);
    let client_side = client
        .query("SELECT count() FROM facts WHERE note = ?")
        .bind("even")
        .fetch_one::<u64>()
        .await
        .unwrap();
    assert_eq!(client_side, 2500);
    let database = client.query("SELECT currentDatabase()").fetch_one::<String>().await.unwrap();
    assert_eq!(database, "signalbox");
    let none =
        client.query("SELECT ?fields FROM facts WHERE id = 999999").fetch_optional::<Fact>().await.unwrap();
    assert_eq!(none, None);
    engine.handle.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_over_a_large_result_sees_every_row() {
    let engine = Engine::start().await;
    let client = engine.client();
    let mut cursor = client
        .query("SELECT number, toString(number) FROM numbers(1500000) ORDER BY number")
        .fetch::<(u64, String)>()
        .unwrap();
    let mut next = 0;
    while let Some((number, text)) = cursor.next().await.unwrap() {
        assert_eq!((number, text.as_str()), (next, next.to_string().as_str()));
        next += 1;
    }
    assert_eq!(next, 1_500_000);
    engine.handle.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_carry_their_code() {
    let engine = Engine::start().await;
    let client = table(&engine).await;
    for (sql, code) in [
        ("SELECT * FROM nowhere", 60),
        ("SELEC 1", 62),
        ("SELECT nothing FROM facts", 47),
        ("SELECT throwIf(1)", 395),
    ] {
        let error = client.query(sql).execute().await.unwrap_err().to_string();
        assert!(error.contains(&format!("Code: {code}. DB::Exception")), "{sql}: {error}");
    }
    let wrong =
        client.clone().with_database("nowhere").query("SELECT 1").execute().await.unwrap_err().to_string();
    assert!(wrong.contains("Code: 81"), "{wrong}");
    let stranger =
        client.clone().with_password("guess").query("SELECT 1").execute().await.unwrap_err().to_string();
    assert!(stranger.contains("Code: 516"), "{stranger}");
    let setting = client
        .clone()
        .with_setting("no_such_setting", "1")
        .query("SELECT 1")
        .execute()
        .await
        .unwrap_err()
        .to_string();
    assert!(setting.contains("Code: 115"), "{setting}");

    // An insert that is not ended is not there.
    let mut insert = client.insert::<Fact>("facts").await.unwrap();
    for id in 0..100_000 {
        insert.write(&fact(id)).await.unwrap();
    }
    drop(insert);
    assert_eq!(client.query("SELECT count() FROM facts").fetch_one::<u64>().await.unwrap(), 0);
    engine.handle.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_of_the_client_deduplicate() {
    let engine = Engine::start().await;
    let client = table(&engine).await;
    client
        .query("ALTER TABLE facts MODIFY SETTING non_replicated_deduplication_window = 100")
        .execute()
        .await
        .unwrap();
    for _ in 0..3 {
        let client = client.clone().with_setting("insert_deduplication_token", "one:facts");
        let mut insert = client.insert::<Fact>("facts").await.unwrap();
        for id in 0..1000 {
            insert.write(&fact(id)).await.unwrap();
        }
        insert.end().await.unwrap();
    }
    assert_eq!(client.query("SELECT count() FROM facts").fetch_one::<u64>().await.unwrap(), 1000);
    engine.handle.stop().await;
}
