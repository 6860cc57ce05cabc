//! Resident memory of a process by what it is for, from `/proc/PID/smaps` (Linux).

use crate::Error;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Resident memory, KiB.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::bench) struct Memory {
    /// The process's own: heap, stacks.
    pub(in crate::bench) anonymous_kib: u64,
    /// Files and shared memory, geo databases apart: mostly the program itself.
    pub(in crate::bench) mapped_kib: u64,
    /// Memory-mapped geo databases: the operating system may take it back at any time.
    pub(in crate::bench) geo_kib: u64,
}

impl Memory {
    /// Of a running process.
    pub(super) fn of(pid: u32) -> Result<Self, Error> {
        let path = format!("/proc/{pid}/smaps");
        let text = std::fs::read_to_string(&path).map_err(Error::file("cannot read", Path::new(&path)))?;
        Ok(Self::parse(&text))
    }

    /// Everything but geo data.
    pub(in crate::bench) const fn resident_kib(&self) -> u64 {
        self.anonymous_kib + self.mapped_kib
    }

    fn parse(text: &str) -> Self {
        let mut memory = Self::default();
        let (mut geo, mut resident) = (false, 0);
        for line in text.lines() {
            let Some((name, rest)) = line.split_once(char::is_whitespace) else { continue };
            // A mapping begins with its addresses; its properties end with a colon.
            let Some(name) = name.strip_suffix(':') else {
                geo = line.ends_with(".mmdb");
                continue;
            };
            let kib = rest.trim().split(' ').next().and_then(|digits| digits.parse().ok()).unwrap_or(0);
            match name {
                "Rss" => resident = kib,
                // Comes after Rss in each mapping.
                "Anonymous" => {
                    memory.anonymous_kib += kib;
                    let files = resident.saturating_sub(kib);
                    *(if geo { &mut memory.geo_kib } else { &mut memory.mapped_kib }) += files;
                }
                _ => {}
            }
        }
        memory
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mappings_are_told_apart() {
        let mapping = |head: &str, rss: u64, anonymous: u64| {
            format!(
                "{head}\nSize: 999 kB\nRss: {rss} kB\nPss: 1 kB\nAnonymous:   {anonymous} kB\nVmFlags: rd ex\n"
            )
        };
        let text = [
            mapping("55d0-55e0 r-xp 00000000 fe:00 1   /bin/traffic-service", 4000, 100),
            mapping("7f00-7f10 rw-p 00000000 00:00 0 ", 30_000, 30_000),
            mapping("7f20-7f30 r--s 00000000 fe:00 2   /cache/geo city/dbip.mmdb", 90_000, 0),
            mapping("7f40-7f50 rw-p 00000000 00:00 0   [stack]", 50, 50),
        ]
        .concat();
        let memory = Memory { anonymous_kib: 30_150, mapped_kib: 3_900, geo_kib: 90_000 };
        assert_eq!(Memory::parse(&text), memory);
        assert_eq!(memory.resident_kib(), 34_050);
    }

    #[test]
    fn this_process_has_memory() {
        let memory = Memory::of(std::process::id()).unwrap();
        assert!(memory.anonymous_kib > 100 && memory.mapped_kib > 100 && memory.geo_kib == 0);
        assert!(Memory::of(u32::MAX).is_err());
    }
}
