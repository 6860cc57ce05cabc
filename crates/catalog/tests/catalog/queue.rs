//! The queue of outgoing deliveries.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use signalbox_catalog::{
    Catalog, DeliveryState, Error, LeaseRequest, Leased, NewDelivery, PageRequest, delivery_id,
};
use signalbox_domain::{Actor, ConversionId, OutputId, Role, Scope, Timestamp};

use crate::samples::id;
use crate::suite::{SYSTEM, scope};

async fn queue(catalog: &Catalog, number: u128, output: u64, due: i64) -> bool {
    let output_id: OutputId = id(output);
    let new = NewDelivery {
        id: delivery_id(ConversionId(number), output_id, 1),
        output_id,
        due_at: Timestamp(due),
        payload: json!({"number": u64::try_from(number).unwrap()}),
    };
    catalog.deliveries().enqueue(&scope(), new, Timestamp(1)).await.unwrap()
}

async fn lease(catalog: &Catalog, worker: &str, now: i64, limit: u16) -> Vec<Leased<Value>> {
    let request = LeaseRequest { worker, output: None, now: Timestamp(now), lease_ms: 1000, limit };
    catalog.deliveries().lease(SYSTEM, &request).await.unwrap()
}

fn numbers(leased: &[Leased<Value>]) -> Vec<u64> {
    leased.iter().map(|one| one.value.payload["number"].as_u64().unwrap()).collect()
}

pub async fn a_delivery_is_queued_once(catalog: &Catalog) {
    assert!(queue(catalog, 1, 10, 5).await);
    assert!(!queue(catalog, 1, 10, 99).await);
    assert!(queue(catalog, 1, 11, 5).await, "another output is another delivery");
    let leased = lease(catalog, "a", 5, 10).await;
    assert_eq!(leased.len(), 2);
    for one in leased {
        catalog.deliveries().complete(SYSTEM, one, Timestamp(6)).await.unwrap();
    }
    assert!(!queue(catalog, 1, 10, 5).await, "what was sent is not queued again by a replay");
    assert!(lease(catalog, "a", 100_000, 10).await.is_empty());
}

pub async fn two_workers_never_hold_the_same_delivery(catalog: &Catalog) {
    let inserts = (0..120).map(|number| queue(catalog, number, 10, 5));
    futures::future::join_all(inserts).await;
    let workers = (0..4).map(|worker| {
        let catalog = catalog.clone();
        tokio::spawn(async move {
            let (name, mut mine) = (format!("w{worker}"), Vec::new());
            loop {
                let request = LeaseRequest {
                    worker: &name,
                    output: None,
                    now: Timestamp(10),
                    lease_ms: 1_000_000,
                    limit: 40,
                };
                let leased = catalog.deliveries().lease::<Value>(SYSTEM, &request).await.unwrap();
                assert!(leased.iter().all(|one| one.value.worker == name && one.value.attempts == 1));
                mine.extend(numbers(&leased));
                let waiting = PageRequest { limit: 1, ..PageRequest::default() };
                let queued = catalog.deliveries().stats(SYSTEM).await.unwrap();
                let due = queued.oldest_due.is_some_and(|due| due <= Timestamp(10));
                let seen = catalog.deliveries().list::<Value>(SYSTEM, None, &waiting).await.unwrap();
                assert_eq!(seen.items.len(), 1);
                if !due {
                    return mine;
                }
            }
        })
    });
    let taken: Vec<u64> =
        futures::future::join_all(workers).await.into_iter().flat_map(Result::unwrap).collect();
    assert_eq!(taken.len(), 120, "none twice");
    assert_eq!(taken.into_iter().collect::<BTreeSet<_>>().len(), 120, "none forgotten");
}

