//! One course under way: which request goes out when, and what became of it.

use super::{
    Course, Load, Pace, Round, UNSEEN_DIGITS,
    pool::{Fate, Pool},
};
use std::{
    collections::VecDeque,
    io,
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

/// A course under way.
pub(super) struct Runner<'a> {
    load: &'a Load,
    course: Course,
    pool: Pool,
    round: Round,
    begun: Instant,
    until: Instant,
    /// Requests sent.
    sent: u64,
    /// Requests to send in all, as far as that is known before.
    planned: u64,
    /// Connections without a request, the one that has rested longest first.
    free: VecDeque<usize>,
}

impl<'a> Runner<'a> {
    pub(super) fn new(load: &'a Load, course: Course, pool: Pool, round: Round) -> Self {
        let begun = Instant::now();
        let planned = match course.pace {
            Pace::Closed => u64::MAX,
            Pace::Spinning(rate) | Pace::Sleeping(rate) => {
                let planned = u128::from(rate) * course.length.as_nanos() / 1_000_000_000;
                u64::try_from(planned).unwrap_or(u64::MAX)
            }
        };
        let free = (0..pool.len()).collect();
        let planned = planned.min(course.requests_max);
        let until = begun + course.length;
        Self { load, course, pool, round, begun, until, sent: 0, planned, free }
    }

    /// The whole course.
    pub(super) fn run(&mut self) -> io::Result<()> {
        let mut ready = Vec::with_capacity(self.pool.len());
        self.dispatch();
        while !self.is_over() {
            if Instant::now() > self.until + self.course.patience {
                self.give_up();
                break;
            }
            if self.load.halted.load(Ordering::Acquire) {
                self.planned = self.sent;
            }
            self.pool.wait(self.patience(), &mut ready)?;
            for at in &ready {
                match self.pool.progress(*at)? {
                    None => continue,
                    Some(Fate::Lost) => self.round.failed += 1,
                    Some(Fate::Answered(status, since)) => self.answered(status, since),
                }
                self.free.push_back(*at);
                self.dispatch();
            }
            self.dispatch();
        }
        self.round.elapsed = self.begun.elapsed();
        Ok(())
    }

    pub(super) fn into_round(self) -> Round {
        self.round
    }

    /// Sends what is due on the connections that are free.
    fn dispatch(&mut self) {
        while let Some(at) = self.free.front().copied() {
            let Some(since) = self.due() else { return };
            self.free.pop_front();
            let load = self.load;
            let position = usize::try_from(self.sent % load.requests.len() as u64).unwrap_or(0);
            let prepared = &load.requests[position];
            self.sent += 1;
            self.pool.send(at, since, |outgoing| {
                outgoing.extend_from_slice(&prepared.bytes);
                if let Some(offset) = prepared.unseen {
                    let number = load.unseen.fetch_add(1, Ordering::Relaxed);
                    let digits = format!("{:0width$}", number % 100_000_000, width = UNSEEN_DIGITS);
                    outgoing[offset..offset + UNSEEN_DIGITS].copy_from_slice(digits.as_bytes());
                }
            });
        }
    }

    /// From when on the next request counts, if it is to be sent now.
    fn due(&self) -> Option<Instant> {
        if self.sent >= self.planned {
            return None;
        }
        let now = Instant::now();
        match self.course.pace {
            Pace::Closed => (now < self.until).then_some(now),
            Pace::Spinning(_) | Pace::Sleeping(_) => {
                Some(self.planned_at(self.sent)).filter(|due| *due <= now)
            }
        }
    }

    /// When request `number` is planned.
    fn planned_at(&self, number: u64) -> Instant {
        let (Pace::Spinning(rate) | Pace::Sleeping(rate)) = self.course.pace else { return self.begun };
        let nanos = u128::from(number) * 1_000_000_000 / u128::from(rate.max(1));
        self.begun + Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }

    fn patience(&self) -> Duration {
        match self.course.pace {
            Pace::Closed => Duration::from_millis(100),
            Pace::Sleeping(_) => Duration::from_millis(1),
            Pace::Spinning(_) => Duration::ZERO,
        }
    }

    fn is_over(&self) -> bool {
        if self.free.len() < self.pool.len() {
            return false;
        }
        match self.course.pace {
            Pace::Closed => self.sent >= self.planned || Instant::now() >= self.until,
            Pace::Spinning(_) | Pace::Sleeping(_) => self.sent >= self.planned,
        }
    }

    fn answered(&mut self, status: u16, since: Instant) {
        if status == 302 {
            self.round.redirected += 1;
            self.load.redirected.fetch_add(1, Ordering::Release);
        } else {
            self.round.other += 1;
        }
        self.waited(since, Instant::now());
    }

    fn waited(&mut self, since: Instant, now: Instant) {
        let micros = now.saturating_duration_since(since).as_micros();
        self.round.latency.saturating_record(u64::try_from(micros).unwrap_or(u64::MAX));
    }

    /// The course is long over: what is still under way has failed, and what was planned and not sent has waited until now.
    fn give_up(&mut self) {
        self.round.failed += self.pool.busy() as u64;
        if self.course.pace == Pace::Closed {
            return;
        }
        let now = Instant::now();
        for number in self.sent..self.planned {
            self.waited(self.planned_at(number), now);
        }
        self.round.unsent += self.planned - self.sent;
    }
}
