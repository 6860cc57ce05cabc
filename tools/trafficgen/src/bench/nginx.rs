//! nginx with `return 302`, when it is installed: own configuration, own port, own files, one worker, stopped by us.

use super::machine::Pinned;
use crate::{Error, instance::terminate};
use std::{
    env, fs,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};
use tokio::{
    net::TcpStream,
    process::{Child, Command},
    time::{sleep, timeout},
};

/// A running nginx.
#[derive(Debug)]
pub(super) struct Nginx {
    /// Where it answers.
    pub(super) address: SocketAddr,
    child: Child,
}

impl Nginx {
    /// Starts it with all its files below `folder`, on one core; `None` when it is not installed.
    pub(super) async fn start(folder: &Path, core: usize) -> Result<Option<Self>, Error> {
        let Some(program) = installed() else { return Ok(None) };
        let folder = folder.join("nginx");
        fs::create_dir_all(&folder).map_err(Error::file("cannot make", &folder))?;
        let port = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|free| free.local_addr());
        let address = port.map_err(Error::io("no free port for nginx"))?;
        let file = folder.join("nginx.conf");
        fs::write(&file, configuration(&folder, address)).map_err(Error::file("cannot write", &file))?;
        let pinned = Pinned::to(core)?;
        let child = Command::new(program)
            .arg("-p")
            .arg(&folder)
            .arg("-c")
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .map_err(Error::io("cannot start nginx"))?;
        drop(pinned);
        let mut nginx = Self { address, child };
        nginx.wait_until_up(&folder).await?;
        Ok(Some(nginx))
    }

    async fn wait_until_up(&mut self, folder: &Path) -> Result<(), Error> {
        let deadline = Instant::now() + Duration::from_secs(10);
        while TcpStream::connect(self.address).await.is_err() {
            let ended = self.child.try_wait().map_err(Error::io("nginx"))?.is_some();
            if ended || Instant::now() > deadline {
                let said = fs::read_to_string(folder.join("error.log")).unwrap_or_default();
                return Err(Error::Setup(format!("nginx did not start: {said}")));
            }
            sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// Stops the master, which stops its worker.
    pub(super) async fn stop(mut self) -> Result<(), Error> {
        terminate(&self.child)?;
        if timeout(Duration::from_secs(10), self.child.wait()).await.is_err() {
            self.child.kill().await.map_err(Error::io("cannot stop nginx"))?;
        }
        Ok(())
    }
}

impl Drop for Nginx {
    /// The master stops its worker, which would live on if the master were killed.
    fn drop(&mut self) {
        let _ended = terminate(&self.child);
    }
}

fn installed() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/sbin".into()]);
    folders.map(|folder| folder.join("nginx")).find(|program| program.is_file())
}

fn configuration(folder: &Path, address: SocketAddr) -> String {
    let folder = folder.display();
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("  {kind}_temp_path {folder}/{kind};\n"))
        .concat();
    format!(
        "daemon off;\nworker_processes 1;\npid {folder}/nginx.pid;\nerror_log {folder}/error.log;\n\
         events {{ worker_connections 1024; }}\n\
         http {{\n{temporary}  access_log off;\n  keepalive_requests 1000000000;\n  keepalive_timeout 600s;\n  \
         server {{\n    listen {address};\n    \
         return 302 https://offer.example/path?click=01jc3v7h9w2r8xk5t0m4e6n1qa&s=sub-1;\n  }}\n}}\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn any_core() -> usize {
        let allowed = rustix::thread::sched_getaffinity(None).unwrap();
        (0..).find(|core| allowed.is_set(*core)).unwrap()
    }

    #[tokio::test]
    async fn it_starts_redirects_and_stops() {
        let folder = tempfile::tempdir().unwrap();
        let Some(nginx) = Nginx::start(folder.path(), any_core()).await.unwrap() else { return };
        let address = nginx.address;
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let response = client.get(format!("http://{address}/any?x=1")).send().await.unwrap();
        assert_eq!(response.status().as_u16(), 302);
        nginx.stop().await.unwrap();
        assert!(TcpStream::connect(address).await.is_err());
    }
}
