//! A disk in memory that knows the difference between what the operating system was told and what would survive the end
//! of the power, and that can be made to fail at any operation.
//!
//! - A write or a cut is in the operating system at once, and on the disk when the file was synced. When the power goes,
//!   any of the changes since may be on the disk, whole, torn at any byte or sector by sector, in any order.
//! - A name that was made, moved or removed is so on the disk when its directory was synced. When the power goes, any of
//!   the changes since may have happened.
//! - A sync that fails makes what was to be synced unreliable for ever: some of it may be on the disk, the rest will
//!   never be, whatever later syncs say, and from any later moment on the operating system may not show it any more.
//! - A write may be short, or fail after any part of it was done; space may run out.
//! - Everything that a process did before it was killed is done; the operation in which it was killed may be half done.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::journal::file::{FileContent, FileSystem, Files, Handle};

#[derive(Clone)]
enum Change {
    Write { offset: usize, bytes: Vec<u8> },
    Len(usize),
}

#[derive(Default)]
struct Inode {
    is_dir: bool,
    /// What the operating system shows.
    live: Vec<u8>,
    /// What is on the disk.
    durable: Vec<u8>,
    /// Changes that are not on the disk yet, in the order in which they were made.
    pending: Vec<Change>,
    /// A sync has failed: what was to be synced may vanish.
    fickle: bool,
}

#[derive(Clone)]
struct NameChange {
    from: Option<PathBuf>,
    to: Option<(PathBuf, usize)>,
}

/// One operation of the coming ones fails.
#[derive(Clone, Copy)]
pub(super) struct Fault {
    /// So many operations succeed before.
    pub(super) after: u32,
    pub(super) errno: i32,
    /// Those after it fail, too.
    pub(super) lasts: bool,
}

pub(super) struct State {
    rng: StdRng,
    inodes: Vec<Inode>,
    names: BTreeMap<PathBuf, usize>,
    durable_names: BTreeMap<PathBuf, usize>,
    pending_names: Vec<NameChange>,
    boot: u64,
    process: u64,
    /// The process is killed in the operation after so many.
    pub(super) fuse: Option<u32>,
    pub(super) fault: Option<Fault>,
    pub(super) capacity: Option<usize>,
    pub(super) failed_syncs: u64,
    /// Done once in the middle of the next sync of a file, as if by another thread.
    pub(super) during_sync: Option<Box<dyn FnOnce() + Send>>,
}

/// The disk.
#[derive(Clone)]
pub(super) struct SimDisk(pub(super) Arc<Mutex<State>>);

/// The disk as one process sees it: once that is dead, nothing works any more.
struct Process {
    disk: SimDisk,
    id: u64,
}

struct OpenFile {
    disk: SimDisk,
    process: u64,
    inode: usize,
}

fn error(errno: i32) -> io::Error {
    io::Error::from_raw_os_error(errno)
}

fn apply(content: &mut Vec<u8>, change: &Change) {
    match change {
        Change::Len(len) => content.resize(*len, 0),
        Change::Write { offset, bytes } => {
            let end = offset + bytes.len();
            if content.len() < end {
                content.resize(end, 0);
            }
            content[*offset..end].copy_from_slice(bytes);
        }
    }
}

fn rename(names: &mut BTreeMap<PathBuf, usize>, change: &NameChange) {
    if let Some(from) = &change.from
        && change.to.as_ref().is_none_or(|(_, inode)| names.get(from) == Some(inode))
    {
        names.remove(from);
    }
    if let Some((to, inode)) = &change.to {
        names.insert(to.clone(), *inode);
    }
}

impl SimDisk {
    /// An empty disk with one directory, `/disk`.
    pub(super) fn new(seed: u64) -> Self {
        let root = (PathBuf::from("/disk"), 0);
        Self(Arc::new(Mutex::new(State {
            rng: StdRng::seed_from_u64(seed),
            inodes: vec![Inode { is_dir: true, ..Inode::default() }],
            names: BTreeMap::from([root.clone()]),
            durable_names: BTreeMap::from([root]),
            pending_names: Vec::new(),
            boot: 0,
            process: 0,
            fuse: None,
            fault: None,
            capacity: None,
            failed_syncs: 0,
            during_sync: None,
        })))
    }

