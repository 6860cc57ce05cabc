//! SIGTERM and SIGINT: the first begins the stop, the second ends the process.

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{Phase, Shutdown};
use crate::Error;

impl Shutdown {
    /// Installs the handlers of SIGTERM and SIGINT. To be called once, by `main`, inside a runtime.
    ///
    /// # Errors
    /// When the handlers cannot be installed.
    pub fn install_signals(&self) -> Result<(), Error> {
        let make = |kind| signal(kind).map_err(|source| Error::Start { what: "the signal handler", source });
        let (terminate, interrupt) = (make(SignalKind::terminate())?, make(SignalKind::interrupt())?);
        tokio::spawn(listen(self.clone(), terminate, interrupt));
        Ok(())
    }
}

async fn listen(shutdown: Shutdown, mut terminate: Signal, mut interrupt: Signal) {
    let (name, number) = next(&mut terminate, &mut interrupt).await;
    if shutdown.is_triggered() {
        end_now(name, number);
    }
    let notice = shutdown.guard(Phase::NotReady, "notice to load balancers");
    let wait = shutdown.0.notice;
    shutdown.trigger(name);
    tokio::spawn(async move {
        tokio::time::sleep(wait).await;
        drop(notice);
    });
    let (name, number) = next(&mut terminate, &mut interrupt).await;
    end_now(name, number);
}

fn end_now(name: &str, number: i32) -> ! {
    tracing::warn!(signal = name, "a signal while stopping: ending at once");
    std::process::exit(128 + number);
}

async fn next(terminate: &mut Signal, interrupt: &mut Signal) -> (&'static str, i32) {
    tokio::select! {
        _ = terminate.recv() => ("SIGTERM", 15),
        _ = interrupt.recv() => ("SIGINT", 2),
    }
}
