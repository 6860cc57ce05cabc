//! Who is killed: the whole instance, or the analytics engine that it supervises. Always by process id, always with SIGKILL.

use crate::{Error, instance::Instance};
use rustix::process::{Pid, Signal, kill_process};
use std::fmt;

/// A process of an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Victim {
    /// The instance; its engine dies with it.
    Instance,
    /// The engine alone; the instance starts another one.
    Engine,
}

impl fmt::Display for Victim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Instance => "the instance",
            Self::Engine => "the analytics engine",
        })
    }
}

impl Victim {
    /// Kills it; the instance when no engine runs at this moment. Returns who was killed; a killed instance has ended.
    pub(super) async fn kill(self, instance: &mut Instance) -> Result<Self, Error> {
        let pid = instance.pid().ok_or_else(|| Error::Instance("it ended by itself".to_owned()))?;
        if self == Self::Engine
            && let Some(engine) = children(pid).first()
        {
            kill(*engine)?;
            return Ok(Self::Engine);
        }
        kill(pid)?;
        instance.ended().await?;
        Ok(Self::Instance)
    }
}

/// Kills the engine of an instance, if it runs.
pub(super) fn kill_engine(instance: u32) -> Result<(), Error> {
    children(instance).first().map_or(Ok(()), |engine| kill(*engine))
}

fn kill(pid: u32) -> Result<(), Error> {
    let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) else { return Ok(()) };
    match kill_process(pid, Signal::KILL) {
        Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(()),
        Err(error) => Err(Error::io("cannot kill the process")(error.into())),
    }
}

/// Children of any thread of a process (Linux).
fn children(pid: u32) -> Vec<u32> {
    let Ok(tasks) = std::fs::read_dir(format!("/proc/{pid}/task")) else { return Vec::new() };
    let lists = tasks.flatten().filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok());
    lists
        .flat_map(|list| list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<_>>())
        .collect()
}
