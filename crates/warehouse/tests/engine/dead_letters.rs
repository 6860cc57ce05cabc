//! Dead letters: a log of them, and trying them again without anything being doubled.

use super::Test;
use super::data::{Span, WORKSPACE, encode, records};
use super::oracle;
use super::poison::{forbid, with_evil};
use super::support::{CrashAt, Cursors, Env, Events, HoldOn, drain};
use signalbox_domain::{Scope, Timestamp};
use signalbox_events::wire::Record;
use signalbox_warehouse::log::{DeadLetter, Log};
use signalbox_warehouse::writer::Point;
use signalbox_warehouse::{
    Cell, Condition, Error, Filter, InstanceScope, LogQuery, Operator, Retrier, Retry, Warehouse,
};
use std::collections::BTreeSet;

pub const TESTS: &[Test] = &[
    ("dead_letters::tried_again_by_several_at_once_they_are_written_once", |env| Box::pin(at_once(env))),
    ("dead_letters::trying_survives_deaths_between_any_two_steps", |env| Box::pin(deaths(env))),
    ("dead_letters::one_who_inserts_late_adds_nothing", |env| Box::pin(late(env))),
    ("dead_letters::what_still_fails_stays_with_its_newest_reason", |env| Box::pin(still(env))),
    ("dead_letters::the_log_is_paged_and_filtered", |env| Box::pin(log(env))),
    ("dead_letters::a_writer_goes_on_beside_what_was_tried_again", |env| Box::pin(beside(env))),
];

const SCOPE: InstanceScope = InstanceScope::new("tests");
const NOW: Timestamp = Timestamp(1_800_000_000_000);

fn filter(field: &str, op: Operator, values: &[&str]) -> Condition {
    Filter { field: field.to_owned(), op, values: values.iter().map(|value| (*value).to_owned()).collect() }
        .into()
}

async fn listed(warehouse: &Warehouse, filters: Vec<Condition>) -> Vec<DeadLetter> {
    let query = LogQuery { filters, limit: 1_000, ..LogQuery::default() };
    warehouse.list_dead_letters(SCOPE, &query).await.unwrap().rows
}

async fn allow(client: &clickhouse::Client, table: &str) {
    client.query(&format!("ALTER TABLE {table} DROP CONSTRAINT test_only")).execute().await.unwrap();
}

/// A database whose tables refuse some records: clicks two of them, the ledger three, which `clicks` has taken by then.
struct Poisoned {
    warehouse: Warehouse,
    client: clickhouse::Client,
    events: Events,
    cursors: std::sync::Arc<Cursors>,
    records: Vec<Record<'static>>,
    dead: BTreeSet<u64>,
}

async fn poisoned(env: &Env, seed: u64) -> Poisoned {
    let (warehouse, events, cursors) = (env.database().await, Events::new(), Cursors::new());
    let client = env.client(&warehouse);
    let (mut records, dead) = with_evil(records(seed, 200, Span::two_months()), &[3, 50, 51, 120, 199]);
    let in_clicks: Vec<usize> = dead.iter().take(2).map(|seq| *seq as usize).collect();
    for index in in_clicks {
        match &mut records[index] {
            Record::Click(click) => click.external_id = "worse".into(),
            Record::ClickV2(click) => click.click.external_id = "worse".into(),
            _ => unreachable!("clicks alone are made evil"),
        }
    }
    forbid(&client, "clicks", "external_id != 'worse'").await;
    forbid(&client, "facts", "cost < 1000000").await;
    events.append(&encode(&records));
    drain(&mut events.writer(&warehouse, &cursors, 60)).await;
    oracle::check(&client, events.journal.id().get(), &records, &dead).await;
    Poisoned { warehouse, client, events, cursors, records, dead }
}

impl Poisoned {
    async fn allow(&self) {
        allow(&self.client, "clicks").await;
        allow(&self.client, "facts").await;
    }

    async fn check(&self, dead: &BTreeSet<u64>) {
        oracle::check_written(&self.client, self.events.journal.id().get(), &self.records, dead).await;
    }

    async fn retrier(&self) -> Retrier {
        Retrier::new(&self.warehouse, SCOPE).await.unwrap()
    }
}

async fn retry_all(retrier: &Retrier, letters: &[DeadLetter]) -> Result<Vec<Retry>, Error> {
    let mut all = Vec::new();
    for letter in letters {
        all.push(retrier.retry(letter, NOW).await?);
    }
    Ok(all)
}

