//! A request body on its way: given up when the client stops sending it or sends it in drops.
//!
//! A body that is there costs nothing; only one that is waited for has a timer.

use std::{
    error::Error as StdError,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use pin_project_lite::pin_project;
use tokio::time::{Instant, Sleep, sleep_until};

use super::refusals::Refusals;

/// A client that sends fewer bytes in a second uses its patience up.
const BYTES_PER_SECOND_MIN: u64 = 1_024;

/// How long a body is waited for; put into the extensions of requests whose body is not there yet.
#[derive(Clone)]
pub(super) struct Patience {
    pub limit: Duration,
    pub refusals: Arc<Refusals>,
}

/// The client did not go on.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the body came too slowly")]
pub struct TooSlow;

pin_project! {
    /// A body with an end.
    pub struct Arriving {
        #[pin]
        body: Incoming,
        patience: Option<Patience>,
        wait: Option<Wait>,
    }
}

struct Wait {
    until: Instant,
    timer: Pin<Box<Sleep>>,
}

impl Arriving {
    pub(super) fn new(body: Incoming, patience: Option<Patience>) -> Self {
        Self { body, patience, wait: None }
    }
}

impl Body for Arriving {
    type Data = Bytes;
    type Error = Box<dyn StdError + Send + Sync>;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let this = self.project();
        match (this.body.poll_frame(cx), this.patience) {
            (Poll::Ready(frame), patience) => {
                if let (Some(wait), Some(patience), Some(Ok(frame))) = (this.wait, patience, &frame) {
                    wait.extend(frame.data_ref().map_or(0, Bytes::len), patience.limit);
                }
                Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
            }
            (Poll::Pending, None) => Poll::Pending,
            (Poll::Pending, Some(patience)) => {
                let wait = this.wait.get_or_insert_with(|| Wait::new(patience.limit));
                if wait.timer.as_mut().poll(cx).is_pending() {
                    return Poll::Pending;
                }
                patience.refusals.body_too_slow.increment(1);
                Poll::Ready(Some(Err(TooSlow.into())))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Wait {
    fn new(limit: Duration) -> Self {
        let until = Instant::now() + limit;
        Self { until, timer: Box::pin(sleep_until(until)) }
    }

    /// What came is worth so much more time, and never more than the whole patience.
    fn extend(&mut self, bytes: usize, limit: Duration) {
        let worth = Duration::from_millis(bytes as u64 * 1_000 / BYTES_PER_SECOND_MIN);
        self.until = (self.until + worth).min(Instant::now() + limit);
        self.timer.as_mut().reset(self.until);
    }
}
