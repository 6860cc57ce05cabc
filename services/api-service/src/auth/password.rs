//! Passwords: argon2id on blocking threads, few at one time.
//!
//! Two lanes, each with its own permits and a bounded queue: strangers, and browsers that have logged in to the account before. A
//! flood of strangers fills its own lane and nothing else. A full queue answers at once that the service is busy.

use crate::error::ApiError;
use argon2::{
    Algorithm, Argon2, Params, PasswordHash, PasswordHasher as _, PasswordVerifier as _, Version,
    password_hash::SaltString,
};
use rand::RngCore as _;
use signalbox_chassis::problem::Problem;
use signalbox_domain::{FieldError, Validator};
use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};
use tokio::sync::{Semaphore, TryAcquireError};

/// Memory of one check, KiB (OWASP's first recommendation for argon2id: 19 MiB, two passes, one lane).
pub const MEMORY_KIB: u32 = 19_456;
/// Passes over the memory.
pub const PASSES: u32 = 2;
/// Lanes of one check.
pub const LANES: u32 = 1;
/// Fewest characters of a password.
pub const LENGTH_MIN: usize = 10;
/// Longest password in bytes; hashing cost does not grow with it, memory does.
pub const BYTES_MAX: usize = 1_024;
/// How many wait in a lane for each that is worked on.
const QUEUE_FACTOR: usize = 16;
/// Longest wait in a lane.
const WAIT_MAX: Duration = Duration::from_secs(10);

/// Hashes and checks passwords. Clones share their lanes.
#[derive(Clone)]
pub struct Passwords {
    strangers: Lane,
    known: Lane,
}

/// In whose lane a password is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// A browser that never logged in to the account.
    Stranger,
    /// A browser that has logged in to the account before, or is logged in.
    Known,
}

#[derive(Clone)]
struct Lane {
    working: Arc<Semaphore>,
    /// Those who wait or work.
    inside: Arc<Semaphore>,
}

impl Lane {
    fn new(working: usize) -> Self {
        let inside = working.saturating_mul(QUEUE_FACTOR + 1);
        Self { working: Arc::new(Semaphore::new(working)), inside: Arc::new(Semaphore::new(inside)) }
    }

    /// Does `work` when its turn comes. `gate` is asked at that moment and may still refuse.
    async fn run<T: Send + 'static>(
        &self,
        gate: impl FnOnce() -> Result<(), Problem>,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ApiError> {
        let busy = || {
            Problem::unavailable(
                "Too many logins are being checked at the moment; try again in a few seconds",
            )
            .with_code("busy")
            .with_retry_after(Duration::from_secs(5))
        };
        let _inside = match self.inside.clone().try_acquire_owned() {
            Ok(permit) => permit,
            Err(TryAcquireError::NoPermits | TryAcquireError::Closed) => return Err(busy().into()),
        };
        let permit = tokio::time::timeout(WAIT_MAX, self.working.clone().acquire_owned()).await;
        let Ok(Ok(permit)) = permit else { return Err(busy().into()) };
        gate()?;
        // The permit goes along: a client that goes away does not make room before the work is done.
        let work = move || {
            let result = work();
            drop(permit);
            result
        };
        tokio::task::spawn_blocking(work).await.map_err(|error| Problem::internal(error).into())
    }
}

impl Passwords {
    /// At most `in_flight` checks for strangers at one time, and half as many (at least one) for known browsers.
    pub fn new(in_flight: usize) -> Self {
        let in_flight = in_flight.max(1);
        Self { strangers: Lane::new(in_flight), known: Lane::new(in_flight.div_ceil(2)) }
    }

    /// The PHC text of a new password.
    ///
    /// # Errors
    /// 503 `busy` when too many wait.
    pub async fn hash(&self, password: String) -> Result<String, ApiError> {
        let hashed = self.known.run(|| Ok(()), move || hash(&password)).await?;
        hashed.map_err(|error| Problem::internal(error).into())
    }

    /// Whether `password` fits `stored`. Without a stored one the same work is done and the answer is no, so that the time does not
    /// tell whether an account exists. `gate` is asked right before the work.
    ///
    /// # Errors
    /// 503 `busy` when too many wait, and what `gate` refuses with.
    pub async fn verify(
        &self,
        who: Who,
        stored: Option<String>,
        password: String,
        gate: impl FnOnce() -> Result<(), Problem>,
    ) -> Result<bool, ApiError> {
        let lane = match who {
            Who::Stranger => &self.strangers,
            Who::Known => &self.known,
        };
        lane.run(gate, move || verify(stored.as_deref(), &password)).await
    }
}

fn argon2() -> Argon2<'static> {
    // The constants are within the bounds of the algorithm; its defaults are the fall-back.
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).unwrap_or_default();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn hash(password: &str) -> Result<String, argon2::password_hash::Error> {
    let mut salt = [0_u8; 16];
    rand::rng().fill_bytes(&mut salt);
    let salt = SaltString::encode_b64(&salt)?;
    Ok(argon2().hash_password(password.as_bytes(), &salt)?.to_string())
}

fn verify(stored: Option<&str>, password: &str) -> bool {
    /// A hash that no password fits, made with the same parameters.
    static NOBODY: LazyLock<String> = LazyLock::new(|| hash(&super::random_token()).unwrap_or_default());
    let text = stored.unwrap_or(&NOBODY);
    let Ok(parsed) = PasswordHash::new(text) else { return false };
    let fits = argon2().verify_password(password.as_bytes(), &parsed).is_ok();
    fits && stored.is_some()
}

/// Says what is wrong with a new password, as field `field`.
pub fn check_rules(field: &str, password: &str, email: &str) -> Option<FieldError> {
    let mut v = Validator::new();
    let length = password.chars().count();
    if length < LENGTH_MIN {
        v.reject(field, format!("has {length} characters; at least {LENGTH_MIN} are needed"));
    } else if password.len() > BYTES_MAX {
        v.reject(field, format!("is longer than {BYTES_MAX} bytes"));
    } else if password.trim().eq_ignore_ascii_case(email.trim()) {
        v.reject(field, "must not be the e-mail address");
    }
    v.finish().err().and_then(|invalid| invalid.0.into_iter().next())
}
