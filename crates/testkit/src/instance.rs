//! A whole instance as a child process on loopback ports of its own.

use crate::until;
use serde::Deserialize;
use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::Stdio,
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

/// The longest a start may take on a busy machine.
const START_MAX: Duration = Duration::from_secs(90);

#[derive(Debug, Clone, Deserialize)]
struct Addresses {
    admin: String,
    traffic: String,
    postback: String,
    setup_url: Option<String>,
}

/// A running (or killed) instance; its data lives until this is dropped, its ports stay the same over restarts.
pub struct Instance {
    exe: PathBuf,
    data_dir: PathBuf,
    _temporary: TempDir,
    settings: Vec<(String, String)>,
    child: Option<Child>,
    addresses: Option<Addresses>,
    started_in: Duration,
}

impl Instance {
    /// An instance that does not run yet, with ports that are free now and further settings (`traffic.not_found_url`, value).
    pub fn prepare(exe: impl AsRef<Path>, further: &[(&str, &str)]) -> Self {
        let temporary = tempfile::tempdir().expect("a temporary folder");
        let data_dir = temporary.path().join("data");
        let ports = free_ports(6);
        let keys = [
            "traffic.listen",
            "postback.listen",
            "api.listen",
            "traffic.health_listen",
            "postback.health_listen",
            "api.health_listen",
        ];
        let mut settings: Vec<(String, String)> = keys
            .iter()
            .zip(ports)
            .map(|(key, port)| ((*key).to_owned(), format!("127.0.0.1:{port}")))
            .collect();
        for (key, value) in [
            ("traffic.trusted_proxies", "127.0.0.0/8"),
            ("postback.delivery_allow_private", "127.0.0.0/8"),
            ("postback.delivery_backoff_ms_min", "50"),
            ("postback.delivery_circuit_ms_min", "50"),
            ("postback.requests_per_minute_max", "1000000"),
            ("telemetry.format", "json"),
        ] {
            settings.push((key.to_owned(), value.to_owned()));
        }
        settings.extend(further.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
        let exe = exe.as_ref().to_owned();
        Self {
            exe,
            data_dir,
            _temporary: temporary,
            settings,
            child: None,
            addresses: None,
            started_in: Duration::ZERO,
        }
    }

    /// A running instance.
    pub async fn start(exe: impl AsRef<Path>, further: &[(&str, &str)]) -> Self {
        let mut instance = Self::prepare(exe, further);
        instance.run().await;
        instance
    }

    /// Starts the process and waits until it says that everything answers.
    pub async fn run(&mut self) {
        assert!(self.child.is_none(), "the instance runs already");
        let began = Instant::now();
        let mut command = self.command(&["run", "--print-json"]);
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the program starts");
        let stdout = child.stdout.take().expect("standard output is piped");
        let mut lines = BufReader::new(stdout).lines();
        let line = tokio::time::timeout(START_MAX, lines.next_line())
            .await
            .expect("the instance starts in time")
            .expect("readable output");
        let line = line.unwrap_or_else(|| {
            let log = std::fs::read_to_string(self.log_path()).unwrap_or_default();
            let last: Vec<&str> = log.lines().rev().take(20).collect();
            panic!(
                "the instance ended at its start; last lines of its log, newest first:\n{}",
                last.join("\n")
            )
        });
        self.addresses = Some(serde_json::from_str(&line).expect("a line of JSON with the addresses"));
        self.child = Some(child);
        self.started_in = began.elapsed();
    }

    /// A command of the program with the settings of this instance, its log beside the data.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.log_path())
            .expect("a writable log");
        let mut command = Command::new(&self.exe);
        command.args(arguments).stdin(Stdio::null()).stderr(log).kill_on_drop(true);
        command.env("SIGNALBOX__INSTANCE__DATA_DIR", &self.data_dir);
        for (key, value) in &self.settings {
            command.env(format!("SIGNALBOX__{}", key.replace('.', "__").to_uppercase()), value);
        }
        command
    }

    /// Log of all runs.
    pub fn log_path(&self) -> PathBuf {
        self.data_dir.with_extension("log")
    }

    /// Data directory.
    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// How long the last start took until everything answered.
    pub const fn started_in(&self) -> Duration {
        self.started_in
    }

