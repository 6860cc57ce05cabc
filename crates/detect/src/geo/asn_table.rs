//! Providers from a table of address ranges (`first,last,number,"organisation"`), held sorted in memory: 8 bytes an IPv4 range, 20 an IPv6
//! range, and each organisation once (half a million ranges of 80,000 organisations: 9 MB).

use crate::Warning;
use rustc_hash::FxHashMap;
use std::{
    fs::File,
    io::{BufRead, BufReader},
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    path::Path,
};

/// The row of addresses that nobody has.
const NOBODY: u32 = u32::MAX;

/// Address ranges and who owns them.
#[derive(Default)]
pub(crate) struct AsnTable {
    v4: Ranges<Ipv4Addr>,
    /// For each beginning of 16 bits how many IPv4 ranges begin before it: most of a search is done at once.
    v4_before: Vec<u32>,
    v6: Ranges<Ipv6Addr>,
    providers: Providers,
}

/// Where ranges begin, in order, and whose they are; each ends where the next begins.
struct Ranges<A> {
    firsts: Vec<A>,
    rows: Vec<u32>,
}

impl<A> Default for Ranges<A> {
    fn default() -> Self {
        Self { firsts: Vec::new(), rows: Vec::new() }
    }
}

/// Numbers and names.
#[derive(Default)]
struct Providers {
    numbers: Vec<u32>,
    /// Where each name ends.
    ends: Vec<u32>,
    names: String,
}

impl AsnTable {
    /// The row of the provider of an address.
    pub(super) fn find(&self, ip: IpAddr) -> Option<u32> {
        match ip {
            IpAddr::V4(ip) => {
                let beginning = (u32::from(ip) >> 16) as usize;
                let before = self.v4_before.get(beginning).copied().unwrap_or(0) as usize;
                let until =
                    self.v4_before.get(beginning + 1).map_or(self.v4.firsts.len(), |until| *until as usize);
                // The range before may reach into this beginning.
                self.v4.find(before.saturating_sub(1)..until, ip)
            }
            IpAddr::V6(ip) => self.v6.find(0..self.v6.firsts.len(), ip),
        }
    }

    /// Number and organisation in a row.
    pub(super) fn row(&self, row: u32) -> Option<(u32, &str)> {
        let row = row as usize;
        let Providers { numbers, ends, names } = &self.providers;
        let begin = row.checked_sub(1).map_or(Some(0), |before| ends.get(before).copied())? as usize;
        Some((*numbers.get(row)?, names.get(begin..*ends.get(row)? as usize)?))
    }
}

impl<A: Ord + Copy> Ranges<A> {
    /// The row of an address that is in one of these ranges, or in none.
    fn find(&self, among: std::ops::Range<usize>, ip: A) -> Option<u32> {
        let after = among.start + self.firsts.get(among)?.partition_point(|first| *first <= ip);
        self.rows.get(after.checked_sub(1)?).copied().filter(|row| *row != NOBODY)
    }

    /// Of ranges as they are listed (first, last, row). Where they overlap, the one that begins later counts.
    fn of(mut listed: Vec<(A, A, u32)>, after: impl Fn(A) -> Option<A>) -> Self {
        listed.sort_unstable();
        let mut ranges =
            Self { firsts: Vec::with_capacity(listed.len()), rows: Vec::with_capacity(listed.len()) };
        for (at, (first, last, row)) in listed.iter().enumerate() {
            ranges.begin(*first, *row);
            let next = listed.get(at + 1).map(|(first, _, _)| *first);
            if let Some(gap) = after(*last).filter(|gap| next.is_none_or(|next| *gap < next)) {
                ranges.begin(gap, NOBODY);
            }
        }
        ranges.firsts.shrink_to_fit();
        ranges.rows.shrink_to_fit();
        ranges
    }

    fn begin(&mut self, first: A, row: u32) {
        self.firsts.push(first);
        self.rows.push(row);
    }
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
    v4: Vec<(Ipv4Addr, Ipv4Addr, u32)>,
    v6: Vec<(Ipv6Addr, Ipv6Addr, u32)>,
    providers: Providers,
    rows: FxHashMap<(u32, Box<str>), u32>,
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
        let row = self.row(asn, name.into());
        match (first.parse().ok()?, last.parse().ok()?) {
            (IpAddr::V4(first), IpAddr::V4(last)) if first <= last => self.v4.push((first, last, row)),
            (IpAddr::V6(first), IpAddr::V6(last)) if first <= last => self.v6.push((first, last, row)),
            _ => return None,
        }
        Some(())
    }

    fn row(&mut self, asn: u32, name: Box<str>) -> u32 {
        let Providers { numbers, ends, names } = &mut self.providers;
        *self.rows.entry((asn, name)).or_insert_with_key(|(asn, name)| {
            numbers.push(*asn);
            names.push_str(name);
            ends.push(names.len() as u32);
            numbers.len() as u32 - 1
        })
    }

    fn finish(self) -> AsnTable {
        let v4 = Ranges::of(self.v4, |last| u32::from(last).checked_add(1).map(Ipv4Addr::from));
        let v6 = Ranges::of(self.v6, |last| u128::from(last).checked_add(1).map(Ipv6Addr::from));
        let mut providers = self.providers;
        providers.numbers.shrink_to_fit();
        providers.ends.shrink_to_fit();
        providers.names.shrink_to_fit();
        let mut v4_before = Vec::new();
        if !v4.firsts.is_empty() {
            let begins = |first: &Ipv4Addr| u32::from(*first) >> 16;
            v4_before = (0..=0xffff)
                .map(|beginning| v4.firsts.partition_point(|first| begins(first) < beginning) as u32)
                .collect();
        }
        AsnTable { v4, v4_before, v6, providers }
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
            table.row(row).map(|(asn, name)| (asn, name.to_owned()))
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
