//! An instance started as a child process: waits until everything answers, and stops exactly that process.
//!
//! The child has its own process group, so that Ctrl-C reaches it only through [`Instance::stop`], after the last request.

use crate::Error;
use rustix::process::{Pid, Signal, kill_process};
use serde::Deserialize;
use std::{net::TcpListener, path::Path, process::Stdio, time::Duration};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
    time::timeout,
};

/// Where a running instance answers: the line that `signalbox run --print-json` prints.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Addresses {
    /// Admin and API.
    pub admin: String,
    /// Visitors.
    pub traffic: String,
    /// Affiliate networks.
    pub postback: String,
    /// The one-time link of the first run.
    pub setup_url: Option<String>,
}

/// A running child. Dropped without [`Instance::stop`], it is killed.
#[derive(Debug)]
pub struct Instance {
    /// Where it answers.
    pub addresses: Addresses,
    child: Child,
}

impl Instance {
    /// Starts `binary run --print-json` with `environment` on top of this process's own, and waits at most `patience` for its addresses.
    ///
    /// # Errors
    /// When it cannot be started, ends before it answers, or takes longer.
    pub async fn start(
        binary: &Path,
        environment: &[(String, String)],
        patience: Duration,
    ) -> Result<Self, Error> {
        let mut command = Command::new(binary);
        command.args(["run", "--print-json"]).stdin(Stdio::null());
        command.envs(environment.iter().map(|(name, value)| (name, value)));
        Self::start_command(command, binary, patience).await
    }

    /// Starts a command that becomes `binary run --print-json`, and waits at most `patience` for its addresses.
    ///
    /// # Errors
    /// As [`Instance::start`].
    pub(crate) async fn start_command(
        mut command: Command,
        binary: &Path,
        patience: Duration,
    ) -> Result<Self, Error> {
        let mut child = command
            .stdout(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(Error::file("cannot start", binary))?;
        let stdout =
            child.stdout.take().ok_or_else(|| Error::Instance("it has no standard output".to_owned()))?;
        let mut lines = BufReader::new(stdout).lines();
        match timeout(patience, lines.next_line()).await {
            Ok(Ok(Some(line))) => {
                let addresses =
                    serde_json::from_str(&line).map_err(Error::json("the instance's first line"))?;
                // Keep the pipe open and empty, so that the child can go on writing.
                tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
                Ok(Self { addresses, child })
            }
            Ok(_) => {
                let status = child.wait().await.map_err(Error::io("the instance"))?;
                Err(Error::Instance(format!("it ended with {status}; its messages are above")))
            }
            Err(_) => Err(Error::Instance(format!("it did not answer within {} s", patience.as_secs()))),
        }
    }

    /// Process id, while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// Asks the process to stop, without waiting.
    pub(crate) fn terminate(&self) -> Result<(), Error> {
        terminate(&self.child)
    }

    /// Waits until the process ends by itself.
    ///
    /// # Errors
    /// When the operating system cannot say.
    pub async fn ended(&mut self) -> Result<std::process::ExitStatus, Error> {
        self.child.wait().await.map_err(Error::io("the instance"))
    }

    /// Asks the process to stop and waits; kills it when `patience` is over.
    ///
    /// # Errors
    /// When the operating system refuses.
    pub async fn stop(mut self, patience: Duration) -> Result<(), Error> {
        terminate(&self.child)?;
        if timeout(patience, self.child.wait()).await.is_err() {
            self.child.kill().await.map_err(Error::io("cannot kill the instance"))?;
        }
        Ok(())
    }
}

/// Sends SIGTERM to a child that still runs.
///
/// # Errors
/// When the operating system refuses.
pub(crate) fn terminate(child: &Child) -> Result<(), Error> {
    let Some(pid) = child.id().and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw) else {
        return Ok(());
    };
    match kill_process(pid, Signal::TERM) {
        Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(()),
        Err(error) => Err(Error::io("cannot stop the process")(error.into())),
    }
}

/// Listeners of an instance: setting, environment variable, default port.
pub(crate) const LISTENERS: &[(&str, u16)] = &[
    ("SIGNALBOX__API__LISTEN", 8080),
    ("SIGNALBOX__TRAFFIC__LISTEN", 8081),
    ("SIGNALBOX__POSTBACK__LISTEN", 8082),
    ("SIGNALBOX__API__HEALTH_LISTEN", 9080),
    ("SIGNALBOX__TRAFFIC__HEALTH_LISTEN", 9081),
    ("SIGNALBOX__POSTBACK__HEALTH_LISTEN", 9082),
];

/// Says which default ports are taken; a listener that `is_set` in the environment is left to the instance itself.
///
/// # Errors
/// With the ports and how to choose others.
pub fn check_ports(is_set: impl Fn(&str) -> bool) -> Result<(), Error> {
    let taken: Vec<_> = LISTENERS
        .iter()
        .filter(|(variable, port)| !is_set(variable) && TcpListener::bind(("0.0.0.0", *port)).is_err())
        .map(|(variable, port)| format!("  {port}: set {variable}=127.0.0.1:0 for any free port"))
        .collect();
    if taken.is_empty() {
        return Ok(());
    }
    Err(Error::Setup(format!(
        "These ports are taken, perhaps by an instance that runs already. Stop it, or choose other ports:\n{}",
        taken.join("\n")
    )))
}

/// Every listener on a free loopback port, for instances beside others.
pub fn free_ports() -> Vec<(String, String)> {
    LISTENERS.iter().map(|(variable, _)| ((*variable).to_owned(), "127.0.0.1:0".to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_that_is_set_is_not_checked() {
        assert!(check_ports(|_| true).is_ok());
    }

    #[test]
    fn a_taken_port_is_named_with_its_setting() {
        let taken = TcpListener::bind(("0.0.0.0", 8081));
        let error = check_ports(|name| name != "SIGNALBOX__TRAFFIC__LISTEN").unwrap_err().to_string();
        assert!(error.contains("8081: set SIGNALBOX__TRAFFIC__LISTEN"), "{error}");
        drop(taken);
    }

    #[tokio::test]
    async fn a_child_that_ends_at_once_is_an_error() {
        let error = Instance::start(Path::new("/bin/false"), &[], Duration::from_secs(5)).await.unwrap_err();
        assert!(error.to_string().contains("it ended with"), "{error}");
        let error = Instance::start(Path::new("/no/such"), &[], Duration::from_secs(5)).await.unwrap_err();
        assert!(error.to_string().contains("cannot start /no/such"), "{error}");
    }
}