async fn at_once(env: &Env) {
    let it = poisoned(env, 151).await;
    let letters = listed(&it.warehouse, vec![]).await;
    assert_eq!(letters.len(), it.dead.len());
    it.allow().await;
    let (one, two, three) = (it.retrier().await, it.retrier().await, it.retrier().await);
    let (one, two, three) =
        tokio::join!(retry_all(&one, &letters), retry_all(&two, &letters), retry_all(&three, &letters));
    for outcomes in [one, two, three] {
        assert_eq!(outcomes.unwrap(), vec![Retry::Written; letters.len()]);
    }
    it.check(&BTreeSet::new()).await;
    let after = listed(&it.warehouse, vec![]).await;
    assert_eq!(after.len(), letters.len(), "the log keeps them");
    for (now, before) in after.iter().zip(&letters) {
        assert!(now.written && now.tries == 1 && now.tried_at == Some(NOW), "{now:?}");
        assert_eq!((&now.reason, &now.payload, now.at), (&before.reason, &before.payload, before.at));
    }
    // Once more, with what was read then and with what is there now.
    for letters in [&letters, &after] {
        retry_all(&it.retrier().await, letters).await.unwrap();
    }
    it.check(&BTreeSet::new()).await;
    assert!(listed(&it.warehouse, vec![filter("written", Operator::IsFalse, &[])]).await.is_empty());
}

