//! One query on its way: waiting, running, done – and whether somebody still wants the answer.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::control::Control;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Waiting,
    Running,
    Done,
    /// Given up before it began.
    Abandoned,
}

/// Shared by the request that wants the answer and the thread that runs the query.
#[derive(Debug)]
pub(crate) struct Ticket {
    /// The query's `log_comment`, by which it is found when it has to be stopped.
    pub(crate) comment: String,
    /// Whether it may be stopped half way when the client has gone: only what changes nothing.
    pub(crate) may_stop: bool,
    phase: Mutex<Phase>,
}

impl Ticket {
    /// `client_comment` is the client's own `log_comment`, kept readable behind ours.
    pub(crate) fn new(client_comment: Option<&str>, may_stop: bool) -> Arc<Self> {
        let mut comment = format!("request-{:032x}", rand::random::<u128>());
        if let Some(text) = client_comment {
            comment.push(' ');
            comment.push_str(text);
        }
        Arc::new(Self { comment, may_stop, phase: Mutex::new(Phase::Waiting) })
    }

    fn phase(&self) -> MutexGuard<'_, Phase> {
        self.phase.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The thread takes it up; false: nobody wants it any more.
    pub(crate) fn begin(&self) -> bool {
        let mut phase = self.phase();
        let wanted = *phase == Phase::Waiting;
        if wanted {
            *phase = Phase::Running;
        }
        wanted
    }

    pub(crate) fn finish(&self) {
        *self.phase() = Phase::Done;
    }

    /// Gives it up if it has not begun; false: too late.
    pub(crate) fn abandon(&self) -> bool {
        let mut phase = self.phase();
        let in_time = *phase == Phase::Waiting;
        if in_time {
            *phase = Phase::Abandoned;
        }
        in_time
    }

    pub(crate) fn is_running(&self) -> bool {
        *self.phase() == Phase::Running
    }
}

/// Held by whoever waits for the answer: dropped early, it takes the query out of the queue or has it stopped.
pub(crate) struct Waiter {
    ticket: Arc<Ticket>,
    control: Control,
}

impl Waiter {
    pub(crate) fn new(ticket: Arc<Ticket>, control: Control) -> Self {
        Self { ticket, control }
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        if !self.ticket.abandon() && self.ticket.is_running() && self.ticket.may_stop {
            self.control.stop(Arc::clone(&self.ticket));
        }
    }
}