pub async fn a_dead_worker_gives_its_deliveries_back(catalog: &Catalog) {
    queue(catalog, 1, 10, 5).await;
    let lost = lease(catalog, "a", 10, 10).await.remove(0);
    assert!(lease(catalog, "b", 1009, 10).await.is_empty(), "the lease holds");
    let taken = lease(catalog, "b", 1010, 10).await.remove(0);
    assert_eq!((taken.value.worker.as_str(), taken.value.attempts), ("b", 2));
    let late = catalog.deliveries().complete(SYSTEM, lost, Timestamp(1011)).await.unwrap_err();
    assert!(matches!(late, Error::VersionMismatch { .. }), "{late}");
    catalog.deliveries().complete(SYSTEM, taken, Timestamp(1012)).await.unwrap();
    let id = delivery_id(ConversionId(1), id(10), 1);
    let done = catalog.deliveries().find::<Value>(&scope(), &id).await.unwrap().unwrap().value;
    assert_eq!((done.state, done.due_at, done.worker.as_str()), (DeliveryState::Done, None, ""));
}

pub async fn failures_wait_and_are_given_up(catalog: &Catalog) {
    queue(catalog, 1, 10, 5).await;
    queue(catalog, 2, 10, 6).await;
    let leased = lease(catalog, "a", 6, 10).await;
    assert_eq!(numbers(&leased), [1, 2], "longest due first");
    let mut leased = leased.into_iter();
    let (first, second) = (leased.next().unwrap(), leased.next().unwrap());
    let long = "é".repeat(2000);
    catalog.deliveries().retry(SYSTEM, first, Timestamp(50), (Timestamp(7), &long)).await.unwrap();
    catalog.deliveries().bury(SYSTEM, second, (Timestamp(8), "404")).await.unwrap();
    assert!(lease(catalog, "a", 49, 10).await.is_empty());
    let again = lease(catalog, "a", 50, 10).await.remove(0);
    assert_eq!((again.value.attempts, again.value.last_error.chars().count()), (2, 500));
    let dead = catalog
        .deliveries()
        .list::<Value>(&scope(), Some(DeliveryState::Dead), &PageRequest::default())
        .await
        .unwrap();
    assert_eq!(numbers(&dead.items), [2]);
    assert_eq!(dead.items[0].value.last_error, "404");
}

pub async fn one_output_can_be_served_alone(catalog: &Catalog) {
    for number in 0..6 {
        queue(catalog, number, 10 + u64::try_from(number % 2).unwrap(), 5).await;
    }
    let request =
        LeaseRequest { worker: "a", output: Some(id(11)), now: Timestamp(9), lease_ms: 1000, limit: 2 };
    let leased = catalog.deliveries().lease::<Value>(SYSTEM, &request).await.unwrap();
    assert_eq!(numbers(&leased), [1, 3]);
    let leased = catalog.deliveries().lease::<Value>(SYSTEM, &request).await.unwrap();
    assert_eq!(numbers(&leased), [5]);
    assert_eq!(numbers(&lease(catalog, "b", 9, 10).await), [0, 2, 4]);
}

pub async fn what_is_due_names_its_outputs_and_stays(catalog: &Catalog) {
    for (number, output, due) in
        [(1, 10, 1), (2, 11, 2), (3, 10, 2), (4, 12, 3), (5, 13, 9), (6, 14, 1), (7, 15, 5_000)]
    {
        assert!(queue(catalog, number, output, due).await);
    }
    let done =
        lease(catalog, "a", 1, 10).await.into_iter().find(|it| numbers(std::slice::from_ref(it)) == [6]);
    catalog.deliveries().complete(SYSTEM, done.unwrap(), Timestamp(2)).await.unwrap();
    // What is leased comes back by the passing of time.
    let now = Timestamp(1_002);
    let mut page = PageRequest { limit: 3, ..PageRequest::default() };
    let (first, next) = catalog.deliveries().list_outputs_due(SYSTEM, now, &page).await.unwrap();
    assert_eq!(first, [id(10), id(11), id(12)], "the one that was sent is not due, nor is a later one");
    page.after = next;
    assert!(page.after.is_some(), "there are more");
    let (rest, next) = catalog.deliveries().list_outputs_due(SYSTEM, now, &page).await.unwrap();
    assert_eq!((rest, next), (vec![id(10), id(13)], None));
    assert_eq!(numbers(&lease(catalog, "b", 1_002, 10).await), [2, 3, 4, 5, 1], "nothing was taken");
}

