//! Which core does what, and what machine this is.

use crate::Error;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use serde::Serialize;
use std::fs;

/// A core for the server and another one for the load generator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct Cores {
    /// Runs the server.
    pub(super) server: usize,
    /// Runs the load generator.
    pub(super) client: usize,
}

impl Cores {
    /// The last two cores that this process may use: the first one mostly has the interrupts.
    pub(super) fn choose() -> Result<Self, Error> {
        let allowed =
            sched_getaffinity(None).map_err(|error| Error::io("cannot read the cores")(error.into()))?;
        let mut cores = (0..CpuSet::MAX_CPU).rev().filter(|core| allowed.is_set(*core));
        match (cores.next(), cores.next()) {
            (Some(server), Some(client)) => Ok(Self { server, client }),
            _ => Err(Error::Setup(
                "the benchmark needs two cores: one for the server, one for the load generator".to_owned(),
            )),
        }
    }

    /// This thread, and what it starts, runs on the server's core.
    pub(super) fn pin_to_server(self) -> Result<(), Error> {
        pin(self.server)
    }

    /// This thread runs on the load generator's core.
    pub(super) fn pin_to_client(self) -> Result<(), Error> {
        pin(self.client)
    }
}

fn pin(core: usize) -> Result<(), Error> {
    let mut set = CpuSet::new();
    set.set(core);
    sched_setaffinity(None, &set).map_err(|error| Error::io(format!("cannot use core {core}"))(error.into()))
}

/// What the figures were measured on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Machine {
    cpu: String,
    cores: usize,
    memory_mib: u64,
    kernel: String,
    /// Load average of the last minute when it was described: other work on the machine makes the figures worthless.
    load: String,
}

impl Machine {
    /// Says so when something else is at work: more than half a core.
    pub(super) fn warning(&self) -> Option<String> {
        let whole = self.load.split('.').next().and_then(|digits| digits.parse::<u64>().ok()).unwrap_or(0);
        let half = self.load.split('.').nth(1).is_some_and(|digits| digits.as_bytes().first() >= Some(&b'5'));
        (whole > 0 || half).then(|| {
            format!("The machine is not quiet (load {}): measure again when nothing else runs.", self.load)
        })
    }

    /// Reads it from the operating system.
    pub(super) fn describe() -> Self {
        let read = |path| fs::read_to_string(path).unwrap_or_default();
        let value = |text: &str, name: &str| {
            let line = text.lines().find(|line| line.starts_with(name));
            line.and_then(|line| line.split_once(':')).map(|(_, value)| value.trim().to_owned())
        };
        let memory = value(&read("/proc/meminfo"), "MemTotal").unwrap_or_default();
        let kib: u64 = memory.split(' ').next().and_then(|digits| digits.parse().ok()).unwrap_or_default();
        let cpus = read("/proc/cpuinfo");
        Self {
            cpu: value(&cpus, "model name").unwrap_or_else(|| std::env::consts::ARCH.to_owned()),
            cores: cpus.lines().filter(|line| line.starts_with("processor")).count(),
            memory_mib: kib / 1024,
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            load: read("/proc/loadavg").split(' ').next().unwrap_or_default().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pinned_thread_may_use_one_core() {
        let Ok(cores) = Cores::choose() else { return };
        assert_ne!(cores.server, cores.client);
        let pinned = std::thread::spawn(move || {
            cores.pin_to_server().unwrap();
            let allowed = sched_getaffinity(None).unwrap();
            (allowed.count(), allowed.is_set(cores.server))
        });
        assert_eq!(pinned.join().unwrap(), (1, true));
    }

    #[test]
    fn the_machine_is_described() {
        let machine = Machine::describe();
        assert!(
            machine.memory_mib > 0
                && !machine.cpu.is_empty()
                && !machine.kernel.is_empty()
                && machine.cores > 0
        );
        let with = |load: &str| Machine { load: load.to_owned(), ..machine.clone() }.warning();
        assert!(with("0.49").is_none() && with("0.50").is_some() && with("12.00").is_some());
    }
}