    /// The disk as a new process sees it.
    pub(super) fn files(&self) -> Files {
        let id = self.0.lock().process;
        Files::Model(Arc::new(Process { disk: self.clone(), id }))
    }

    /// The number of the living process; changes when it is killed.
    pub(super) fn process(&self) -> u64 {
        self.0.lock().process
    }

    /// Ends the process; the operating system keeps everything.
    pub(super) fn kill(&self) {
        self.0.lock().die();
    }

    /// Ends the power; what was not synced is gone, all of it.
    pub(super) fn cut_power_and_lose_all(&self) {
        {
            let mut state = self.0.lock();
            state.pending_names.clear();
            for inode in &mut state.inodes {
                inode.pending.clear();
                inode.live.clone_from(&inode.durable);
            }
        }
        self.cut_power();
    }

    /// Ends the power; what was not synced may be there or not, in whole or in part.
    pub(super) fn cut_power(&self) {
        let mut state = self.0.lock();
        let state = &mut *state;
        state.die();
        state.boot += 1;
        let pending = std::mem::take(&mut state.pending_names);
        for change in survivors(&pending, &mut state.rng) {
            rename(&mut state.durable_names, &change);
        }
        for inode in &mut state.inodes {
            let pending = std::mem::take(&mut inode.pending);
            let told_len = inode.live.len();
            lose(inode, &pending, told_len, &mut state.rng);
        }
        let mut names = state.durable_names.clone();
        // What is in a directory that is not there is not there.
        loop {
            let before = names.len();
            let known = names.clone();
            names.retain(|path, _| {
                path.parent().is_none_or(|up| up == Path::new("/") || known.contains_key(up))
            });
            if names.len() == before {
                break;
            }
        }
        state.durable_names.clone_from(&names);
        state.names = names;
    }

    /// The operating system gives up what a failed sync should have brought to the disk.
    pub(super) fn forget_unsynced(&self) {
        for inode in self.0.lock().inodes.iter_mut().filter(|inode| inode.fickle) {
            inode.fickle = false;
            inode.live.clone_from(&inode.durable);
            inode.pending.iter().for_each(|change| apply(&mut inode.live, change));
        }
    }

    /// Bytes in files.
    pub(super) fn used(&self) -> usize {
        self.0.lock().used()
    }
}

/// Which changes made it to the disk.
fn survivors<T: Clone>(pending: &[T], rng: &mut StdRng) -> Vec<T> {
    match rng.random_range(0..5) {
        0 => Vec::new(),
        1 => pending.to_vec(),
        2 => pending[..rng.random_range(0..=pending.len())].to_vec(),
        _ => pending.iter().filter(|_| rng.random_bool(0.5)).cloned().collect(),
    }
}

/// The power goes: some of the changes are on the disk, and some of those only in part.
fn lose(inode: &mut Inode, pending: &[Change], told_len: usize, rng: &mut StdRng) {
    let sector = [1, 512, 4096][rng.random_range(0..3)];
    let tear_all = rng.random_bool(0.3);
    let chosen = survivors(pending, rng);
    let last = chosen.len();
    for (at, change) in chosen.iter().enumerate() {
        match change {
            Change::Write { offset, bytes } if tear_all || at + 1 == last => {
                tear(&mut inode.durable, (*offset, bytes), sector, rng);
            }
            change => apply(&mut inode.durable, change),
        }
    }
    // The length may have been written without what is in it.
    if !pending.is_empty() && inode.durable.len() < told_len && rng.random_bool(0.2) {
        inode.durable.resize(told_len, 0);
    }
    inode.live.clone_from(&inode.durable);
}

