//! Waiting for a condition.

use std::time::{Duration, Instant};

/// How often a condition is looked at.
const POLL: Duration = Duration::from_millis(20);

/// Asks `condition` until it gives a value; fails the test after `limit` with what was last said.
pub async fn until<T, R>(what: &str, limit: Duration, mut condition: impl FnMut() -> R) -> T
where
    R: Future<Output = Result<T, String>>,
{
    let began = Instant::now();
    loop {
        match condition().await {
            Ok(value) => return value,
            Err(last) if began.elapsed() >= limit => panic!("{what}: not within {limit:?}; last: {last}"),
            Err(_) => tokio::time::sleep(POLL).await,
        }
    }
}
