//! A service of the product as a process of its own: started on one core, asked until it is ready, stopped by its own id.
//!
//! Promises: what it says goes to a file, whose end is part of the error when it does not start; dropped, it is killed.

use super::machine::Pinned;
use crate::{Error, instance::terminate};
use std::{
    fs::{self, File},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};
use tokio::{
    process::{Child, Command},
    time::{sleep, timeout},
};

/// How long a start may take.
const START_PATIENCE: Duration = Duration::from_secs(120);
/// How long a stop may take; then it is killed.
const STOP_PATIENCE: Duration = Duration::from_secs(30);
/// How much of what it said is shown when it does not start.
const SHOWN_BYTES: usize = 2000;

/// What is started.
#[derive(Debug, Clone, Copy)]
pub(super) struct Start<'a> {
    /// The program.
    pub(super) program: &'a Path,
    /// Its arguments.
    pub(super) arguments: &'a [String],
    /// On top of this process's own environment.
    pub(super) environment: &'a [(String, String)],
    /// The only core it may use.
    pub(super) core: usize,
    /// Where its output goes.
    pub(super) log: &'a Path,
}

/// A running process.
#[derive(Debug)]
pub(super) struct Service {
    child: Child,
    log: PathBuf,
}

impl Service {
    /// Starts it; it may not be ready yet.
    ///
    /// # Errors
    /// When the operating system refuses.
    pub(super) fn start(start: Start<'_>) -> Result<Self, Error> {
        let log = || Error::file("cannot write", start.log);
        let output = File::create(start.log).map_err(log())?;
        let errors = output.try_clone().map_err(log())?;
        let pinned = Pinned::to(start.core)?;
        let child = Command::new(start.program)
            .args(start.arguments)
            .envs(start.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors)
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(Error::file("cannot start", start.program))?;
        drop(pinned);
        Ok(Self { child, log: start.log.to_owned() })
    }

    /// Process id, while it runs.
    pub(super) fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// What it has said until now.
    pub(super) fn said(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Waits until `answers` gives something.
    ///
    /// # Errors
    /// When the process ends before, or is not ready in time; with what it said.
    pub(super) async fn until<T>(
        &mut self,
        mut answers: impl AsyncFnMut(&Self) -> Option<T>,
    ) -> Result<T, Error> {
        let deadline = Instant::now() + START_PATIENCE;
        loop {
            if let Some(found) = answers(self).await {
                return Ok(found);
            }
            let ended = self.child.try_wait().map_err(Error::io("a service"))?;
            let how = match ended {
                Some(status) => format!("it ended with {status}"),
                None if Instant::now() > deadline => "it is not ready in time".to_owned(),
                None => {
                    sleep(Duration::from_millis(50)).await;
                    continue;
                }
            };
            let said = self.said();
            let from = said.char_indices().rev().nth(SHOWN_BYTES).map_or(0, |(at, _)| at);
            return Err(Error::Instance(format!("{how}; it said:\n{}", &said[from..])));
        }
    }

    /// Waits until it answers at `address`, whatever that is, and its health listener says that it is ready.
    ///
    /// # Errors
    /// As [`Self::until`].
    pub(super) async fn until_ready(&mut self, address: SocketAddr, health: SocketAddr) -> Result<(), Error> {
        let client = reqwest::Client::builder()
            .timeout(Duration::from_secs(5))
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        let (root, ready) = (format!("http://{address}/"), format!("http://{health}/health/ready"));
        self.until(async |_| {
            client.get(&root).send().await.ok()?;
            let answer = client.get(&ready).send().await;
            answer.is_ok_and(|answer| answer.status().is_success()).then_some(())
        })
        .await
    }

    /// Asks it to stop and waits; kills it when that takes too long.
    ///
    /// # Errors
    /// When the operating system refuses.
    pub(super) async fn stop(mut self) -> Result<(), Error> {
        terminate(&self.child)?;
        if timeout(STOP_PATIENCE, self.child.wait()).await.is_err() {
            self.child.kill().await.map_err(Error::io("cannot kill a service"))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, log: &Path) -> Service {
        let arguments = ["-c".to_owned(), script.to_owned()];
        let allowed = rustix::thread::sched_getaffinity(None).unwrap();
        let core = (0..).find(|core| allowed.is_set(*core)).unwrap();
        let program = Path::new("/bin/sh");
        Service::start(Start { program, arguments: &arguments, environment: &[], core, log }).unwrap()
    }

    #[tokio::test]
    async fn it_says_why_it_did_not_start() {
        let folder = tempfile::tempdir().unwrap();
        let mut service = shell("echo no coffee >&2; exit 3", &folder.path().join("log"));
        let error = service.until(async |_| None::<()>).await.unwrap_err().to_string();
        assert!(error.contains("no coffee") && error.contains('3'), "{error}");
    }

    #[tokio::test]
    async fn it_is_stopped_by_its_id() {
        let folder = tempfile::tempdir().unwrap();
        let mut service = shell("echo ready; exec sleep 600", &folder.path().join("log"));
        let pid =
            service.until(async |service| service.said().contains("ready").then(|| service.pid())).await;
        let pid = pid.unwrap().unwrap();
        service.stop().await.unwrap();
        assert!(!Path::new(&format!("/proc/{pid}")).exists());
    }
}