/// Writes some sectors of a write; in bytes, some first part of it.
fn tear(content: &mut Vec<u8>, (offset, bytes): (usize, &[u8]), sector: usize, rng: &mut StdRng) {
    let parts: Vec<_> = if sector == 1 {
        let len = rng.random_range(0..=bytes.len());
        std::iter::once(0..len).collect()
    } else {
        let first = offset / sector;
        let last = (offset + bytes.len()).div_ceil(sector);
        let within = |n: usize| {
            (n * sector).max(offset) - offset..((n + 1) * sector).min(offset + bytes.len()) - offset
        };
        (first..last).map(within).filter(|_| rng.random_bool(0.5)).collect()
    };
    for part in parts.into_iter().filter(|part| !part.is_empty()) {
        apply(content, &Change::Write { offset: offset + part.start, bytes: bytes[part].to_vec() });
    }
}

impl State {
    fn die(&mut self) {
        self.process += 1;
        self.fuse = None;
        self.fault = None;
        self.during_sync = None;
        self.inodes.iter_mut().for_each(|inode| inode.fickle = false);
    }

    fn used(&self) -> usize {
        self.names.values().map(|inode| self.inodes[*inode].live.len()).sum()
    }

    /// Whether the process still lives.
    fn alive(&self, process: u64) -> io::Result<()> {
        if self.process == process { Ok(()) } else { Err(io::Error::other("the process is dead")) }
    }

