//! Providers from a table of address ranges (`first,last,number,"organisation"`), held sorted in memory.

use crate::Warning;
use rustc_hash::FxHashMap;
use std::{
    fs::File,
    io::{BufRead, BufReader},
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    path::Path,
    sync::Arc,
};

/// Ranges of one version of the protocol, sorted by their first address: (first, last, provider).
type Ranges<A> = Vec<(A, A, u32)>;

/// Address ranges and who owns them.
#[derive(Default)]
pub(crate) struct AsnTable {
    v4: Ranges<Ipv4Addr>,
    /// For each beginning of 16 bits how many IPv4 ranges begin before it: most of a search is done at once.
    v4_before: Vec<u32>,
    v6: Ranges<Ipv6Addr>,
    providers: Vec<(u32, Arc<str>)>,
}

impl AsnTable {
    /// The row of the provider of an address.
    pub(super) fn find(&self, ip: IpAddr) -> Option<u32> {
        match ip {
            IpAddr::V4(ip) => {
                let beginning = (u32::from(ip) >> 16) as usize;
                let before = self.v4_before.get(beginning).copied().unwrap_or(0) as usize;
                let until = self.v4_before.get(beginning + 1).map_or(self.v4.len(), |until| *until as usize);
                // The range before may reach into this beginning.
                let first = before.saturating_sub(1);
                find(self.v4.get(first..until)?, ip)
            }
            IpAddr::V6(ip) => find(&self.v6, ip),
        }
    }

    /// Number and organisation in a row.
    pub(super) fn row(&self, row: u32) -> Option<(u32, &Arc<str>)> {
        self.providers.get(row as usize).map(|(asn, name)| (*asn, name))
    }
}

fn find<A: Ord + Copy>(ranges: &[(A, A, u32)], ip: A) -> Option<u32> {
    let after = ranges.partition_point(|(first, _, _)| *first <= ip);
    let (_, last, provider) = ranges.get(after.checked_sub(1)?)?;
    (ip <= *last).then_some(*provider)
}

impl AsnTable {
    /// Reads a file. A file with a line that is no range is not used at all: half a table answers wrongly.
    pub(crate) fn read(path: &Path) -> Result<Self, Warning> {
        let unusable = |reason: String| Warning::unusable(path, reason);
        let file = File::open(path).map_err(|error| unusable(error.to_string()))?;
        let mut builder = Builder::default();
        for (number, line) in BufReader::new(file).lines().enumerate() {
            let line = line.map_err(|error| unusable(error.to_string()))?;
            builder.add(&line).ok_or_else(|| {
                unusable(format!("line {} is no \"first,last,number,organisation\"", number + 1))
            })?;
        }
        Ok(builder.finish())
    }
}

/// Collects ranges.
#[derive(Default)]
struct Builder {
    table: AsnTable,
    rows: FxHashMap<(u32, Arc<str>), u32>,
}

impl Builder {
    fn add(&mut self, line: &str) -> Option<()> {
        let mut columns = line.splitn(4, ',');
        let (first, last) = (columns.next()?.trim(), columns.next()?.trim());
        let asn = columns.next()?.trim().parse().ok()?;
        let name = columns.next().unwrap_or("").trim();
        let name = match name.strip_prefix('"') {
            // A quote that is never closed is the end of a file that is still being written.
            Some(quoted) => quoted.strip_suffix('"')?.replace("\"\"", "\""),
            None => name.to_owned(),
        };
        let row = self.row(asn, Arc::from(name));
        match (first.parse().ok()?, last.parse().ok()?) {
            (IpAddr::V4(first), IpAddr::V4(last)) if first <= last => self.table.v4.push((first, last, row)),
            (IpAddr::V6(first), IpAddr::V6(last)) if first <= last => self.table.v6.push((first, last, row)),
            _ => return None,
        }
        Some(())
    }

