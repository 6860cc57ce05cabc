//! The life of the process: started, killed, restarted, orphaned, stopped.

use std::{
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use signalbox_embedded_clickhouse::{Error, State, Supervisor};

use crate::support::{self, Engine, exe, is_alive, signal, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_process_comes_back_at_the_same_address_with_its_data() {
    let engine = Engine::start().await;
    engine.run("CREATE TABLE t (a UInt32) ENGINE = MergeTree ORDER BY a").await;
    engine.run("INSERT INTO t SELECT number FROM numbers(100000)").await;
    let (address, first) = (engine.handle.address(), engine.pid());
    for round in 1..=3 {
        engine.crash().await;
        assert_eq!((engine.handle.address(), engine.handle.restarts()), (address, round));
        assert_eq!(engine.run("SELECT count(), sum(a) FROM t").await, "100000\t4999950000\n");
        engine.run("INSERT INTO t VALUES (0)").await;
        engine.run("ALTER TABLE t DELETE WHERE a = 0 SETTINGS mutations_sync = 1").await;
        engine.run("INSERT INTO t VALUES (0)").await;
    }
    let last = engine.pid();
    assert_ne!(first, last);
    let state = engine.handle.state();
    engine.handle.stop().await;
    assert_eq!(*state.borrow(), State::Stopped);
    assert!(!is_alive(last));
    assert!(std::net::TcpListener::bind(address).is_ok(), "the port is free again");
}

#[tokio::test(flavor = "multi_thread")]
async fn starts_fast_idles_small_and_yields() {
    let started = Instant::now();
    let engine = Engine::start().await;
    let took = started.elapsed();
    engine.run("SELECT 1").await;
    let pid = engine.pid();
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let nice: i32 = stat.rsplit(") ").next().unwrap().split(' ').nth(16).unwrap().parse().unwrap();
    assert!(nice >= 5, "{nice}");
    let field = |name: &str| {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(name).map(str::to_owned)).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
    };
    println!("start {took:?}, resident {} MiB, of which its own {} MiB", field("VmRSS:"), field("RssAnon:"));
    assert!(took < Duration::from_secs(10), "{took:?}");
    assert!(field("VmRSS:") < 300 && field("RssAnon:") < 120);
    // Work makes it grow; idle again, it gives the memory back.
    engine.run("CREATE TABLE t (n UInt64, s String) ENGINE = MergeTree ORDER BY n").await;
    engine.run("INSERT INTO t SELECT number, toString(number) FROM numbers(3000000)").await;
    engine.run("SELECT n % 1000 AS k, uniqExact(s) FROM t GROUP BY k FORMAT Null").await;
    println!("after work {} MiB", field("VmRSS:"));
    until("small again", || field("RssAnon:") < 160).await;
    println!("idle {} MiB", field("VmRSS:"));
    engine.handle.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_lets_running_queries_finish() {
    let engine = Engine::start().await;
    engine.run("CREATE TABLE t (a UInt32) ENGINE = MergeTree ORDER BY a").await;
    let request = engine
        .request(reqwest::Method::POST, "/")
        .body("SELECT sleepEachRow(0.5) FROM numbers(3) SETTINGS max_block_size = 1 FORMAT TSV");
    let running = tokio::spawn(async move { support::Answer::of(request.send().await.unwrap()).await });
    engine
        .eventually("SELECT count() FROM system.processes WHERE query LIKE 'SELECT sleepEachRow%'", "1\n")
        .await;
    let pid = engine.pid();
    engine.handle.stop().await;
    assert!(!is_alive(pid));
    assert_eq!(running.await.unwrap().ok(), "0\n0\n0\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_without_end_does_not_hold_up_a_stop() {
    let engine = Engine::start().await;
    let request = engine
        .request(reqwest::Method::POST, "/")
        .body("SELECT sum(sipHash64(number)) FROM numbers(100000000000)");
    let running =
        tokio::spawn(async move { request.send().await.map(|response| response.status().as_u16()) });
    engine.eventually("SELECT count() FROM system.processes WHERE query LIKE 'SELECT sum(sip%'", "1\n").await;
    let started = Instant::now();
    engine.handle.stop().await;
    assert!(started.elapsed() < Duration::from_secs(9), "{:?}", started.elapsed());
    let answer = running.await.unwrap();
    assert!(matches!(answer, Ok(500) | Err(_)), "{answer:?}");
}

/// A child whose parent is a shell that can be killed.
fn start_below_a_shell(dir: &Path) -> (std::process::Child, u32) {
    let script = format!(
        "TZ=UTC {} --data {} --parent-pid $$ > {}/report & echo $! > {}/pid; wait",
        exe().display(),
        dir.join("data").display(),
        dir.display(),
        dir.display()
    );
    let mut shell = Command::new("sh").arg("-c").arg(script).stderr(Stdio::null()).spawn().unwrap();
    let deadline = Instant::now() + Duration::from_secs(30);
    while !std::fs::read_to_string(dir.join("report")).is_ok_and(|report| report.contains("ready")) {
        assert!(
            Instant::now() < deadline && shell.try_wait().unwrap().is_none(),
            "the engine below the shell did not start"
        );
        std::thread::yield_now();
    }
    let pid = std::fs::read_to_string(dir.join("pid")).unwrap().trim().parse().unwrap();
    (shell, pid)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_child_ends_with_its_parent_and_leaves_no_lock() {
    let dir = tempfile::tempdir().unwrap();
    let (mut shell, pid) = start_below_a_shell(dir.path());
    assert!(is_alive(pid));
    // The same folder is refused meanwhile, with the reason.
    let refused = Supervisor::start(support::config(&dir.path().join("data"))).await.unwrap_err();
    let text = refused.to_string();
    assert!(text.contains(&format!("in use by another process (id {pid})")), "{text}");
    shell.kill().unwrap();
    shell.wait().unwrap();
    until("the child has ended", || !is_alive(pid)).await;
    let engine =
        Engine::start_in(tempfile::tempdir().unwrap(), support::config(&dir.path().join("data"))).await;
    engine.run("SELECT 1").await;
    engine.handle.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_start_says_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let mut config = support::config(&dir.path().join("data"));
    config.library = Some("/nowhere/libchdb.so".into());
    let error = Supervisor::start(config.clone()).await.unwrap_err();
    assert!(
        matches!(error, Error::LibraryMissing { .. }) && error.to_string().contains("make setup"),
        "{error}"
    );

    let not_a_library = dir.path().join("libchdb.so");
    std::fs::write(&not_a_library, "no library").unwrap();
    config.library = Some(not_a_library);
    let error = Supervisor::start(config.clone()).await.unwrap_err().to_string();
    assert!(error.contains("cannot be loaded as libchdb"), "{error}");

    config.library = None;
    config.data_dir = "/proc/nowhere".into();
    let error = Supervisor::start(config.clone()).await.unwrap_err().to_string();
    assert!(error.contains("/proc/nowhere cannot be used"), "{error}");

    config.data_dir = dir.path().join("data");
    config.exe = "/nowhere/signalbox".into();
    let error = Supervisor::start(config.clone()).await.unwrap_err().to_string();
    assert!(error.contains("cannot start /nowhere/signalbox"), "{error}");
    config.exe = "/bin/false".into();
    let error = Supervisor::start(config.clone()).await.unwrap_err().to_string();
    assert!(error.contains("it ended (exit status: 1)"), "{error}");

    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    config.exe = exe();
    config.port = taken.local_addr().unwrap().port();
    let error = Supervisor::start(config).await.unwrap_err();
    assert!(matches!(error, Error::PortTaken { .. }), "{error}");
    assert!(error.to_string().contains(&taken.local_addr().unwrap().to_string()), "{error}");
}

#[test]
fn the_program_refuses_to_be_open_to_the_network_without_a_password() {
    let dir = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| {
        let output = Command::new(exe())
            .arg("--data")
            .arg(dir.path().join("data"))
            .args(args)
            .env_remove("SIGNALBOX_EMBEDDED_PASSWORD")
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8(output.stdout).unwrap()
    };
    let report = run(&["--listen", "0.0.0.0:0"]);
    assert!(report.contains("failed") && report.contains("without a password"), "{report}");
    assert!(run(&["--parent-pid", "1"]).contains("not the parent"));
    assert!(run(&["--password-file", "/nowhere/password"]).contains("/nowhere/password"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_child_is_taken_for_dead_and_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let mut config = support::config(&dir.path().join("data"));
    config.silence_max = Duration::from_secs(2);
    let engine = Engine::start_in(dir, config).await;
    let hung = engine.pid();
    signal(hung, libc::SIGSTOP);
    let mut state = engine.handle.state();
    let replaced = state.wait_for(|state| matches!(state, State::Ready { pid } if *pid != hung));
    tokio::time::timeout(Duration::from_secs(60), replaced).await.unwrap().unwrap();
    assert_eq!(engine.run("SELECT 1").await, "1\n");
    engine.handle.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_made_while_it_runs_and_restored_elsewhere() {
    let engine = Engine::start().await;
    engine.run("CREATE DATABASE s").await;
    engine.run("CREATE TABLE s.t (a UInt32) ENGINE = MergeTree ORDER BY a").await;
    engine.run("INSERT INTO s.t SELECT number FROM numbers(100000)").await;
    assert!(engine.run("BACKUP DATABASE s TO File('one.tar')").await.contains("BACKUP_CREATED"));
    engine.post("BACKUP DATABASE s TO File('/tmp/signalbox-elsewhere.tar')").await.refused(400, 36);
    engine.run("INSERT INTO s.t SELECT 1").await;

    let other = tempfile::tempdir().unwrap();
    let backups = other.path().join("data/backups");
    std::fs::create_dir_all(&backups).unwrap();
    std::fs::copy(engine.dir.path().join("data/backups/one.tar"), backups.join("one.tar")).unwrap();
    let config = support::config(&other.path().join("data"));
    let restored = Engine::start_in(other, config).await;
    assert!(restored.run("RESTORE DATABASE s FROM File('one.tar')").await.contains("RESTORED"));
    assert_eq!(restored.run("SELECT count(), sum(a) FROM s.t").await, "100000\t4999950000\n");
    engine.handle.stop().await;
    restored.handle.stop().await;
}