    /// Whether an operation that changes something is done.
    fn enter(&mut self, process: u64) -> io::Result<()> {
        self.alive(process)?;
        match &mut self.fuse {
            Some(0) => {
                self.die();
                return Err(io::Error::other("the process was killed"));
            }
            Some(left) => *left -= 1,
            None => {}
        }
        match &mut self.fault {
            Some(Fault { after: 0, errno, lasts }) => {
                let failed = error(*errno);
                if !*lasts {
                    self.fault = None;
                }
                Err(failed)
            }
            Some(fault) => {
                fault.after -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn change(&mut self, inode: usize, change: Change) {
        apply(&mut self.inodes[inode].live, &change);
        self.inodes[inode].pending.push(change);
    }

    fn change_name(&mut self, from: Option<PathBuf>, to: Option<(PathBuf, usize)>) {
        let change = NameChange { from, to };
        rename(&mut self.names, &change);
        self.pending_names.push(change);
    }

    fn add(&mut self, path: &Path, is_dir: bool) -> io::Result<usize> {
        if self.names.contains_key(path) {
            return Err(error(libc::EEXIST));
        }
        let up = path.parent().and_then(|up| self.names.get(up));
        if !up.is_some_and(|up| self.inodes[*up].is_dir) {
            return Err(error(libc::ENOENT));
        }
        let inode = self.inodes.len();
        self.inodes.push(Inode { is_dir, ..Inode::default() });
        self.change_name(None, Some((path.to_path_buf(), inode)));
        Ok(inode)
    }

    fn find(&self, path: &Path) -> io::Result<usize> {
        self.names.get(path).copied().ok_or_else(|| error(libc::ENOENT))
    }

    /// How much of a write there is room for.
    fn room(&self, inode: usize, offset: usize, len: usize) -> usize {
        let Some(capacity) = self.capacity else { return len };
        let left = capacity.saturating_sub(self.used());
        let inside = self.inodes[inode].live.len().saturating_sub(offset);
        len.min(inside + left)
    }
}

impl Process {
    fn open(&self, inode: usize) -> Handle {
        Handle::Model(Box::new(OpenFile { disk: self.disk.clone(), process: self.id, inode }))
    }
}

impl FileSystem for Process {
    fn create_new(&self, path: &Path) -> io::Result<Handle> {
        let mut state = self.disk.0.lock();
        state.enter(self.id)?;
        let inode = state.add(path, false)?;
        Ok(self.open(inode))
    }

    fn create(&self, path: &Path) -> io::Result<Handle> {
        let mut state = self.disk.0.lock();
        state.enter(self.id)?;
        let inode = match state.find(path) {
            Ok(inode) => {
                state.change(inode, Change::Len(0));
                inode
            }
            Err(_) => state.add(path, false)?,
        };
        Ok(self.open(inode))
    }

    fn open_write(&self, path: &Path) -> io::Result<Handle> {
        self.open_read(path)
    }

    fn open_read(&self, path: &Path) -> io::Result<Handle> {
        let state = self.disk.0.lock();
        state.alive(self.id)?;
        state.find(path).map(|inode| self.open(inode))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.disk.0.lock();
        state.enter(self.id)?;
        let inode = state.find(from)?;
        state.change_name(Some(from.to_path_buf()), Some((to.to_path_buf(), inode)));
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut state = self.disk.0.lock();
        state.enter(self.id)?;
        state.find(path)?;
        state.change_name(Some(path.to_path_buf()), None);
        Ok(())
    }

    fn make_dir(&self, path: &Path) -> io::Result<()> {
        let mut state = self.disk.0.lock();
        state.enter(self.id)?;
        state.add(path, true).map(drop)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        let mut state = self.disk.0.lock();
        let state = &mut *state;
        state.find(path)?;
        let failed = state.enter(self.id).err();
        state.alive(self.id)?;
        state.failed_syncs += u64::from(failed.is_some());
        let is_here = |path: &PathBuf, dir: &Path| path.parent() == Some(dir);
        let touches = |change: &NameChange| {
            change.from.as_ref().is_some_and(|from| is_here(from, path))
                || change.to.as_ref().is_some_and(|(to, _)| is_here(to, path))
        };
        for change in std::mem::take(&mut state.pending_names) {
            if touches(&change) && (failed.is_none() || state.rng.random_bool(0.5)) {
                rename(&mut state.durable_names, &change);
            } else {
                state.pending_names.push(change);
            }
        }
        failed.map_or(Ok(()), Err)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<PathBuf>> {
        let state = self.disk.0.lock();
        state.alive(self.id)?;
        state.find(path)?;
        Ok(state.names.keys().filter(|name| name.parent() == Some(path)).cloned().collect())
    }

    fn len(&self, path: &Path) -> io::Result<u64> {
        let state = self.disk.0.lock();
        state.alive(self.id)?;
        state.find(path).map(|inode| state.inodes[inode].live.len() as u64)
    }

    fn boot(&self) -> Option<String> {
        Some(self.disk.0.lock().boot.to_string())
    }
}

impl FileContent for OpenFile {
    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize> {
        let state = self.disk.0.lock();
        state.alive(self.process)?;
        let live = &state.inodes[self.inode].live;
        let rest = live.get(usize::try_from(offset).unwrap()..).unwrap_or_default();
        let len = rest.len().min(into.len());
        into[..len].copy_from_slice(&rest[..len]);
        Ok(len)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        let mut state = self.disk.0.lock();
        let offset = usize::try_from(offset).unwrap();
        let room = state.room(self.inode, offset, bytes.len());
        state.alive(self.process)?;
        let entered = state.enter(self.process);
        let len = match &entered {
            // The part that was done before it failed, or before the process was killed in the middle of it.
            Err(_) => state.rng.random_range(0..=bytes.len()),
            Ok(()) if state.rng.random_bool(0.05) => state.rng.random_range(1..=bytes.len()),
            Ok(()) => bytes.len(),
        };
        let done = &bytes[..len.min(room)];
        if !done.is_empty() {
            state.change(self.inode, Change::Write { offset, bytes: done.to_vec() });
        }
        entered?;
        if done.is_empty() { Err(error(libc::ENOSPC)) } else { Ok(done.len()) }
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut state = self.disk.0.lock();
        state.enter(self.process)?;
        state.change(self.inode, Change::Len(usize::try_from(len).unwrap()));
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        let (begun, during) = {
            let mut state = self.disk.0.lock();
            state.alive(self.process)?;
            (state.inodes[self.inode].pending.len(), state.during_sync.take())
        };
        if let Some(during) = during {
            during();
        }
        let mut state = self.disk.0.lock();
        let state = &mut *state;
        let entered = state.enter(self.process);
        state.alive(self.process)?;
        let inode = &mut state.inodes[self.inode];
        let Err(failed) = entered else {
            for change in inode.pending.drain(..begun) {
                apply(&mut inode.durable, &change);
            }
            return Ok(());
        };
        state.failed_syncs += 1;
        for change in std::mem::take(&mut inode.pending) {
            if state.rng.random_bool(0.3) {
                apply(&mut inode.durable, &change);
            }
        }
        inode.fickle = true;
        Err(failed)
    }
}
