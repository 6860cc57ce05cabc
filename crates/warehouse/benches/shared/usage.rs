//! Processor time of processes and their threads, from `/proc`.

use std::collections::BTreeMap;

/// Clock ticks a second, the same on every Linux.
const TICKS: f64 = 100.0;

/// Seconds of processor time.
#[derive(Debug, Clone, Copy)]
pub struct Usage {
    pub user: f64,
    pub system: f64,
}

impl Usage {
    pub fn of(pid: u32) -> Self {
        read(&format!("/proc/{pid}/stat")).map_or(Self { user: 0.0, system: 0.0 }, |(_, usage)| usage)
    }

    pub fn since(self, pid: u32) -> Self {
        let now = Self::of(pid);
        Self { user: now.user - self.user, system: now.system - self.system }
    }
}

/// Name and time of a process or thread.
fn read(path: &str) -> Option<(String, Usage)> {
    let text = std::fs::read_to_string(path).ok()?;
    let (head, tail) = text.rsplit_once(')')?;
    let name = head.split_once('(')?.1.to_owned();
    let fields: Vec<&str> = tail.split_whitespace().collect();
    let ticks =
        |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok()).map(|ticks| ticks / TICKS);
    Some((name, Usage { user: ticks(11)?, system: ticks(12)? }))
}

/// Seconds by name of thread, those that matter.
pub fn threads(pid: u32) -> BTreeMap<String, f64> {
    let mut found: BTreeMap<String, f64> = BTreeMap::new();
    for entry in std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten() {
        if let Some((name, usage)) = read(&entry.path().join("stat").to_string_lossy()) {
            *found.entry(name).or_default() += usage.user + usage.system;
        }
    }
    found.retain(|_, seconds| *seconds >= 0.1);
    found.values_mut().for_each(|seconds| *seconds = (*seconds * 100.0).round() / 100.0);
    found
}

/// The load average of the last minute.
pub fn load() -> f64 {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().and_then(|load| load.parse().ok()).unwrap_or_default()
}
