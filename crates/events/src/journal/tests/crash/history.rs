//! One random history of a journal on a [`SimDisk`], beside a model that knows what was promised.
//!
//! The journal runs without its threads: their passes are steps of the history, so that the seed decides everything.

use std::collections::{BTreeMap, BTreeSet};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::disk::{Fault, SimDisk};
use super::*;
use crate::batch::{Batch, GapReason};
use crate::error::FullReason;

const NAMES: [&str; 3] = ["warehouse", "counters", "kafka"];

/// What became of an attempt to append a payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// Refused or unanswered, when so many crashes had been.
    Open { crashes: u64 },
    /// It has this number: it was acknowledged, or read.
    Numbered(u64),
}

/// A record that must be there.
#[derive(Debug, Clone, Copy)]
struct Expected {
    id: u64,
    /// The disk has confirmed it.
    durable: bool,
    /// A sync of it failed, and the process ended before it could leave word of that: the next one believes the disk.
    unprovable: bool,
    /// Syncs that had failed when it was written: one more, and it may be gone.
    failed_syncs: u64,
}

/// A consumer's position: what was confirmed, and the furthest that was asked for.
#[derive(Debug, Clone, Copy)]
struct Place {
    confirmed: u64,
    asked: u64,
}

pub(super) struct History {
    rng: StdRng,
    disk: SimDisk,
    options: JournalOptions,
    journal: Option<Journal>,
    process: u64,
    ids: u64,
    fates: BTreeMap<u64, Fate>,
    /// Which record each number belongs to, for ever.
    identities: BTreeMap<u64, u64>,
    expected: BTreeMap<u64, Expected>,
    places: BTreeMap<String, Place>,
    /// Registered or moved without an answer.
    unsure_places: BTreeMap<String, u64>,
    /// Attempts before this one are unprovable.
    unprovable_before: u64,
    /// Records below this may have been given back.
    releasable: u64,
    crashes: u64,
    log: Vec<String>,
    seed: u64,
    /// The disk does nothing wrong but being full, stopping and losing its power.
    honest: bool,
}

/// The bytes of record `id`, of a length of its own.
fn bytes_of(id: u64) -> Vec<u8> {
    let len = match id * 7919 % 23 {
        0 => 3000,
        1..4 => 600,
        _ => 10,
    };
    let mut bytes = id.to_le_bytes().to_vec();
    bytes.extend((0..len + id % 37).map(|n| (n ^ id) as u8));
    bytes
}

fn id_of(payload: &[u8]) -> u64 {
    let id = u64::from_le_bytes(payload[..8].try_into().unwrap());
    assert!(payload == bytes_of(id), "record {id} is not what was appended");
    id
}

impl Drop for History {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("seed {}:\n{}", self.seed, self.log.join("\n"));
        }
    }
}

