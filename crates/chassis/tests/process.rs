//! Whole processes: this test program starts itself as a child that runs a service, sends it signals and reads what it says.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test program with its own harness"
)]

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    os::fd::OwnedFd,
    path::Path,
    process::{Child, ChildStderr, Command, ExitCode, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use signalbox_chassis::{
    data_dir::Format,
    process::Process,
    server::{self, Options},
    settings::Settings,
    shutdown::Phase,
};

const DEADLINE: Duration = Duration::from_secs(60);

type Test = (&'static str, fn());

const TESTS: &[Test] = &[
    ("a_signal_stops_in_order", a_signal_stops_in_order),
    ("a_process_that_starts_is_not_ready", a_process_that_starts_is_not_ready),
    ("a_second_signal_ends_at_once", a_second_signal_ends_at_once),
    ("a_wrong_configuration_ends_with_64", a_wrong_configuration_ends_with_64),
    ("a_data_directory_has_one_owner", a_data_directory_has_one_owner),
    ("a_killed_process_leaves_no_lock", a_killed_process_leaves_no_lock),
    ("a_taken_port_is_told", a_taken_port_is_told),
    ("other_work_yields_to_the_front", other_work_yields_to_the_front),
    ("a_passed_socket_outlives_the_process", a_passed_socket_outlives_the_process),
    ("a_panic_of_a_critical_part_stops_the_process", a_panic_of_a_critical_part_stops_the_process),
    ("the_log_is_json_without_a_terminal", the_log_is_json_without_a_terminal),
];

fn main() -> ExitCode {
    if let Ok(mode) = std::env::var("CHASSIS_TEST_CHILD") {
        return child(&mode);
    }
    let filter = std::env::args().nth(1).filter(|argument| !argument.starts_with('-'));
    let mut failed = 0;
    for (name, test) in
        TESTS.iter().filter(|(name, _)| filter.as_ref().is_none_or(|filter| name.contains(filter.as_str())))
    {
        let ok = std::panic::catch_unwind(test).is_ok();
        println!("test {name} ... {}", if ok { "ok" } else { "FAILED" });
        failed += usize::from(!ok);
    }
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

// ---- the child ----

fn child(mode: &str) -> ExitCode {
    let process = Process {
        name: "test-service",
        data_format: Some(Format { version: 1, upgrades: &[] }),
        health: |settings| ("traffic.health_listen", settings.traffic.health_listen),
        front: Some(|settings| settings.traffic.worker_threads()),
    };
    let mode = mode.to_owned();
    process.run(Settings::load(None), move |context| async move {
        let listener = server::bind("traffic.listen", context.settings.traffic.listen)?;
        tracing::info!(address = %listener.local_addr().expect("bound"), "listening");
        let router = axum::Router::new().route("/", axum::routing::get(|| async { "ok" }));
        let options = Options { name: "traffic", limits: context.settings.traffic.limits() };
        let guard = context.shutdown.critical_guard(Phase::Drain, "listener");
        context.front.spawn(server::serve(listener, server::for_router(router), options, guard));
        if mode == "stuck" {
            let guard = context.shutdown.guard(Phase::Flush, "a flush that hangs");
            tokio::spawn(async move {
                guard.begun().await;
                tracing::info!("flushing");
                std::future::pending::<()>().await;
                drop(guard);
            });
        }
        if mode == "panic" {
            let guard = context.shutdown.critical_guard(Phase::Flush, "writer");
            tokio::spawn(async move {
                let _guard = guard;
                panic!("a defect");
            });
        }
        let flush = context.shutdown.guard(Phase::Close, "store");
        tokio::spawn(async move {
            flush.begun().await;
            tracing::info!("closing the store");
        });
        if mode == "nice" {
            let blocking = async { tokio::task::spawn_blocking(nice).await.expect("no panic") };
            let beside = tokio::spawn(async { nice() }).await.expect("no panic");
            let front = context.front.spawn(async { nice() }).await.expect("no panic");
            tracing::info!(own = nice(), front, beside, blocking = blocking.await, "niceness");
        }
        context.readiness.register("service").ready();
        if mode == "slow" {
            // A part that takes its time after another one is ready already.
            let signal = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::user_defined1());
            tracing::info!("waiting");
            signal.expect("a signal to wait for").recv().await;
        }
        Ok::<_, signalbox_chassis::Error>(())
    })
}

/// Niceness of the calling thread.
fn nice() -> i64 {
    let stat = std::fs::read_to_string("/proc/thread-self/stat").expect("Linux");
    let after_name = stat.rsplit(") ").next().expect("a name");
    after_name.split(' ').nth(16).expect("a niceness").parse().expect("a number")
}

// ---- the parent ----

struct Running {
    child: Child,
    errors: BufReader<ChildStderr>,
    log: String,
}

impl Running {
    fn start(mode: &str, data_dir: &Path, extra: &[(&str, &str)]) -> Self {
        Self::start_command(Command::new(this_program()), mode, (data_dir, extra))
    }

    /// Starts the child with a socket passed to it, as systemd does: number 3, and the number of the process in the environment.
    fn start_with_socket(socket: &TcpListener, data_dir: &Path, extra: &[(&str, &str)]) -> Self {
        let mut command = Command::new("/bin/sh");
        let hand_over = r#"exec 3<&0 </dev/null; LISTEN_FDS=1 LISTEN_PID=$$ exec "$0""#;
        let socket = OwnedFd::from(socket.try_clone().expect("a second handle"));
        command.arg("-c").arg(hand_over).arg(this_program()).stdin(Stdio::from(socket));
        Self::start_command(command, "normal", (data_dir, extra))
    }

    fn start_command(mut command: Command, mode: &str, (data_dir, extra): (&Path, &[(&str, &str)])) -> Self {
        command
            .env("CHASSIS_TEST_CHILD", mode)
            .env("SIGNALBOX__INSTANCE__DATA_DIR", data_dir)
            .env("SIGNALBOX__TRAFFIC__LISTEN", "127.0.0.1:0")
            .env("SIGNALBOX__TRAFFIC__HEALTH_LISTEN", "127.0.0.1:0")
            .envs(extra.iter().copied())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("a child");
        let errors = BufReader::new(child.stderr.take().expect("piped"));
        Self { child, errors, log: String::new() }
    }

    /// Reads the log up to a line that contains `text`; the pipe ends when the child ends, so this ends too.
    fn wait_for(&mut self, text: &str) -> String {
        let mut line = String::new();
        while self.errors.read_line(&mut line).expect("a line") > 0 {
            self.log.push_str(&line);
            if line.contains(text) {
                return line;
            }
            line.clear();
        }
        panic!("`{text}` did not come:\n{}", self.log);
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status();
        assert!(sent.expect("kill").success());
    }

    fn end(&mut self) -> ExitStatus {
        self.errors.read_to_string(&mut self.log).expect("the rest of the log");
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("the child") {
                return status;
            }
            assert!(began.elapsed() < DEADLINE, "the child does not end:\n{}", self.log);
            std::thread::yield_now();
        }
    }
}

fn this_program() -> std::path::PathBuf {
    std::env::current_exe().expect("this program")
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn field(line: &str, name: &str) -> String {
    let json: serde_json::Value = serde_json::from_str(line).expect("JSON");
    json[name].as_str().unwrap_or_else(|| panic!("{name} in {line}")).to_owned()
}

fn ask(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("a connection");
    write!(stream, "GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}

fn a_signal_stops_in_order() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut running = Running::start("normal", dir.path(), &[]);
    let health = field(&running.wait_for("\"starting\""), "health");
    let address = field(&running.wait_for("\"listening\""), "address");
    running.wait_for("\"started\"");
    assert!(ask(&address, "/").ends_with("ok"));
    assert!(ask(&health, "/health/ready").contains("\"ready\""));
    running.signal("TERM");
    let status = running.end();
    assert_eq!(status.code(), Some(0), "{}", running.log);
    let at = |text: &str| running.log.find(text).unwrap_or_else(|| panic!("{text} in {}", running.log));
    assert!(at("\"stopping\"") < at("closing the store") && at("closing the store") < at("\"stopped\""));
    assert!(running.log.contains("SIGTERM"));
}

fn other_work_yields_to_the_front() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut running = Running::start("nice", dir.path(), &[]);
    let line: serde_json::Value = serde_json::from_str(&running.wait_for("niceness")).expect("JSON");
    let of = |name: &str| line[name].as_i64().unwrap_or_else(|| panic!("{name} in {line}"));
    assert_eq!(of("front"), of("own"));
    assert!(of("beside") > of("front"), "{line}");
    assert_eq!(of("blocking"), of("beside"), "{line}");
}

fn a_process_that_starts_is_not_ready() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut running = Running::start("slow", dir.path(), &[]);
    let health = field(&running.wait_for("\"starting\""), "health");
    running.wait_for("\"waiting\"");
    let answer = ask(&health, "/health/ready");
    assert!(answer.starts_with("HTTP/1.1 503") && answer.contains(r#""name":"start""#), "{answer}");
    running.signal("USR1");
    running.wait_for("\"started\"");
    let answer = ask(&health, "/health/ready");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

fn a_second_signal_ends_at_once() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut running =
        Running::start("stuck", dir.path(), &[("SIGNALBOX__INSTANCE__SHUTDOWN_TIMEOUT_MS", "600000")]);
    running.wait_for("\"started\"");
    running.signal("TERM");
    running.wait_for("flushing");
    running.signal("INT");
    assert_eq!(running.end().code(), Some(130), "{}", running.log);

    let mut running =
        Running::start("stuck", dir.path(), &[("SIGNALBOX__INSTANCE__SHUTDOWN_TIMEOUT_MS", "200")]);
    running.wait_for("\"started\"");
    running.signal("INT");
    assert_eq!(running.end().code(), Some(1), "{}", running.log);
    assert!(running.log.contains("a flush that hangs"), "{}", running.log);
}

fn a_wrong_configuration_ends_with_64() {
    let dir = tempfile::tempdir().expect("a folder");
    let wrong = [("SIGNALBOX__TRAFFIC__LISTN", "x"), ("SIGNALBOX__API__LISTEN", "y")];
    let mut running = Running::start("normal", dir.path(), &wrong);
    assert_eq!(running.end().code(), Some(64));
    assert!(
        running.log.contains("2 problems") && running.log.contains("SIGNALBOX__TRAFFIC__LISTEN?"),
        "{}",
        running.log
    );
    assert!(std::fs::read_dir(dir.path()).expect("the folder").next().is_none(), "nothing was begun");
}

fn a_data_directory_has_one_owner() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut first = Running::start("normal", dir.path(), &[]);
    first.wait_for("\"started\"");
    let mut second = Running::start("normal", dir.path(), &[]);
    assert_eq!(second.end().code(), Some(1));
    let holder = format!("process {}", first.child.id());
    assert!(
        second.log.contains("used by another instance") && second.log.contains(&holder),
        "{}",
        second.log
    );
}

fn a_killed_process_leaves_no_lock() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut first = Running::start("normal", dir.path(), &[]);
    first.wait_for("\"started\"");
    first.signal("KILL");
    first.end();
    let mut second = Running::start("normal", dir.path(), &[]);
    second.wait_for("\"started\"");
}

fn a_taken_port_is_told() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("bound").to_string();
    for variable in ["SIGNALBOX__TRAFFIC__LISTEN", "SIGNALBOX__TRAFFIC__HEALTH_LISTEN"] {
        let dir = tempfile::tempdir().expect("a folder");
        let mut running = Running::start("normal", dir.path(), &[(variable, &address)]);
        assert_eq!(running.end().code(), Some(1));
        assert!(
            running.log.contains("taken by another program") && running.log.contains(variable),
            "{}",
            running.log
        );
    }
}

