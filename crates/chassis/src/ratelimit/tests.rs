use super::*;

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_key_gets_its_burst_and_then_a_steady_rate() {
    let limiter = RateLimiter::new(10, 10 * SECOND, 100);
    let start = Instant::now();
    for _ in 0..10 {
        limiter.check_at("a", start).unwrap();
    }
    let refused = limiter.check_at("a", start).unwrap_err();
    assert_eq!(refused.retry_after, limiter_wait(&limiter));
    limiter.check_at("b", start).unwrap();
    limiter.check_at("a", start + SECOND).unwrap();
    limiter.check_at("a", start + SECOND).unwrap_err();
    for _ in 0..10 {
        limiter.check_at("a", start + 60 * SECOND).unwrap();
    }
    limiter.check_at("a", start + 60 * SECOND).unwrap_err();
}

fn limiter_wait(limiter: &RateLimiter) -> Duration {
    Duration::from_nanos(limiter.interval)
}

#[test]
fn memory_stays_and_a_flood_of_keys_blocks_nobody() {
    let limiter = RateLimiter::new(2, 3600 * SECOND, 64);
    let size = limiter.sets.len() * WAYS;
    let now = Instant::now();
    for key in 0..100_000u32 {
        limiter.check_at(&key, now).unwrap();
    }
    assert_eq!(limiter.sets.len() * WAYS, size);
    limiter.check_at("somebody", now).unwrap();
}

#[test]
fn the_worst_offender_is_remembered_longest() {
    let limiter = RateLimiter::new(5, 3600 * SECOND, WAYS);
    let now = Instant::now();
    while limiter.check_at("offender", now).is_ok() {}
    for key in 0..10_000u32 {
        let _ = limiter.check_at(&key, now);
    }
    limiter.check_at("offender", now).unwrap_err();
}

#[test]
fn peek_takes_nothing_and_forget_gives_back() {
    let limiter = RateLimiter::new(1, 3600 * SECOND, 8);
    limiter.peek("a").unwrap();
    limiter.peek("a").unwrap();
    limiter.check("a").unwrap();
    limiter.peek("a").unwrap_err();
    limiter.forget("a");
    limiter.check("a").unwrap();
}

#[test]
fn zero_is_one() {
    let limiter = RateLimiter::new(0, Duration::ZERO, 0);
    limiter.check("a").unwrap();
}

#[test]
fn threads_together_get_no_more_than_the_burst() {
    let limiter = RateLimiter::new(100, 3600 * SECOND, 8);
    let accepted: usize = std::thread::scope(|scope| {
        let count = || (0..100).filter(|_| limiter.check("a").is_ok()).count();
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(count)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(accepted, 100);
}
