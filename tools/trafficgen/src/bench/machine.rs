//! Which core does what, and what machine this is.

use crate::Error;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use serde::{Deserialize, Serialize};
use std::{fs, marker::PhantomData, path::Path};

/// A core for the server and another one for the load generator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cores {
    /// Runs the server.
    pub(super) server: usize,
    /// Runs the load generator.
    pub(super) client: usize,
}

impl Cores {
    /// The last two cores that this process may use: the first one mostly has the interrupts.
    pub(super) fn choose() -> Result<Self, Error> {
        let allowed = allowed()?;
        let mut cores = (0..CpuSet::MAX_CPU).rev().filter(|core| allowed.is_set(*core));
        match (cores.next(), cores.next()) {
            (Some(server), Some(client)) => Ok(Self { server, client }),
            _ => Err(Error::Setup(
                "the benchmark needs two cores: one for the server, one for the load generator".to_owned(),
            )),
        }
    }
}

/// What this thread starts while this lives runs on one core, as this thread does; children inherit it.
#[derive(Debug)]
pub(super) struct Pinned {
    before: CpuSet,
    /// It gives back what this thread had, so it stays on this thread.
    _here: PhantomData<*const ()>,
}

impl Pinned {
    /// On this core from now on.
    pub(super) fn to(core: usize) -> Result<Self, Error> {
        let before = allowed()?;
        pin(core)?;
        Ok(Self { before, _here: PhantomData })
    }
}

impl Drop for Pinned {
    fn drop(&mut self) {
        // What was allowed before is allowed again, unless somebody has taken cores away meanwhile: then one core has to do.
        let _still_pinned = sched_setaffinity(None, &self.before);
    }
}

fn allowed() -> Result<CpuSet, Error> {
    sched_getaffinity(None).map_err(|error| Error::io("cannot read the cores")(error.into()))
}

/// This thread runs on this core alone.
pub(super) fn pin(core: usize) -> Result<(), Error> {
    let mut set = CpuSet::new();
    set.set(core);
    sched_setaffinity(None, &set).map_err(|error| Error::io(format!("cannot use core {core}"))(error.into()))
}

/// What kind of file system a folder is on, such as `ext4`; writing through to a `tmpfs` costs nothing and proves nothing.
pub(super) fn file_system(folder: &Path) -> String {
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    file_system_in(&mounts, &folder)
}

fn file_system_in(mounts: &str, folder: &Path) -> String {
    let mounted = mounts.lines().filter_map(|line| {
        let mut fields = line.split(' ').skip(1);
        Some((fields.next()?, fields.next()?))
    });
    let around = mounted.filter(|(point, _)| folder.starts_with(point));
    // Of mounts on the same point the last one covers the others.
    around.max_by_key(|(point, _)| point.len()).map_or("unknown", |(_, kind)| kind).to_owned()
}

/// Bytes that may still be written below a folder.
pub(super) fn free_bytes(folder: &Path) -> Result<u64, Error> {
    let found = rustix::fs::statvfs(folder);
    let found = found.map_err(|error| Error::file("cannot look at", folder)(error.into()))?;
    Ok(found.f_bavail.saturating_mul(found.f_frsize))
}

/// What the figures were measured on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Machine {
    /// Model.
    pub(super) cpu: String,
    /// Cores of the machine.
    pub(super) cores: usize,
    /// Memory, MiB.
    pub(super) memory_mib: u64,
    /// Version of the operating system's kernel.
    pub(super) kernel: String,
    /// Load average of the last minute when it was described: other work on the machine makes the figures worthless.
    pub(super) load: String,
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
    fn a_pinned_thread_may_use_one_core_until_it_is_let_go() {
        let Ok(cores) = Cores::choose() else { return };
        assert_ne!(cores.server, cores.client);
        let tried = std::thread::spawn(move || {
            let before = allowed().unwrap().count();
            let pinned = Pinned::to(cores.server).unwrap();
            let held = allowed().unwrap();
            drop(pinned);
            (held.count(), held.is_set(cores.server), before == allowed().unwrap().count())
        });
        assert_eq!(tried.join().unwrap(), (1, true, true));
    }

    #[test]
    fn the_innermost_and_last_mount_counts() {
        let mounts = "/dev/a / ext4 rw 0 0\ntmpfs /tmp tmpfs rw 0 0\n/dev/b /tmp xfs rw 0 0\n/dev/c /tmpx btrfs rw 0 0\n";
        assert_eq!(file_system_in(mounts, Path::new("/tmp/x")), "xfs");
        assert_eq!(file_system_in(mounts, Path::new("/home")), "ext4");
        assert_eq!(file_system_in("", Path::new("/home")), "unknown");
        assert!(free_bytes(&std::env::temp_dir()).unwrap() > 0);
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
