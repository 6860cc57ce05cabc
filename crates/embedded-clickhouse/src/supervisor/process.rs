//! One life of the child: started, reported ready, ended.

use std::{net::SocketAddr, path::PathBuf, process::Stdio, time::Duration};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    process::{ChildStdout, Command},
    time::timeout,
};

use crate::{
    child::{PASSWORD_VARIABLE, Report},
    error::Error,
    os,
    supervisor::SupervisorConfig,
};

/// The child's own drain time and a little more; then it is killed, which its data is made for.
const STOP_MAX: Duration = Duration::from_secs(8);

/// How a child is started.
pub(super) struct Plan {
    pub(super) config: SupervisorConfig,
    pub(super) library: PathBuf,
    pub(super) address: SocketAddr,
}

/// A running child.
pub(super) struct Child {
    process: tokio::process::Child,
    pid: u32,
}

impl Plan {
    /// Starts a child and waits for its report.
    pub(super) async fn start(&self, start_max: Duration) -> Result<Child, Error> {
        let config = &self.config;
        let mut command = Command::new(&config.exe);
        command.args(&config.args).arg("--listen").arg(self.address.to_string());
        command.arg("--data").arg(&config.data_dir).arg("--lib").arg(&self.library);
        command.arg("--parent-pid").arg(std::process::id().to_string()).arg("--reuse-port");
        // In tests and under `cargo` the terminal's Ctrl-C reaches the whole group; the child is ours to stop.
        command
            .process_group(0)
            .env("TZ", "UTC")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        match &config.password {
            Some(password) => command.env(PASSWORD_VARIABLE, password.expose()),
            None => command.env_remove(PASSWORD_VARIABLE),
        };
        let mut process =
            command.spawn().map_err(|source| Error::Spawn { exe: config.exe.clone(), source })?;
        let pid = process.id().unwrap_or_default();
        let stdout = process
            .stdout
            .take()
            .ok_or_else(|| Error::ChildFailed { reason: "it has no output".to_owned() })?;
        let mut child = Child { process, pid };
        let report = timeout(start_max, child.report(stdout)).await;
        match report.map_err(|_| Error::StartTimeout(start_max))? {
            Ok(address) if address == self.address => Ok(child),
            Ok(address) => Err(Error::ChildFailed {
                reason: format!("it listens on {address} instead of {}", self.address),
            }),
            Err(reason) => Err(Error::ChildFailed { reason }),
        }
    }
}

impl Child {
    pub(super) fn pid(&self) -> u32 {
        self.pid
    }

    async fn report(&mut self, stdout: ChildStdout) -> Result<SocketAddr, String> {
        let mut lines = BufReader::new(stdout).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            match serde_json::from_str(&line) {
                Ok(Report::Ready { address }) => {
                    // Whatever else it prints has to go somewhere.
                    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
                    return Ok(address);
                }
                Ok(Report::Failed { reason }) => return Err(reason),
                Err(_) => tracing::debug!(line, "unexpected output of the embedded ClickHouse"),
            }
        }
        Err(self.ended().await)
    }

    /// Waits for its end and says how it was.
    pub(super) async fn ended(&mut self) -> String {
        match self.process.wait().await {
            Ok(status) => format!("it ended ({status})"),
            Err(error) => format!("it cannot be waited for: {error}"),
        }
    }

    pub(super) async fn kill(&mut self) {
        if let Err(error) = self.process.kill().await {
            tracing::warn!(%error, "the embedded ClickHouse could not be killed");
        }
    }

    /// Asks it to end, then makes it.
    pub(super) async fn stop(mut self) {
        if let Err(error) = os::signal(self.pid, libc::SIGTERM) {
            tracing::debug!(%error, "the embedded ClickHouse could not be signalled");
        }
        if timeout(STOP_MAX, self.process.wait()).await.is_err() {
            tracing::warn!("the embedded ClickHouse did not stop in time and is killed");
            self.kill().await;
        }
    }
}

/// Whether it answers `/ping` in time.
pub(super) async fn ping(address: SocketAddr, limit: Duration) -> bool {
    let ask = async {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(b"GET /ping HTTP/1.0\r\n\r\n").await?;
        let mut answer = String::new();
        stream.take(4096).read_to_string(&mut answer).await?;
        Ok::<_, std::io::Error>(answer)
    };
    matches!(timeout(limit, ask).await, Ok(Ok(answer)) if answer.ends_with("Ok.\n"))
}