fn a_panic_of_a_critical_part_stops_the_process() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut running = Running::start("panic", dir.path(), &[]);
    assert_eq!(running.end().code(), Some(1));
    assert!(
        running.log.contains("a defect") && running.log.contains("writer ended on its own"),
        "{}",
        running.log
    );
}

fn the_log_is_json_without_a_terminal() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut running = Running::start("panic", dir.path(), &[]);
    running.end();
    for line in running.log.lines() {
        let json: serde_json::Value =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(json["timestamp"].is_string() && json["level"].is_string(), "{line}");
    }
    let mut pretty = Running::start("panic", dir.path(), &[("SIGNALBOX__TELEMETRY__FORMAT", "pretty")]);
    pretty.end();
    assert!(pretty.log.contains("starting") && !pretty.log.contains("{\""), "{}", pretty.log);
}

fn a_passed_socket_outlives_the_process() {
    let dir = tempfile::tempdir().expect("a folder");
    let socket = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = socket.local_addr().expect("bound").to_string();
    let listen = [("SIGNALBOX__TRAFFIC__LISTEN", address.as_str())];
    let mut first = Running::start_with_socket(&socket, dir.path(), &listen);
    first.wait_for("the listener was passed by the supervisor");
    first.wait_for("\"started\"");
    assert!(ask(&address, "/").ends_with("ok"));
    first.signal("TERM");
    assert!(first.end().success(), "{}", first.log);
    // Nobody accepts now; nobody is refused either.
    let mut waiting = TcpStream::connect(&address).expect("the kernel queues the connection");
    write!(waiting, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").expect("sent");
    let mut second = Running::start_with_socket(&socket, dir.path(), &listen);
    let mut answer = String::new();
    waiting.read_to_string(&mut answer).expect("an answer");
    assert!(answer.ends_with("ok"), "{answer}");
    second.signal("TERM");
    assert!(second.end().success(), "{}", second.log);
    // A socket for another port than any that is configured is closed, not left to collect connections that nobody answers.
    let mut third = Running::start_with_socket(&socket, dir.path(), &[]);
    third.wait_for("no listener of the configuration has the port of");
    third.signal("TERM");
    assert!(third.end().success(), "{}", third.log);
}