impl History {
    pub(super) fn new(seed: u64) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let mut options = JournalOptions::new(Stream::Clicks);
        options.segment_bytes_max = [1 << 10, 4 << 10, 16 << 10][rng.random_range(0..3)];
        options.trim_delay = Duration::ZERO;
        if rng.random_bool(0.2) {
            options.bytes_max = options.segment_bytes_max * 6;
        }
        if rng.random_bool(0.1) {
            options.retention_bytes_max = Some(options.segment_bytes_max * 3);
        }
        if rng.random_bool(0.3) {
            options.consumers = vec![NAMES[0].to_owned()];
        }
        Self {
            disk: SimDisk::new(rng.random()),
            options,
            journal: None,
            process: 0,
            ids: 0,
            fates: BTreeMap::new(),
            identities: BTreeMap::new(),
            expected: BTreeMap::new(),
            places: BTreeMap::new(),
            unsure_places: BTreeMap::new(),
            unprovable_before: 0,
            releasable: 0,
            crashes: 0,
            log: Vec::new(),
            seed,
            honest: rng.random_bool(0.3),
            rng,
        }
    }

    pub(super) fn run(mut self, steps: u64) {
        self.reopen(false);
        for _ in 0..steps {
            self.step();
            if self.is_dead() {
                let power = self.rng.random_bool(0.5);
                self.crash(power);
            }
        }
        self.recovers_by_itself();
        for power in [false, true] {
            self.crash(power);
        }
        self.recovers_by_itself();
    }

    fn step(&mut self) {
        self.arm();
        match self.rng.random_range(0..100) {
            0..45 => drop(self.append(1)),
            45..52 => {
                let count = self.rng.random_range(2..9);
                drop(self.append(count));
            }
            52..64 => {
                let meanwhile = self.rng.random_bool(0.3);
                self.sync(meanwhile);
            }
            64..74 => self.keep_up(),
            74..82 => self.consume(),
            82..84 => self.forget_consumer(),
            84..90 => self.check(),
            90..94 => self.crash(false),
            94..98 => self.crash(true),
            98 => self.close(),
            _ => self.change_capacity(),
        }
        self.disk.0.lock().fault = None;
    }

    /// Something is about to go wrong, perhaps.
    fn arm(&mut self) {
        self.forget_unsynced();
        let after = self.rng.random_range(0..8);
        let chance = self.rng.random_range(0..100);
        let errno = if self.rng.random_bool(0.5) { libc::EIO } else { libc::ENOSPC };
        let lasts = self.rng.random_bool(0.3);
        let mut disk = self.disk.0.lock();
        match chance {
            0..4 => disk.fuse = Some(after),
            4..16 if !self.honest => disk.fault = Some(Fault { after, errno, lasts }),
            _ => {}
        }
        if disk.fuse.is_some() || disk.fault.is_some() {
            self.log.push(format!(
                "  armed: kill {:?}, {errno} lasting {lasts} after {after}: {}",
                disk.fuse,
                disk.fault.is_some()
            ));
        }
    }

    /// After a failed sync, records may vanish at any time, but not before the journal has left word that a sync has
    /// failed: against a disk that loses records and at the same time cannot be told so, there is no remedy.
    fn forget_unsynced(&mut self) {
        let Some(journal) = &self.journal else { return };
        if journal.shared().reservation.is_doubt_stored() && self.rng.random_bool(0.2) {
            self.disk.forget_unsynced();
        }
    }

    fn journal(&self) -> &Journal {
        self.journal.as_ref().unwrap()
    }

    fn is_dead(&self) -> bool {
        self.disk.process() != self.process
    }

    fn failed_syncs(&self) -> u64 {
        self.disk.0.lock().failed_syncs
    }

    /// Attempts to append new records.
    fn append(&mut self, count: u64) -> Result<Range<u64>, AppendError> {
        let ids: Vec<u64> = (self.ids..self.ids + count).collect();
        self.ids += count;
        let failed_syncs = self.failed_syncs();
        let payloads: Vec<_> = ids.iter().map(|id| bytes_of(*id)).collect();
        let result = self.journal().append_batch(&payloads);
        self.log.push(format!("append {ids:?}: {result:?}"));
        self.appended(&ids, result.clone(), failed_syncs);
        result
    }

    fn appended(&mut self, ids: &[u64], result: Result<Range<u64>, AppendError>, failed_syncs: u64) {
        let Some(seqs) = result.ok().filter(|_| !self.is_dead()) else {
            let open = Fate::Open { crashes: self.crashes };
            self.fates.extend(ids.iter().map(|id| (*id, open)));
            return;
        };
        for (id, seq) in ids.iter().zip(seqs) {
            self.identify(seq, *id);
            self.fates.insert(*id, Fate::Numbered(seq));
            assert!(
                !self.places.values().any(|place| place.asked > seq),
                "{seq} was given behind a consumer"
            );
            self.expected.insert(seq, Expected { id: *id, durable: false, unprovable: false, failed_syncs });
        }
    }

    /// Nobody may ever see two records under one number.
    fn identify(&mut self, seq: u64, id: u64) {
        let known = *self.identities.entry(seq).or_insert(id);
        assert_eq!(known, id, "number {seq} was given twice");
    }

    /// A pass of the sync thread, sometimes with an append in the middle of it.
    fn sync(&mut self, meanwhile: bool) {
        let during = meanwhile.then(|| {
            let count = self.rng.random_range(1..5);
            let ids: Vec<u64> = (self.ids..self.ids + count).collect();
            self.ids += count;
            let (told, tell) = (Arc::new(Mutex::new(None)), self.journal().clone());
            let (inside, payloads) =
                (Arc::clone(&told), ids.iter().map(|id| bytes_of(*id)).collect::<Vec<_>>());
            self.disk.0.lock().during_sync = Some(Box::new(move || {
                *inside.lock() = Some(tell.append_batch(&payloads));
            }));
            (ids, told)
        });
        let failed_syncs = self.failed_syncs();
        self.journal().shared().sync_pass();
        self.disk.0.lock().during_sync = None;
        self.log.push(format!(
            "sync: up to {}, {} failed",
            self.journal().synced(),
            self.failed_syncs() - failed_syncs
        ));
        if let Some((ids, told)) = during
            && let Some(result) = told.lock().take()
        {
            self.log.push(format!("  in the middle of it, append {ids:?}: {result:?}"));
            self.appended(&ids, result, failed_syncs);
        }
        self.note_durable();
    }

    fn note_durable(&mut self) {
        if self.is_dead() {
            return;
        }
        let Some(journal) = self.journal.clone() else { return };
        let progress = &journal.shared().progress;
        for (seq, expected) in self.expected.range_mut(..progress.synced()) {
            expected.durable |= !expected.unprovable && progress.outcome(*seq).is_ok();
        }
    }

    /// A pass of the upkeep thread.
    fn keep_up(&mut self) {
        self.may_release();
        self.journal().shared().keep_up();
        self.log.push(format!("keep up: tail {}", self.journal().tail()));
    }

    /// What may be given back: what every consumer has, or may have, passed.
    fn may_release(&mut self) {
        let passed = self.places.values().map(|place| place.asked).min();
        let unsure = self.unsure_places.values().copied().max();
        self.releasable = self.releasable.max(passed.or(unsure).unwrap_or(0));
        if self.options.retention_bytes_max.is_some() {
            self.releasable = self.releasable.max(self.journal().shared().active().unwrap().first_seq());
        }
    }

    /// A consumer reads on and says how far it has come.
    fn consume(&mut self) {
        let name = NAMES[self.rng.random_range(0..NAMES.len())];
        let journal = self.journal().clone();
        let registered = journal.register_consumer(name);
        let known = self.places.get(name).copied();
        self.log.push(format!("register {name}: {registered:?}"));
        let Ok(at) = registered else {
            self.unsure_places.entry(name.to_owned()).or_insert(journal.tail());
            return;
        };
        if self.is_dead() {
            self.unsure_places.entry(name.to_owned()).or_insert(at);
            return;
        }
        let place = known.unwrap_or(Place { confirmed: at, asked: at });
        assert!(at >= place.confirmed && at <= place.asked, "{name} is at {at}, not in {place:?}");
        let place = Place { confirmed: at, asked: at };
        self.places.insert(name.to_owned(), place);
        self.unsure_places.remove(name);
        let mut reader = journal.reader(at);
        let limit = ReadLimit { records: self.rng.random_range(1..40), ..ReadLimit::default() };
        let Ok(batch) = reader.read(limit) else { return };
        let cut_off = self.options.retention_bytes_max.is_some();
        for gap in &batch.gaps {
            assert!(gap.reason != GapReason::Trimmed || cut_off, "{name} has not read {gap:?}");
        }
        self.read(&batch, at);
        let trimmed = journal.trim(name, batch.next);
        self.log.push(format!("{name} passed {}: {trimmed:?}", batch.next));
        let confirmed = if trimmed.is_ok() && !self.is_dead() { batch.next } else { at };
        self.places.insert(name.to_owned(), Place { confirmed, asked: batch.next });
    }

    fn forget_consumer(&mut self) {
        let name = NAMES[self.rng.random_range(0..NAMES.len())];
        // One that the options name comes back by itself, at the tail.
        let removed = self.journal().remove_consumer(name);
        self.log.push(format!("remove {name}: {removed:?}"));
        if let Some(place) = self.places.remove(name)
            && (removed.is_err() || self.is_dead())
        {
            self.unsure_places.insert(name.to_owned(), place.asked);
        }
    }

    /// What a read gave: whole records that were appended, under numbers that are theirs.
    fn read(&mut self, batch: &Batch, from: u64) {
        let mut pieces: Vec<_> = batch.gaps.iter().map(|gap| (gap.from_seq, gap.to_seq)).collect();
        for record in &batch.records {
            pieces.push((record.seq, record.seq + 1));
            let id = id_of(&record.payload);
            self.identify(record.seq, id);
            match self.fates[&id] {
                Fate::Numbered(seq) => assert_eq!(seq, record.seq, "record {id} is there twice"),
                Fate::Open { crashes } => {
                    assert!(crashes < self.crashes, "record {id} was refused and is read all the same");
                    self.fates.insert(id, Fate::Numbered(record.seq));
                    let failed_syncs = self.failed_syncs();
                    let unprovable = id < self.unprovable_before;
                    self.expected
                        .insert(record.seq, Expected { id, durable: false, unprovable, failed_syncs });
                }
            }
        }
        pieces.sort_unstable();
        let mut next = from;
        for (start, end) in pieces {
            assert!(start == next && end > start, "{start}..{end} does not follow {next}");
            next = end;
        }
        assert_eq!(next, batch.next);
    }

    /// Reads everything; tells which numbers were records.
    fn read_everything(&mut self) -> BTreeSet<u64> {
        let journal = self.journal().clone();
        let mut reader = journal.reader(0);
        let mut there = BTreeSet::new();
        while reader.position() < journal.head() && !self.is_dead() {
            let from = reader.position();
            let batch = reader.read(ReadLimit::default()).unwrap();
            assert!(batch.next > from, "no progress at {from}");
            self.read(&batch, from);
            there.extend(batch.records.iter().map(|record| record.seq));
        }
        there
    }

    /// Everything that was promised is there. After a power cut, what the disk had not confirmed may be gone.
    fn check_after(&mut self, power_was_cut: bool) {
        self.may_release();
        let there = self.read_everything();
        if self.is_dead() {
            return;
        }
        let failed_syncs = self.failed_syncs();
        let releasable = self.releasable;
        self.expected.retain(|seq, expected| {
            let lost_sync = expected.failed_syncs < failed_syncs;
            let may_be_gone = *seq < releasable || (!expected.durable && (power_was_cut || lost_sync));
            assert!(
                there.contains(seq) || may_be_gone,
                "record {} at {seq} is gone: {expected:?}",
                expected.id
            );
            // What is found after a power cut is on the disk.
            expected.unprovable &= !power_was_cut;
            there.contains(seq)
        });
        self.unprovable_before *= u64::from(!power_was_cut);
    }

    fn check(&mut self) {
        self.disk.0.lock().fuse = None;
        self.check_after(false);
        let lag = self.journal().lag();
        for (name, place) in &self.places {
            let at = lag.iter().find(|lag| lag.consumer == *name).map(|lag| lag.before);
            assert!(
                at.is_some_and(|at| at >= place.confirmed && at <= place.asked),
                "{name}: {at:?}, {place:?}"
            );
        }
    }

    fn close(&mut self) {
        // As the sync thread does before it ends.
        self.journal().shared().writer.lock().closed = true;
        self.sync(false);
        let closed = self.journal().close();
        self.log.push(format!("close: {closed:?}"));
        self.note_durable();
        self.crash(false);
    }

    fn change_capacity(&mut self) {
        let used = self.disk.used();
        let more = self.rng.random_range(0..6000);
        let mut disk = self.disk.0.lock();
        disk.capacity = if disk.capacity.is_some() { None } else { Some(used + more) };
        self.log.push(format!("capacity {:?}", disk.capacity));
    }

    /// The process is killed, or the power goes; then somebody opens the journal again.
    fn crash(&mut self, power: bool) {
        self.log.push(format!("crash, power cut: {power}"));
        self.forget_unsynced();
        if !self.journal().shared().reservation.is_doubt_stored() {
            let unconfirmed = self.expected.values_mut().filter(|expected| !expected.durable);
            unconfirmed.for_each(|expected| expected.unprovable = true);
            self.unprovable_before = self.ids;
        }
        if power {
            self.disk.cut_power()
        } else {
            self.disk.kill()
        }
        self.crashes += 1;
        self.journal = None;
        self.reopen(power);
    }

    fn reopen(&mut self, mut power: bool) {
        let mut tries = 0;
        let journal = loop {
            self.process = self.disk.process();
            // The first one must come to its end: there is nothing that could be found otherwise.
            if tries < 3 && self.rng.random_bool(0.2) {
                self.arm();
            }
            tries += 1;
            let faulty = self.disk.0.lock().fault.is_some();
            let opened = open_on(&self.disk, &self.options);
            self.log.push(format!("open: {:?}", opened.as_ref().map(Journal::head)));
            {
                let mut disk = self.disk.0.lock();
                (disk.fault, disk.fuse) = (None, None);
            }
            match opened {
                Ok(journal) if !self.is_dead() => break journal,
                Err(error) if !self.is_dead() => {
                    // A directory in which nothing was ever stored cannot be made without room.
                    let new = self.identities.is_empty();
                    assert!(faulty || new, "{error}");
                    self.disk.0.lock().capacity = None;
                    assert!(tries < 10, "{error}");
                }
                _ => {
                    self.crashes += 1;
                    if self.rng.random_bool(0.5) {
                        power = true;
                        self.disk.cut_power();
                    }
                    self.log.push(format!("killed at open, power cut: {power}"));
                }
            }
        };
        self.journal = Some(journal);
        self.check_reopened(power);
    }

    fn check_reopened(&mut self, power: bool) {
        let journal = self.journal().clone();
        let given = self.identities.keys().next_back().map_or(0, |last| last + 1);
        // Numbers that were read or acknowledged are behind the head for ever.
        assert!(journal.head() >= given, "{} after {given}", journal.head());
        let lag = journal.lag();
        for (name, place) in &mut self.places {
            let Some(at) = lag.iter().find(|lag| lag.consumer == *name).map(|lag| lag.before) else {
                panic!("{name} was forgotten: {place:?}");
            };
            assert!(at >= place.confirmed && at <= place.asked, "{name} is at {at}, not in {place:?}");
            assert!(at <= journal.head(), "{name} is beyond the head");
            *place = Place { confirmed: at, asked: at };
        }
        // Nobody was told of these: they may be there or not.
        self.unsure_places.retain(|name, _| lag.iter().any(|lag| lag.consumer == *name));
        for lag in lag.iter().filter(|lag| !self.places.contains_key(&lag.consumer)) {
            let asked = self.unsure_places.entry(lag.consumer.clone()).or_default();
            *asked = lag.before.max(*asked);
        }
        self.check_after(power);
        self.note_durable();
    }

    /// Once the disk works again, appends do, without reopening.
    fn recovers_by_itself(&mut self) {
        {
            let mut disk = self.disk.0.lock();
            (disk.fault, disk.fuse, disk.capacity) = (None, None, None);
        }
        self.sync(false);
        self.keep_up();
        let appended = self.append(1);
        let quota = FullReason::Quota { bytes_max: self.options.bytes_max };
        if appended == Err(AppendError::Full { reason: quota }) {
            return;
        }
        appended.unwrap();
        self.sync(false);
        let last = *self.expected.last_key_value().unwrap().1;
        assert!(last.durable, "a working disk confirms");
        self.check();
    }
}