    fn row(&mut self, asn: u32, name: Arc<str>) -> u32 {
        let providers = &mut self.table.providers;
        *self.rows.entry((asn, Arc::clone(&name))).or_insert_with(|| {
            providers.push((asn, name));
            providers.len() as u32 - 1
        })
    }

    fn finish(self) -> AsnTable {
        let mut table = self.table;
        table.v4.sort_unstable();
        table.v6.sort_unstable();
        table.v4.shrink_to_fit();
        table.v6.shrink_to_fit();
        if !table.v4.is_empty() {
            let begins = |(first, _, _): &(Ipv4Addr, Ipv4Addr, u32)| u32::from(*first) >> 16;
            table.v4_before = (0..=0xffff)
                .map(|beginning| table.v4.partition_point(|range| begins(range) < beginning) as u32)
                .collect();
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn table(text: &str) -> Result<AsnTable, Warning> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("asn.csv");
        std::fs::write(&path, text).unwrap();
        AsnTable::read(&path)
    }

    #[test]
    fn ranges_are_inclusive_and_gaps_unknown() {
        let table = table(
            "1.0.0.0,1.0.0.255,13335,\"Cloudflare, \"\"Inc.\"\"\"\n9.0.0.0,9.0.0.9,7,Nine\n1.0.4.0,1.0.7.255,7,Nine\n2001::,2001::ff,6939,Hurricane\n",
        )
        .unwrap();
        let name = |ip: &str| {
            let row = table.find(ip.parse().unwrap())?;
            table.row(row).map(|(asn, name)| (asn, name.to_string()))
        };
        assert_eq!(name("1.0.0.0"), Some((13_335, "Cloudflare, \"Inc.\"".to_owned())));
        assert_eq!(name("1.0.0.255").map(|found| found.0), Some(13_335));
        assert_eq!(name("1.0.1.0"), None);
        assert_eq!(name("0.255.255.255"), None);
        assert_eq!(name("1.0.7.255"), name("9.0.0.9"));
        assert_eq!(name("2001::80").map(|found| found.0), Some(6939));
        assert_eq!(name("2001::100"), None);
    }

    proptest! {
        #[test]
        fn the_index_finds_what_a_walk_finds(starts in proptest::collection::btree_set(any::<u32>(), 1..60), length in 0u32..200_000, ips in proptest::collection::vec(any::<u32>(), 1..40)) {
            let starts: Vec<u32> = starts.into_iter().collect();
            let mut builder = Builder::default();
            let mut ranges = Vec::new();
            for (at, first) in starts.iter().enumerate() {
                let before_next = starts.get(at + 1).map_or(u32::MAX, |next| next - 1);
                let last = first.saturating_add(length).min(before_next);
                builder.add(&format!("{},{},{at},N", Ipv4Addr::from(*first), Ipv4Addr::from(last))).unwrap();
                ranges.push((*first, last));
            }
            let table = builder.finish();
            for ip in ips.into_iter().chain(starts).flat_map(|ip| [ip, ip.wrapping_sub(1), ip.wrapping_add(length)]) {
                let expected = ranges.iter().position(|(first, last)| (*first..=*last).contains(&ip));
                let found = table.find(Ipv4Addr::from(ip).into()).and_then(|row| table.row(row)).map(|(asn, _)| asn as usize);
                prop_assert_eq!(found, expected);
            }
        }
    }

    #[test]
    fn a_damaged_table_is_not_used_and_says_where() {
        let error = |text: &str| table(text).err().unwrap().to_string();
        assert!(error("1.0.0.0,1.0.0.255,13335,A\n1.0.1.0,oops\n").contains("line 2"));
        assert!(error("1.0.0.0,1.0.0.255,13335,A\n1.0.1.0,1.0.1.255,7,\"Acme, In").contains("line 2"));
        assert!(error("1.0.0.9,1.0.0.1,7,A\n").contains("line 1"));
    }
}
