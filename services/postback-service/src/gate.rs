//! Holding the writers still for a moment, so that ClickHouse and the cursors can be copied as they stand together.

use std::sync::Arc;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Opens and closes for all writers of a process.
#[derive(Clone)]
pub struct WriterGate(Arc<Inner>);

struct Inner {
    /// How many want the writers still.
    closed: watch::Sender<usize>,
    /// How many writers are at work.
    inside: watch::Sender<usize>,
}

impl Default for WriterGate {
    fn default() -> Self {
        Self(Arc::new(Inner { closed: watch::channel(0).0, inside: watch::channel(0).0 }))
    }
}

/// The writers stand still until this is dropped.
pub struct Paused(WriterGate);

impl WriterGate {
    /// Asks the writers to finish their batch and waits until they stand still.
    pub async fn pause(&self) -> Paused {
        self.0.closed.send_modify(|closed| *closed += 1);
        let paused = Paused(self.clone());
        // The sender lives in `self`, so the wait ends only when nobody is inside.
        let _still = self.0.inside.subscribe().wait_for(|inside| *inside == 0).await.is_ok();
        paused
    }

    /// A pass to work, once the gate is open; `None` when told to stop first.
    pub(crate) async fn enter(&self, stop: &CancellationToken) -> Option<Pass> {
        let mut closed = self.0.closed.subscribe();
        loop {
            tokio::select! {
                () = stop.cancelled() => return None,
                open = closed.wait_for(|closed| *closed == 0) => drop(open.ok()?),
            }
            self.0.inside.send_modify(|inside| *inside += 1);
            let pass = Pass::new(self.clone(), stop);
            // Closed in between: the pauser may have seen nobody inside, so step back.
            if *closed.borrow_and_update() == 0 {
                return Some(pass);
            }
        }
    }
}

impl Drop for Paused {
    fn drop(&mut self) {
        self.0.0.closed.send_modify(|closed| *closed -= 1);
    }
}

/// The right to write until the gate closes.
pub(crate) struct Pass {
    gate: WriterGate,
    token: CancellationToken,
    watcher: tokio::task::JoinHandle<()>,
}

impl Pass {
    fn new(gate: WriterGate, stop: &CancellationToken) -> Self {
        let token = stop.child_token();
        let (mut closed, cancel) = (gate.0.closed.subscribe(), token.clone());
        let watcher = tokio::spawn(async move {
            if closed.wait_for(|closed| *closed > 0).await.is_ok() {
                cancel.cancel();
            }
        });
        Self { gate, token, watcher }
    }

    /// Cancelled when the writer is to finish its batch and come out.
    pub(crate) fn token(&self) -> CancellationToken {
        self.token.clone()
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        self.watcher.abort();
        self.gate.0.inside.send_modify(|inside| *inside -= 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nobody_is_inside_while_paused() {
        let (gate, stop) = (WriterGate::default(), CancellationToken::new());
        let pass = gate.enter(&stop).await.unwrap();
        let pausing = tokio::spawn({
            let gate = gate.clone();
            async move { gate.pause().await }
        });
        pass.token().cancelled().await;
        assert!(!pausing.is_finished(), "the pause waits for the writer to come out");
        drop(pass);
        let paused = pausing.await.unwrap();
        let entering = tokio::spawn({
            let (gate, stop) = (gate.clone(), stop.clone());
            async move { gate.enter(&stop).await.is_some() }
        });
        tokio::task::yield_now().await;
        assert!(!entering.is_finished());
        drop(paused);
        assert!(entering.await.unwrap());
        let _paused = gate.pause().await;
        stop.cancel();
        assert!(gate.enter(&stop).await.is_none());
    }
}