async fn deaths(env: &Env) {
    let it = poisoned(env, 152).await;
    it.allow().await;
    for life in 0.. {
        assert!(life < 200, "no progress");
        let open = listed(&it.warehouse, vec![filter("written", Operator::IsFalse, &[])]).await;
        if open.is_empty() {
            break;
        }
        let retrier = it.retrier().await.with_hook(CrashAt::nth(life % 5));
        match retry_all(&retrier, &open).await {
            Ok(_) | Err(Error::Stopped { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
    it.check(&BTreeSet::new()).await;
}

/// One looks, finds nothing and falls asleep; another one writes; the first one wakes up and inserts.
async fn late(env: &Env) {
    let it = poisoned(env, 153).await;
    it.allow().await;
    let letters = listed(&it.warehouse, vec![]).await;
    for table in ["clicks", "facts"] {
        let letter = letters.iter().find(|letter| letter.refused_by == table).unwrap().clone();
        let hold = HoldOn::at(Point::Inserting(table));
        let sleeper = it.retrier().await.with_hook(hold.clone());
        let sleeping = tokio::spawn({
            let letter = letter.clone();
            async move { sleeper.retry(&letter, NOW).await }
        });
        hold.arrived().await;
        assert_eq!(it.retrier().await.retry(&letter, NOW).await.unwrap(), Retry::Written);
        hold.release();
        assert_eq!(sleeping.await.unwrap().unwrap(), Retry::Written);
    }
    retry_all(&it.retrier().await, &letters).await.unwrap();
    it.check(&BTreeSet::new()).await;
}

async fn still(env: &Env) {
    let it = poisoned(env, 154).await;
    // The cause that `clicks` had is mended; the ledger refuses for another reason now.
    allow(&it.client, "clicks").await;
    allow(&it.client, "facts").await;
    it.client.query("ALTER TABLE facts ADD CONSTRAINT newer CHECK cost < 1000000").execute().await.unwrap();
    let letters = listed(&it.warehouse, vec![]).await;
    let outcomes = retry_all(&it.retrier().await, &letters).await.unwrap();
    assert!(outcomes.iter().all(|it| matches!(it, Retry::Failed(reason) if reason.contains("newer"))));
    it.check(&it.dead).await;
    for letter in listed(&it.warehouse, vec![]).await {
        assert!(!letter.written && letter.tries == 1, "{letter:?}");
        assert_eq!((letter.refused_by.as_str(), letter.code), ("facts", 469), "the newest");
        assert!(letter.reason.contains("newer"), "{}", letter.reason);
    }
    let letter = &listed(&it.warehouse, vec![]).await[0];
    let refused = it.retrier().await.refuse(letter, "its click was erased", NOW).await.unwrap();
    assert_eq!(refused, Retry::Failed("its click was erased".to_owned()));
    let found = it.warehouse.find_dead_letters(SCOPE, &[letter.id]).await.unwrap();
    assert_eq!((found[0].tries, found[0].reason.as_str()), (2, "its click was erased"));
    it.client.query("ALTER TABLE facts DROP CONSTRAINT newer").execute().await.unwrap();
    let open = listed(&it.warehouse, vec![filter("written", Operator::IsFalse, &[])]).await;
    retry_all(&it.retrier().await, &open).await.unwrap();
    it.check(&BTreeSet::new()).await;
}

async fn log(env: &Env) {
    let it = poisoned(env, 155).await;
    let garbage = vec![b"\xff\xfe not a record".to_vec(), b"\x04broken".to_vec()];
    it.events.append(&garbage);
    drain(&mut it.events.writer(&it.warehouse, &it.cursors, 60)).await;
    let all = listed(&it.warehouse, vec![]).await;
    assert_eq!(all.len(), it.dead.len() + 2);
    assert!(all.is_sorted_by_key(|letter| std::cmp::Reverse((letter.at, letter.id.journal, letter.id.seq))));
    let mut query = LogQuery { limit: 2, ..LogQuery::default() };
    let mut paged = Vec::new();
    loop {
        let page = it.warehouse.list_dead_letters(SCOPE, &query).await.unwrap();
        // What is tried in the meantime keeps its place.
        it.retrier().await.retry(&page.rows[0], NOW).await.unwrap();
        paged.extend(page.rows.into_iter().map(|letter| letter.id));
        let Some(cursor) = page.next_cursor else { break };
        query.cursor = Some(cursor);
    }
    assert_eq!(paged, all.iter().map(|letter| letter.id).collect::<Vec<_>>());

    let count = async |one: Condition| listed(&it.warehouse, vec![one]).await.len();
    let journal = it.events.journal.id().to_string();
    assert_eq!(count(filter("reason", Operator::Contains, &["cannot be read"])).await, 2);
    assert_eq!(count(filter("stream", Operator::Equals, &["clicks"])).await, it.dead.len());
    assert_eq!(count(filter("stream", Operator::Equals, &["facts"])).await, 1);
    assert_eq!(count(filter("stream", Operator::IsNotSet, &[])).await, 1);
    assert_eq!(count(filter("record", Operator::Equals, &["conversion"])).await, 1);
    assert_eq!(count(filter("journal", Operator::Equals, &[&journal])).await, all.len());
    assert_eq!(count(filter("journal", Operator::NotEquals, &[&journal])).await, 0);
    assert_eq!(count(filter("refused_by", Operator::Equals, &["clicks"])).await, 2);
    assert_eq!(count(filter("code", Operator::Equals, &["469"])).await, it.dead.len());
    assert_eq!(count(filter("workspace", Operator::IsNotSet, &[])).await, 2);
    for letter in &all {
        let filters = vec![
            filter("seq", Operator::Equals, &[&letter.id.seq.to_string()]),
            filter("record", Operator::Equals, &[letter.record()]),
            filter("stream", Operator::Equals, &[letter.stream()]),
        ];
        let found = listed(&it.warehouse, filters).await;
        assert_eq!(found.len(), 1, "{letter:?}");
        assert_eq!(found[0].payload, letter.payload);
    }
    let none = LogQuery { to: Some(all.last().unwrap().at), ..LogQuery::default() };
    assert!(it.warehouse.list_dead_letters(SCOPE, &none).await.unwrap().rows.is_empty());

    let rows = async |mut stream: signalbox_warehouse::ExportStream| {
        let mut rows: Vec<Vec<Cell>> = Vec::new();
        while let Some(part) = stream.next().await.unwrap() {
            rows.extend(part);
        }
        rows.len()
    };
    let query = LogQuery::default();
    assert_eq!(rows(it.warehouse.export_dead_letters(SCOPE, &query).unwrap()).await, all.len());
    let of_workspace = it.warehouse.export_log(&Scope::system(WORKSPACE), Log::DeadLetters, &query).unwrap();
    assert_eq!(rows(of_workspace).await, 0, "a workspace has none of them");
}

/// A writer whose cursor is older than what was tried again compares row by row, and finds nothing to add.
async fn beside(env: &Env) {
    let it = poisoned(env, 156).await;
    it.allow().await;
    let letters = listed(&it.warehouse, vec![]).await;
    retry_all(&it.retrier().await, &letters).await.unwrap();
    it.cursors.put_back(it.events.journal.id(), None);
    let mut writer = it.events.writer(&it.warehouse, &it.cursors, 60);
    let stats = writer.stats();
    drain(&mut writer).await;
    it.check(&BTreeSet::new()).await;
    let stats = stats.borrow().clone();
    assert_eq!((stats.rows_total, stats.doubled_total, stats.repaired_rows_total), (0, 0, 0));
    assert_eq!(listed(&it.warehouse, vec![]).await.len(), letters.len());
}
