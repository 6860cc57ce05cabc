//! What `/health/ready` says while an instance starts and stops, and whether that is so.

use crate::{
    EXE,
    visitors::{PATIENCE, Visitors, readiness, until_it_says},
};
use signalbox_testkit::{Instance, until};

/// Asks a listener from before the process is there; when it says yes for the first time, one visitor comes at that moment.
async fn first_yes(health: &str, traffic: &str) -> u16 {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    until("it says yes", PATIENCE, || async {
        match readiness(health).await? {
            (200, ..) => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .await;
    // A port that is not open yet is an error here.
    client.get(format!("http://{traffic}/kept")).send().await.unwrap().status().as_u16()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn it_says_yes_only_when_visitors_are_redirected() {
    let mut instance = Instance::start(EXE, &[]).await;
    Visitors::of(&instance).await;
    for _ in 0..3 {
        instance.stop().await;
        let traffic = instance.setting("traffic.listen").to_owned();
        let part = instance.setting("traffic.health_listen").to_owned();
        let whole = instance.setting("api.health_listen").to_owned();
        let ((), of_part, of_whole) =
            tokio::join!(instance.run(), first_yes(&part, &traffic), first_yes(&whole, &traffic));
        assert_eq!((of_part, of_whole), (302, 302));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn at_a_stop_it_says_no_while_everybody_is_still_served() {
    // So long that nothing else of the stop begins while this looks.
    let mut instance = Instance::start(EXE, &[("instance.shutdown_notice_ms", "300000")]).await;
    let mut visitors = Visitors::of(&instance).await;
    instance.ready().await;
    let listeners = ["traffic.health_listen", "postback.health_listen", "api.health_listen"]
        .map(|key| instance.setting(key).to_owned());
    let pid = instance.pid().unwrap().to_string();
    let asked = std::process::Command::new("kill").args(["-TERM", &pid]).status().unwrap();
    assert!(asked.success());
    for address in &listeners {
        until_it_says(address, 503, &["shutdown"], &[]).await;
    }
    // New connections, too.
    visitors.come(&instance, 20).await;
    instance.kill().await;
}