pub async fn the_queue_can_be_watched_and_cleaned(catalog: &Catalog) {
    assert_eq!(catalog.deliveries().stats(SYSTEM).await.unwrap(), Default::default());
    for number in 0..5 {
        queue(catalog, number, 10, 5 + i64::try_from(number).unwrap()).await;
    }
    let mut leased = lease(catalog, "a", 6, 10).await.into_iter();
    catalog.deliveries().complete(SYSTEM, leased.next().unwrap(), Timestamp(20)).await.unwrap();
    let other = leased.next().unwrap();
    catalog.deliveries().bury(SYSTEM, other, (Timestamp(30), "gone")).await.unwrap();
    let stats = catalog.deliveries().stats(&scope()).await.unwrap();
    assert_eq!((stats.queued, stats.dead, stats.oldest_due), (3, 1, Some(Timestamp(7))));
    let elsewhere = catalog.deliveries().stats(Scope::system(id(1001))).await.unwrap();
    assert_eq!(elsewhere, Default::default());
    let newest = PageRequest { newest_first: true, ..PageRequest::default() };
    let all = catalog.deliveries().list::<Value>(&scope(), None, &newest).await.unwrap();
    assert_eq!(numbers(&all.items)[..2], [1, 0]);

    let deliveries = catalog.deliveries();
    assert_eq!(deliveries.purge(SYSTEM, DeliveryState::Done, Timestamp(20)).await.unwrap(), 0);
    assert_eq!(deliveries.purge(SYSTEM, DeliveryState::Done, Timestamp(21)).await.unwrap(), 1);
    assert_eq!(deliveries.purge(SYSTEM, DeliveryState::Dead, Timestamp(99)).await.unwrap(), 1);
    let refused = deliveries.purge(SYSTEM, DeliveryState::Queued, Timestamp(99)).await.unwrap_err();
    assert!(matches!(&refused, Error::Invalid { field, .. } if field == "state"), "{refused}");
    assert_eq!(deliveries.stats(SYSTEM).await.unwrap().queued, 3);
}

pub async fn an_operator_sends_again(catalog: &Catalog) {
    queue(catalog, 1, 10, 5).await;
    let leased = lease(catalog, "a", 5, 10).await.remove(0);
    catalog.deliveries().bury(SYSTEM, leased, (Timestamp(6), "500")).await.unwrap();
    let id = delivery_id(ConversionId(1), id(10), 1);
    let viewer = Scope { role: Role::Viewer, actor: Actor::System, ..scope() };
    let refused = catalog.deliveries().requeue(&viewer, &id, Timestamp(7)).await.unwrap_err();
    assert!(matches!(refused, Error::Forbidden { .. }), "{refused}");
    let stranger = Scope::system(crate::samples::id(1001));
    let refused = catalog.deliveries().requeue(&stranger, &id, Timestamp(7)).await.unwrap_err();
    assert!(matches!(refused, Error::NotFound { .. }), "{refused}");
    catalog.deliveries().requeue(&scope(), &id, Timestamp(7)).await.unwrap();
    let again = lease(catalog, "a", 7, 10).await.remove(0);
    assert_eq!((again.value.attempts, again.value.last_error.as_str()), (1, "500"));
}

pub async fn deliveries_of_a_conversion_are_forgotten(catalog: &Catalog) {
    for (number, output) in [(1, 10), (1, 11), (2, 10), (11, 10)] {
        assert!(queue(catalog, number, output, 5).await);
    }
    let sent = lease(catalog, "a", 5, 1).await.remove(0);
    catalog.deliveries().complete(SYSTEM, sent, Timestamp(6)).await.unwrap();
    let elsewhere = Scope::system(id(99));
    assert_eq!(catalog.deliveries().forget_conversion(&elsewhere, ConversionId(1)).await.unwrap(), 0);
    let forgotten = catalog.deliveries().forget_conversion(&scope(), ConversionId(1)).await.unwrap();
    assert_eq!(forgotten, 2, "whatever became of them");
    let left = catalog.deliveries().list::<Value>(&scope(), None, &PageRequest::largest()).await.unwrap();
    let mut left: Vec<u64> =
        left.items.iter().map(|one| one.value.payload["number"].as_u64().unwrap()).collect();
    left.sort_unstable();
    assert_eq!(left, [2, 11]);
    assert_eq!(catalog.deliveries().forget_conversion(&scope(), ConversionId(1)).await.unwrap(), 0);
}
