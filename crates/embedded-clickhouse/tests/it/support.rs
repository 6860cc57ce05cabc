//! A supervised engine in a folder of its own.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use signalbox_embedded_clickhouse::{Handle, State, Supervisor, SupervisorConfig};
use tempfile::TempDir;

pub fn exe() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_embedded-clickhouse"))
}

pub fn config(dir: &Path) -> SupervisorConfig {
    SupervisorConfig::new(exe(), dir)
}

pub struct Engine {
    pub handle: Handle,
    pub http: reqwest::Client,
    /// Removed when the test is over.
    pub dir: TempDir,
}

pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub async fn of(response: reqwest::Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Self { status, headers, body: response.bytes().await.unwrap().to_vec() }
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The result, which must be there.
    #[track_caller]
    pub fn ok(self) -> String {
        assert_eq!(self.status, 200, "{}", self.text());
        self.text()
    }

    /// An error of that status and code, told in full.
    #[track_caller]
    pub fn refused(self, status: u16, code: i32) -> String {
        let text = self.text();
        assert_eq!(
            (self.status, self.header("x-clickhouse-exception-code")),
            (status, code.to_string().as_str()),
            "{text}"
        );
        assert!(text.starts_with(&format!("Code: {code}. DB::Exception: ")), "{text}");
        assert!(text.ends_with("(embedded))\n"), "{text}");
        text
    }
}

impl Engine {
    pub async fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let config = config(&dir.path().join("data"));
        Self::start_in(dir, config).await
    }

    pub async fn start_in(dir: TempDir, config: SupervisorConfig) -> Self {
        let handle = Supervisor::start(config).await.unwrap_or_else(|error| panic!("{error}"));
        // No connection is kept: tests kill the other side.
        let http = reqwest::Client::builder().pool_max_idle_per_host(0).build().unwrap();
        Self { handle, http, dir }
    }

    pub fn request(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.handle.base_url()));
        request
            .header("x-clickhouse-user", self.handle.user())
            .header("x-clickhouse-key", self.handle.password().unwrap())
    }

    /// A query in the body.
    pub async fn post(&self, sql: impl Into<reqwest::Body>) -> Answer {
        self.post_with(&[], sql).await
    }

    /// A query in the body, or rows with the query among the parameters.
    pub async fn post_with(&self, parameters: &[(&str, &str)], body: impl Into<reqwest::Body>) -> Answer {
        let request = self.request(reqwest::Method::POST, "/").query(parameters).body(body);
        Answer::of(request.send().await.unwrap()).await
    }

    pub async fn get(&self, parameters: &[(&str, &str)]) -> Answer {
        Answer::of(self.request(reqwest::Method::GET, "/").query(parameters).send().await.unwrap()).await
    }

    /// A statement that must succeed.
    pub async fn run(&self, sql: &str) -> String {
        self.post(sql.to_owned()).await.ok()
    }

    pub fn client(&self) -> clickhouse::Client {
        clickhouse::Client::default()
            .with_url(self.handle.base_url())
            .with_user(self.handle.user())
            .with_password(self.handle.password().unwrap())
    }

    pub fn pid(&self) -> u32 {
        match *self.handle.state().borrow() {
            State::Ready { pid } => pid,
            ref state => panic!("not ready: {state:?}"),
        }
    }

    /// Kills the process as a crash would and waits until the next one answers.
    pub async fn crash(&self) {
        let before = self.pid();
        signal(before, libc::SIGKILL);
        let mut state = self.handle.state();
        let ready = state.wait_for(|state| matches!(state, State::Ready { pid } if *pid != before));
        tokio::time::timeout(Duration::from_secs(30), ready).await.unwrap().unwrap();
    }

    /// Waits until a query gives the expected text.
    pub async fn eventually(&self, sql: &str, expected: &str) {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            let got = self.run(sql).await;
            if got == expected {
                return;
            }
            assert!(Instant::now() < deadline, "{sql}: {got:?} instead of {expected:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

pub fn signal(pid: u32, signal: i32) {
    // SAFETY: takes numbers only; the process is one that the test has started.
    assert_eq!(unsafe { libc::kill(i32::try_from(pid).unwrap(), signal) }, 0);
}

pub fn is_alive(pid: u32) -> bool {
    // A zombie is dead, whoever has not fetched it yet; but its first thread may be one before the others.
    let zombie = std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| stat.contains(") Z "));
    std::fs::read_dir(format!("/proc/{pid}/task")).is_ok_and(|threads| threads.count() > usize::from(zombie))
}

/// Waits until something is so.
pub async fn until(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !condition() {
        assert!(Instant::now() < deadline, "still not: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
