use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

const LONG: Duration = Duration::from_secs(60);

#[tokio::test]
async fn phases_begin_in_order_and_wait_for_each_other() {
    let shutdown = Shutdown::new(LONG);
    let step = Arc::new(AtomicUsize::new(0));
    let mut tasks = Vec::new();
    for (order, phase) in [(3, Phase::Close), (1, Phase::Drain), (2, Phase::Flush)] {
        let (guard, step) = (shutdown.guard(phase, format!("{phase:?}")), step.clone());
        tasks.push(tokio::spawn(async move {
            guard.begun().await;
            tokio::task::yield_now().await;
            assert_eq!(step.fetch_add(1, Ordering::SeqCst) + 1, order);
            drop(guard);
        }));
    }
    assert!(!shutdown.is_triggered());
    let outcome = shutdown.stop("test").await;
    assert!(outcome.is_clean());
    assert_eq!(outcome.reason, "test");
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(step.load(Ordering::SeqCst), 3);
}

#[tokio::test(start_paused = true)]
async fn the_deadline_ends_it_and_names_the_late() {
    let shutdown = Shutdown::new(Duration::from_secs(5));
    let late = shutdown.guard(Phase::Drain, "traffic listener");
    let flush = shutdown.token(Phase::Flush);
    let outcome = shutdown.stop("test").await;
    assert_eq!(outcome.unfinished, ["traffic listener"]);
    assert!(flush.is_cancelled() && late.has_begun());
    drop(late);
}

#[tokio::test]
async fn without_guards_it_is_over_at_once() {
    let shutdown = Shutdown::new(LONG);
    drop(shutdown.guard(Phase::Flush, "gone before"));
    assert!(shutdown.stop("test").await.is_clean());
    assert!(shutdown.stop("again").await.reason == "test");
}

#[tokio::test]
async fn a_guard_made_too_late_holds_nothing_up() {
    let shutdown = Shutdown::new(LONG);
    shutdown.stop("test").await;
    let guard = shutdown.guard(Phase::Drain, "late");
    assert!(guard.has_begun());
    assert!(shutdown.finished().await.is_clean());
}

#[tokio::test]
async fn a_critical_part_that_dies_begins_the_stop() {
    let shutdown = Shutdown::new(LONG);
    let guard = shutdown.critical_guard(Phase::Flush, "writer");
    let task = tokio::spawn(async move {
        let _guard = guard;
    });
    task.await.unwrap();
    let outcome = shutdown.finished().await;
    assert_eq!((outcome.reason.as_str(), outcome.part_died), ("writer ended on its own", true));
}

#[tokio::test]
async fn everybody_who_waits_is_told() {
    let shutdown = Shutdown::new(LONG);
    let waiters: Vec<_> = (0..3)
        .map(|_| {
            let shutdown = shutdown.clone();
            tokio::spawn(async move { shutdown.finished().await })
        })
        .collect();
    shutdown.trigger("test");
    for waiter in waiters {
        assert!(waiter.await.unwrap().is_clean());
    }
}