    /// Process id, while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().and_then(Child::id)
    }

    /// A setting that was given, such as `traffic.health_listen`.
    pub fn setting(&self, key: &str) -> &str {
        let found = self.settings.iter().find(|(known, _)| known == key);
        found.map(|(_, value)| value.as_str()).expect("a setting that was given")
    }

    /// Changes a setting for the next run.
    pub fn set(&mut self, key: &str, value: &str) {
        self.settings.retain(|(known, _)| known != key);
        self.settings.push((key.to_owned(), value.to_owned()));
    }

    /// Kills the process at once, as a power cut of the process would (its children die with it).
    pub async fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().await.expect("the process can be killed");
        }
    }

    /// Asks the process to stop and waits; returns whether it ended well and how long it took.
    pub async fn stop(&mut self) -> (bool, Duration) {
        let Some(mut child) = self.child.take() else { return (true, Duration::ZERO) };
        let began = Instant::now();
        signal(child.id().expect("a running process"), libc::SIGTERM);
        let status = tokio::time::timeout(Duration::from_secs(30), child.wait())
            .await
            .expect("a stop in time")
            .expect("a status");
        (status.success(), began.elapsed())
    }

    /// Kills and starts again.
    pub async fn kill_and_run(&mut self) {
        self.kill().await;
        self.run().await;
    }

    fn addresses(&self) -> &Addresses {
        self.addresses.as_ref().expect("the instance was started")
    }

    /// Base URL of the admin.
    pub fn admin_url(&self) -> &str {
        &self.addresses().admin
    }

    /// Base URL of clicks.
    pub fn traffic_url(&self) -> &str {
        &self.addresses().traffic
    }

    /// Base URL of postbacks.
    pub fn postback_url(&self) -> &str {
        &self.addresses().postback
    }

    /// The one-time link, before the first run was set up.
    pub fn setup_url(&self) -> Option<&str> {
        self.addresses().setup_url.as_deref()
    }

    /// Resident memory of the process and its children, bytes (Linux).
    pub fn resident_bytes(&self) -> u64 {
        let pid = self.pid().expect("a running process");
        let children =
            std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
        let mut pids: Vec<u32> = children.split_whitespace().filter_map(|pid| pid.parse().ok()).collect();
        pids.extend(all_children_of(pid));
        pids.push(pid);
        pids.sort_unstable();
        pids.dedup();
        pids.into_iter().map(resident).sum()
    }

    /// Waits until the health listener says that all parts are ready.
    pub async fn ready(&self) {
        let address = self
            .settings
            .iter()
            .find(|(key, _)| key == "api.health_listen")
            .map(|(_, value)| value.clone())
            .expect("a health port");
        until("readiness", Duration::from_secs(60), || async {
            let response = reqwest::get(format!("http://{address}/health/ready"))
                .await
                .map_err(|error| error.to_string())?;
            if response.status().is_success() {
                Ok(())
            } else {
                Err(response.text().await.unwrap_or_default())
            }
        })
        .await;
    }
}

/// Children of any thread of the process: the engine is started by a thread that is not the first.
fn all_children_of(pid: u32) -> Vec<u32> {
    let Ok(tasks) = std::fs::read_dir(format!("/proc/{pid}/task")) else { return Vec::new() };
    let lists =
        tasks.flatten().map(|task| std::fs::read_to_string(task.path().join("children")).unwrap_or_default());
    lists
        .flat_map(|list| list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<u32>>())
        .collect()
}

fn resident(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes: Option<u64> =
        line.and_then(|line| line.split_whitespace().next()).and_then(|number| number.parse().ok());
    kilobytes.unwrap_or(0) * 1024
}

fn signal(pid: u32, signal: i32) {
    // SAFETY: kill(2) takes plain numbers; the pid is that of a child that was not waited for yet.
    let sent = unsafe { libc::kill(pid.cast_signed(), signal) };
    assert_eq!(sent, 0, "the process can be signalled");
}

/// Ports that were free a moment ago, all different, and that the system gives nobody who asks for any port: between this look and the start
/// of the instance, thousands of connections of other tests may begin.
fn free_ports(count: usize) -> Vec<u16> {
    const FIRST: u32 = 12_000;
    // Where Linux begins to give ports away.
    const END: u32 = 32_768;
    static NEXT: AtomicU32 = AtomicU32::new(0);
    // Processes of tests that run at the same time begin at different places.
    let mine = std::process::id().wrapping_mul(7_919);
    let next = || {
        let number = mine.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % (END - FIRST);
        u16::try_from(FIRST + number).expect("a port")
    };
    let free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    std::iter::repeat_with(next).take(END as usize).filter(free).take(count).collect()
}
