//! What needs a look inside: that queries use their indexes, and that a batch on a full disk fails as a whole.

use serde_json::json;

use super::*;
use crate::{IndexSpec, Reach, SystemScope, UniqueKey};

static SPEC: CollectionSpec = CollectionSpec {
    name: "things",
    unique: &[UniqueKey { field: "slug", reach: Reach::Workspace, paths: &["slug"] }],
    indexes: &[
        IndexSpec { reach: Reach::Instance, paths: &["due"] },
        IndexSpec { reach: Reach::Workspace, paths: &["state", "at.ms"] },
    ],
};

const SYSTEM: Tenant<'static> = Tenant::System(SystemScope::new("tests"));

fn document(id: String, filler: usize) -> NewDocument {
    let body = json!({"slug": id, "filler": "x".repeat(filler)});
    NewDocument { id, workspace: "w".to_owned(), schema: 1, body }
}

#[test]
fn queries_use_their_indexes_and_need_no_sorting() {
    let home = tempfile::tempdir().unwrap();
    let connection = schema::open_for_writing(&home.path().join("c.db"), Durability::Normal).unwrap();
    schema::ensure(&connection, &SPEC).unwrap();
    let place = |key: Option<crate::Key>| Some(crate::Cursor { key, id: "x".to_owned() });
    let cases = [
        (Query::new(), Some("w"), "things__workspace"),
        (Query::new().descending().after(place(None)), Some("w"), "things__workspace"),
        (Query::new().eq("slug", "s"), Some("w"), "things__uw_slug"),
        (Query::new().order_by("due").below(5), None, "things__ii_due"),
        (Query::new().order_by("due").below(5).after(place(Some(3.into()))), None, "things__ii_due"),
        (Query::new().eq("state", "s").order_by("at.ms").descending(), Some("w"), "things__iw_state__at_ms"),
        (
            Query::new().eq("state", "s").order_by("at.ms").after(place(Some(3.into()))),
            Some("w"),
            "things__iw_state__at_ms",
        ),
    ];
    for (query, workspace, index) in cases {
        let (text, values) = sql::select(&SPEC, &query, workspace);
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {text}")).unwrap();
        let plan: Vec<String> = statement
            .query_map(rusqlite::params_from_iter(values), |row| row.get(3))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        let plan = plan.join("; ");
        let sound = plan.contains(index) && !plan.contains("SCAN") && !plan.contains("TEMP B-TREE");
        assert!(sound, "{query:?}: {plan}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_fails_the_batch_as_a_whole_and_is_survived() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("c.db");
    let connection = schema::open_for_writing(&path, Durability::Full).unwrap();
    schema::ensure(&connection, &SPEC).unwrap();
    connection.execute_batch("PRAGMA max_page_count=200").unwrap();
    let store = SqliteStore {
        path: path.clone(),
        readers: Readers::open(&path, 2).unwrap(),
        writer: Writer::start(connection).unwrap(),
    };
    let mut acknowledged = Vec::new();
    for round in 0..40 {
        let inserts = (0..10).map(|n| store.insert(SYSTEM, &SPEC, document(format!("d{round}-{n}"), 4000)));
        for (n, outcome) in futures::future::join_all(inserts).await.into_iter().enumerate() {
            match outcome {
                Ok(_) => acknowledged.push(format!("d{round}-{n}")),
                Err(error) => assert!(error.is_retryable() && error.to_string().contains("full"), "{error}"),
            }
        }
    }
    assert!((50..400).contains(&acknowledged.len()), "{} fitted", acknowledged.len());
    for id in &acknowledged {
        assert!(store.find(SYSTEM, &SPEC, id).await.unwrap().is_some(), "{id} was acknowledged");
    }
    let count = store.count(SYSTEM, &SPEC, &Query::new(), 1000).await.unwrap();
    assert_eq!(usize::try_from(count).unwrap(), acknowledged.len(), "nothing else is there");
    // Room again: the store goes on by itself.
    let gone = acknowledged.len() / 2;
    let deletions = acknowledged[..gone].iter().map(|id| store.delete(SYSTEM, &SPEC, id, 1));
    let deleted = futures::future::join_all(deletions).await.iter().filter(|outcome| outcome.is_ok()).count();
    assert!(deleted > 0, "deleting needs little room");
    store.insert(SYSTEM, &SPEC, document("after".to_owned(), 100)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn more_callers_than_room_wait_their_turn() {
    let home = tempfile::tempdir().unwrap();
    let options = SqliteOptions { durability: Durability::Normal, readers: 1 };
    let store = SqliteStore::open(home.path().join("c.db"), options).await.unwrap();
    store.ensure(&[&SPEC]).await.unwrap();
    store.insert(SYSTEM, &SPEC, document("small".to_owned(), 10)).await.unwrap();
    // Together beyond the 64 MiB that may wait.
    let inserts = (0..25).map(|n| store.insert(SYSTEM, &SPEC, document(format!("big{n}"), 3 << 20)));
    for outcome in futures::future::join_all(inserts).await {
        outcome.unwrap();
    }
    // A hundred for one connection; small, because nobody waits longer than five seconds, on the slowest machine either.
    let reads = (0..100).map(|_| async { store.find(SYSTEM, &SPEC, "small").await.unwrap().unwrap().id });
    assert_eq!(futures::future::join_all(reads).await.len(), 100);
}
