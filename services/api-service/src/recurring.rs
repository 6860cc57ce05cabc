//! Work that recurs, such as looking at alerts: one loop, one lease and one way of remembering for every kind of it.
//!
//! Promises: of all nodes one does a kind of work at a time; it stops in the middle when another has taken over, and what one thing
//! fails at keeps no other waiting. What is remembered of a thing is changed by compare-and-set, so that two nodes that both believe to
//! be the one never both act on the same state. Never: holds the lease for work that this node cannot do now.

#[cfg(test)]
mod tests;

use crate::{
    app::App,
    auth::{SYSTEM, random_token},
    error::ApiError,
};
use serde::{Serialize, de::DeserializeOwned};
use signalbox_catalog::{Error as CatalogError, JobKind};
use signalbox_domain::Scope;
use std::{fmt::Display, time::Duration};

/// How long one node is the one, without renewing it, milliseconds.
const LEASE_MS: i64 = 20_000;
/// How often that is renewed, and how often it is looked whether something is due.
const RENEW: Duration = Duration::from_secs(5);
/// Tries to change a state that others change at the same time.
const TRIES_MAX: usize = 10;

/// A kind of work.
pub trait Recurring: Send + Sync + 'static {
    /// What is looked at one by one.
    type Thing: Send + Sync;
    /// Which kind, for the lease.
    const KIND: JobKind;
    /// What does not happen when it fails, for the log.
    const WAITS: &'static str;

    /// How often it is looked whether something is due: at least every five seconds.
    fn every(_app: &App) -> Duration {
        RENEW
    }

    /// Whether this node can do it now.
    fn is_able(_app: &App) -> bool {
        true
    }

    /// Everything there is to look at, due or not.
    ///
    /// # Errors
    /// When the catalog does not answer.
    fn list(app: &App) -> impl Future<Output = Result<Vec<Self::Thing>, ApiError>> + Send;

    /// What a thing is called in the log.
    fn name(thing: &Self::Thing) -> impl Display + Send;

    /// Looks at one thing and does what is due. May be given up at any wait, when another node has taken over.
    ///
    /// # Errors
    /// When it has to wait for the next look.
    fn look(app: &App, thing: &Self::Thing) -> impl Future<Output = Result<(), ApiError>> + Send;
}

/// Does one kind of work for as long as the service runs.
pub async fn keep_going<W: Recurring>(app: &App) {
    let holder = random_token();
    let mut ticks = tokio::time::interval(RENEW.min(W::every(app)));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if !W::is_able(app) {
            continue;
        }
        match lease(app, (W::KIND, &holder)).await {
            Ok(true) => {}
            Ok(false) => continue,
            Err(error) => {
                tracing::warn!(code = error.code(), work = W::WAITS, "recurring work waits");
                continue;
            }
        }
        tokio::select! {
            outcome = round::<W>(app) => if let Err(error) = outcome {
                tracing::warn!(code = error.code(), work = W::WAITS, "recurring work waits");
            },
            () = until_lost(app, (W::KIND, &holder)) => {
                tracing::warn!(work = W::WAITS, "another node has taken recurring work over");
            }
        }
    }
}

async fn lease(app: &App, job: (JobKind, &str)) -> Result<bool, ApiError> {
    let now = app.now();
    Ok(app.catalog().jobs().lease(SYSTEM, job, (now, now.plus_ms(LEASE_MS))).await?)
}

/// Renews the lease until somebody else has it.
async fn until_lost(app: &App, job: (JobKind, &str)) {
    loop {
        tokio::time::sleep(RENEW).await;
        if let Ok(false) = lease(app, job).await {
            return;
        }
    }
}

async fn round<W: Recurring>(app: &App) -> Result<(), ApiError> {
    for thing in W::list(app).await? {
        if let Err(error) = W::look(app, &thing).await {
            tracing::warn!(of = %W::name(&thing), code = error.code(), work = W::WAITS, "something waits");
        }
    }
    Ok(())
}

/// What is remembered of one thing of a workspace.
#[derive(Clone, Copy)]
pub struct Memory<'a> {
    app: &'a App,
    scope: Scope,
    kind: JobKind,
    id: &'a str,
}

impl<'a> Memory<'a> {
    /// Of the thing `id`.
    pub fn new(app: &'a App, scope: &Scope, (kind, id): (JobKind, &'a str)) -> Self {
        Self { app, scope: *scope, kind, id }
    }

    /// The state with its version; the default and 0 when there is none.
    ///
    /// # Errors
    /// When the catalog does not answer.
    pub async fn find<T: DeserializeOwned + Default>(&self) -> Result<(T, u64), ApiError> {
        Ok(self.app.catalog().jobs().find(&self.scope, (self.kind, self.id)).await?)
    }

    /// Puts a state in the place of the one at `version`; its own version, or `None` when somebody else was there: then nothing may be
    /// done on the ground of it.
    ///
    /// # Errors
    /// When the catalog does not answer.
    pub async fn put<T: Serialize + Sync>(&self, version: u64, state: &T) -> Result<Option<u64>, ApiError> {
        match self.app.catalog().jobs().replace(&self.scope, (self.kind, self.id, version), state).await {
            Ok(version) => Ok(Some(version)),
            Err(CatalogError::VersionMismatch { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Changes the state as it is by now; left alone when others change it again and again.
    ///
    /// # Errors
    /// When the catalog does not answer.
    pub async fn change<T: DeserializeOwned + Default + Serialize + Sync>(
        &self,
        with: impl Fn(&mut T) + Send + Sync,
    ) -> Result<(), ApiError> {
        for _ in 0..TRIES_MAX {
            let (mut state, version) = self.find::<T>().await?;
            with(&mut state);
            if self.put(version, &state).await?.is_some() {
                break;
            }
        }
        Ok(())
    }
}
