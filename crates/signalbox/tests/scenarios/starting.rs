//! Starting: what is missing or wrong is said with the fix, and a start is quick and small.

use crate::world::{EXE, World};
use signalbox_testkit::Instance;
use std::{process::Output, time::Duration};

async fn fails(instance: &Instance, environment: &[(&str, &str)]) -> (i32, String) {
    let mut command = instance.command(&["run"]);
    command
        .envs(environment.iter().copied())
        .stderr(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped());
    let Output { status, stdout, stderr } =
        tokio::time::timeout(Duration::from_secs(60), command.output()).await.unwrap().unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    (status.code().unwrap_or(-1), text)
}

#[tokio::test]
async fn what_is_wrong_is_named_with_the_fix() {
    let instance = Instance::prepare(EXE, &[]);
    let (code, text) = fails(
        &instance,
        &[("SIGNALBOX__TRAFFIC__LISTN", "x"), ("SIGNALBOX__POSTBACK__BATCH_ROWS_MAX", "many")],
    )
    .await;
    assert_eq!(code, 64, "{text}");
    assert!(
        text.contains("Did you mean SIGNALBOX__TRAFFIC__LISTEN?") && text.contains("postback.batch_rows_max"),
        "{text}"
    );

    let (code, text) =
        fails(&instance, &[("SIGNALBOX__WAREHOUSE__LIBCHDB_PATH", "/nowhere/libchdb.so")]).await;
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("/nowhere/libchdb.so") && text.contains("make setup"), "{text}");

    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (code, text) = fails(&instance, &[("SIGNALBOX__TRAFFIC__LISTEN", &address)]).await;
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("traffic.listen") && text.contains(&address), "{text}");

    let (code, text) = fails(&instance, &[("SIGNALBOX__INSTANCE__DATA_DIR", "/proc/signalbox")]).await;
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("cannot be written") && text.contains("instance.data_dir"), "{text}");
}

#[tokio::test]
async fn a_newer_data_directory_is_not_touched_and_this_one_is_opened_again() {
    let mut instance = Instance::prepare(EXE, &[]);
    std::fs::create_dir_all(instance.data_dir()).unwrap();
    let version = instance.data_dir().join("VERSION");
    std::fs::write(&version, "2\n").unwrap();
    let (code, text) = fails(&instance, &[]).await;
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("format 2"), "{text}");
    std::fs::write(&version, "1\n").unwrap();
    instance.run().await;
    instance.ready().await;
}

#[tokio::test]
async fn missing_geo_files_never_stop_traffic() {
    let instance =
        Instance::start(EXE, &[("geo.city_path", "/nowhere.mmdb"), ("geo.country_path", "/nowhere.mmdb")])
            .await;
    let world = World::create(&instance).await;
    let (location, _) = world.click(&instance, "ext=1").await;
    assert!(
        location.contains("&c=#top") || location.contains("&c=&") || location.contains("&c="),
        "{location}"
    );
}

#[tokio::test]
async fn a_second_start_is_quick_and_an_idle_instance_small() {
    let mut instance = Instance::start(EXE, &[]).await;
    instance.ready().await;
    let world = World::create(&instance).await;
    world.click(&instance, "ext=1").await;
    instance.stop().await;
    instance.run().await;
    let (_, id) = world.click(&instance, "ext=2").await;
    assert_eq!(id.len(), 26);
    println!(
        "second start to first answer {:?}, resident {} MB",
        instance.started_in(),
        instance.resident_bytes() >> 20
    );
    // A debug build on a loaded machine is slower than what users run: `make bench` measures the release build against 3 s.
    assert!(instance.started_in() < Duration::from_secs(30));
    assert!(instance.resident_bytes() < 700 << 20, "{} MB", instance.resident_bytes() >> 20);
}
