//! Warnings that could come once a request: each call site writes at most N a minute and says how many it kept back.

use std::{
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

/// The limit of one call site; see [`crate::warn_limited!`].
#[derive(Debug)]
pub struct LogLimit {
    per_minute: u64,
    /// Upper half: the minute counted from the first use; lower half: events in it.
    minute_and_count: AtomicU64,
}

static START: OnceLock<Instant> = OnceLock::new();

impl LogLimit {
    /// At most `per_minute` events in a minute, at least 1.
    pub const fn per_minute(per_minute: u32) -> Self {
        Self {
            per_minute: if per_minute == 0 { 1 } else { per_minute as u64 },
            minute_and_count: AtomicU64::new(0),
        }
    }

    /// `Some(number kept back since the last one that was written)` when this one may be written.
    pub fn check(&self) -> Option<u64> {
        self.check_at(START.get_or_init(Instant::now).elapsed().as_secs() / 60)
    }

    fn check_at(&self, minute: u64) -> Option<u64> {
        let minute = minute & 0xffff_ffff;
        let step = |packed: u64| {
            let (then, count) = (packed >> 32, packed & 0xffff_ffff);
            Some(if then == minute {
                (then << 32) | (count + 1).min(0xffff_ffff)
            } else {
                (minute << 32) | 1
            })
        };
        let before = self
            .minute_and_count
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, step)
            .unwrap_or_else(|same| same);
        let (then, count) = (before >> 32, before & 0xffff_ffff);
        if then != minute {
            return Some(count.saturating_sub(self.per_minute));
        }
        (count < self.per_minute).then_some(0)
    }
}

/// `tracing::warn!` at most N times a minute from this place. The field `suppressed` says how many were kept back before.
///
/// ```
/// signalbox_chassis::warn_limited!(6, reason = "journal full", "clicks are not kept");
/// ```
#[macro_export]
macro_rules! warn_limited {
    ($per_minute:expr, $($event:tt)+) => {{
        static LIMIT: $crate::telemetry::LogLimit = $crate::telemetry::LogLimit::per_minute($per_minute);
        if let Some(suppressed) = LIMIT.check() {
            $crate::telemetry::__tracing::warn!(suppressed, $($event)+);
        }
    }};
}

/// `tracing::error!` at most N times a minute from this place. The field `suppressed` says how many were kept back before.
#[macro_export]
macro_rules! error_limited {
    ($per_minute:expr, $($event:tt)+) => {{
        static LIMIT: $crate::telemetry::LogLimit = $crate::telemetry::LogLimit::per_minute($per_minute);
        if let Some(suppressed) = LIMIT.check() {
            $crate::telemetry::__tracing::error!(suppressed, $($event)+);
        }
    }};
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_has_its_number_and_the_next_says_what_was_kept_back() {
        let limit = LogLimit::per_minute(3);
        assert_eq!((0..10).map(|_| limit.check_at(0)).filter(Option::is_some).count(), 3);
        assert_eq!(limit.check_at(1), Some(7));
        assert_eq!(limit.check_at(1), Some(0));
        assert_eq!(limit.check_at(1), Some(0));
        assert_eq!(limit.check_at(1), None);
        assert_eq!(limit.check_at(5), Some(1));
    }

    #[test]
    fn zero_is_one() {
        let limit = LogLimit::per_minute(0);
        assert_eq!(limit.check_at(0), Some(0));
        assert_eq!(limit.check_at(0), None);
    }

    #[test]
    fn macros_take_fields_and_messages() {
        for attempt in 0..3 {
            warn_limited!(2, attempt, "something is wrong");
            error_limited!(2, attempt, code = "x", "something is {}", "very wrong");
        }
    }
}
