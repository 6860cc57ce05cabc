use super::*;
use crate::tests::app::TestApp;
use std::sync::{
    LazyLock, Mutex,
    atomic::{AtomicBool, Ordering},
};
use tokio::time::Instant;

/// How long a condition may take on a slow machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Work that notes what it was asked to do.
struct Noted;

static SEEN: LazyLock<Mutex<Vec<String>>> = LazyLock::new(Mutex::default);
static ABLE: AtomicBool = AtomicBool::new(false);

impl Recurring for Noted {
    type Thing = &'static str;
    const KIND: JobKind = JobKind::Exports;
    const WAITS: &'static str = "a test";

    fn every(_app: &App) -> Duration {
        Duration::from_millis(5)
    }

    fn is_able(_app: &App) -> bool {
        ABLE.load(Ordering::SeqCst)
    }

    async fn list(_app: &App) -> Result<Vec<&'static str>, ApiError> {
        Ok(vec!["broken", "sound"])
    }

    fn name(thing: &&'static str) -> impl Display + Send {
        *thing
    }

    async fn look(app: &App, thing: &&'static str) -> Result<(), ApiError> {
        SEEN.lock().unwrap().push((*thing).to_owned());
        match *thing {
            "broken" => Err(signalbox_chassis::problem::Problem::not_found("thing").into()),
            // The work of a long file: it goes on for as long as the app's clock stands still.
            _ => {
                let began = app.now();
                while app.now() == began {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                Ok(())
            }
        }
    }
}

async fn until(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < PATIENCE, "waited in vain until {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn seen() -> Vec<String> {
    SEEN.lock().unwrap().clone()
}

#[tokio::test]
async fn one_node_does_the_work_and_another_takes_over() {
    let test = TestApp::fresh().await;
    let start = || {
        let app = test.app.clone();
        tokio::spawn(async move { keep_going::<Noted>(&app).await })
    };
    let first = start();
    let job = (Noted::KIND, "probe");
    assert!(lease(&test.app, job).await.unwrap(), "a node that is not able takes no lease");
    test.advance_hours(1);
    ABLE.store(true, Ordering::SeqCst);
    until("the first node works, although one thing fails", || seen() == ["broken", "sound"]).await;

    let second = start();
    assert!(!lease(&test.app, job).await.unwrap(), "it is leased");
    assert_eq!(seen().len(), 2, "nobody else works");
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    // Its lease ends.
    test.advance_hours(1);
    until("the second node works", || seen().len() == 4).await;
    second.abort();
}

#[derive(Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
struct State {
    numbers: Vec<u32>,
}

#[tokio::test]
async fn a_state_is_changed_by_those_who_saw_it() {
    let test = TestApp::fresh().await;
    let scope = Scope::system(test.workspace("Main").await);
    let memory = Memory::new(&test.app, &scope, (JobKind::Alerts, "1"));
    let of = |numbers: &[u32]| State { numbers: numbers.to_vec() };
    assert_eq!(memory.find::<State>().await.unwrap(), (of(&[]), 0));
    let version = memory.put(0, &of(&[1])).await.unwrap().unwrap();
    assert_eq!(memory.put(0, &of(&[2])).await.unwrap(), None, "somebody else was there");
    memory.change::<State>(|state| state.numbers.push(3)).await.unwrap();
    let (state, now) = memory.find::<State>().await.unwrap();
    assert_eq!(state, of(&[1, 3]));
    assert!(now > version);
}
