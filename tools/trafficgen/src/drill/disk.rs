//! `trafficgen drill --kind disk`: the journal at its bound, a disk that is really full, and a journal that was damaged.
//!
//! Promises: redirects go on; what cannot be kept is counted, and the report lacks exactly so much; the alarm is raised and ends by itself
//! when there is room again, without a restart; a damaged journal never keeps an instance from starting.

use super::{
    grip,
    rig::{self, Rig},
};
use crate::{Error, demo::say};
use serde::Serialize;
use std::{
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
    time::Duration,
};

const CONCURRENCY: usize = 32;
/// The smallest segment that may be configured.
const SEGMENT_BYTES: u64 = 1 << 20;
/// The disk that is filled: room for the engine and little more.
const DISK_BYTES: u64 = 384 << 20;
const LOST: &str = "traffic_clicks_lost_total";
const REFUSING: (&str, &str) = ("signalbox_journal_refusing", "journal=\"clicks\"");
/// Bytes of nonsense behind the last record: less than a record, as a write that was cut off leaves them.
const TORN: &[u8] = &[0x5a; 100];

/// How the drill is done.
#[derive(Debug, Clone)]
pub struct Options {
    /// The `signalbox` program.
    pub signalbox: PathBuf,
    /// How long there is no room.
    pub full: Duration,
    /// New clicks a second.
    pub rate: u32,
}

/// What was proved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// What was wrong.
    pub trouble: &'static str,
    /// Redirects in all; none failed.
    pub clicks: u64,
    /// Clicks that the instance counted as lost.
    pub lost: u64,
    /// Clicks in the report: all the others, once.
    pub stored: u64,
}

/// Drills all three and prints what was proved, a line of JSON each.
///
/// # Errors
/// When something cannot be started, a redirect failed, or the report lacks another number of clicks than was counted.
pub async fn run(options: &Options) -> Result<Vec<Outcome>, Error> {
    let mut outcomes = vec![at_its_bound(options).await?];
    match full_disk(options).await? {
        Some(outcome) => outcomes.push(outcome),
        None => say(format_args!("NOT TESTED: a full disk (only root may make a small one for it)")),
    }
    outcomes.push(damaged(options).await?);
    for outcome in &outcomes {
        say(format_args!("{}", serde_json::to_string(outcome).map_err(Error::json("the result"))?));
    }
    Ok(outcomes)
}

fn small_segments() -> Vec<(&'static str, String)> {
    vec![
        ("SIGNALBOX__JOURNAL__SEGMENT_BYTES", SEGMENT_BYTES.to_string()),
        ("SIGNALBOX__JOURNAL__TRIM_DELAY_MS", "0".to_owned()),
    ]
}

/// The journal of clicks has room for four segments and nobody reads it.
///
/// # Errors
/// As [`run`].
pub async fn at_its_bound(options: &Options) -> Result<Outcome, Error> {
    let mut further = small_segments();
    further.push(("SIGNALBOX__JOURNAL__CLICKS_BYTES_MAX", (SEGMENT_BYTES * 4).to_string()));
    let mut rig = Rig::start(&options.signalbox, rig::folder()?, &further).await?;
    let when = "with the journal at its bound";
    let grip =
        grip::hold_engine(&rig.data_dir(), rig.instance.as_ref().and_then(crate::instance::Instance::pid))
            .await?;
    let filling = rig.drive(0, CONCURRENCY, 0)?;
    rig.until(REFUSING, |raised| raised == 1).await?;
    rig.until((LOST, "reason=\"quota\""), |lost| lost > 0).await?;
    rig::none_failed(&rig.finish(filling).await?, when)?;
    let driving = rig.drive(options.rate, CONCURRENCY, 0)?;
    rig::let_run(&driving.progress, options.full, when).await?;
    drop(grip);
    rig.until(REFUSING, |raised| raised == 0).await?;
    rig::let_run(&driving.progress, Duration::from_millis(500), when).await?;
    rig::none_failed(&rig.finish(driving).await?, when)?;
    judge(rig, "journal at its bound", "reason=\"quota\"").await
}

/// The file system of the whole data directory is full; `None` where this user may not make one.
///
/// # Errors
/// As [`run`].
pub async fn full_disk(options: &Options) -> Result<Option<Outcome>, Error> {
    let folder = rig::folder()?;
    let Some(disk) = SmallDisk::mount(folder.path().join("data"))? else { return Ok(None) };
    let mut rig = Rig::start(&options.signalbox, folder, &small_segments()).await?;
    let when = "with a full disk";
    let driving = rig.drive(options.rate, CONCURRENCY, 0)?;
    rig::let_run(&driving.progress, Duration::from_secs(1), when).await?;
    disk.fill()?;
    rig.until((LOST, "reason=\"disk_full\""), |lost| lost > 0).await?;
    rig.until(REFUSING, |raised| raised == 1).await?;
    rig::let_run(&driving.progress, options.full, when).await?;
    disk.make_room()?;
    rig.until(REFUSING, |raised| raised == 0).await?;
    rig::let_run(&driving.progress, Duration::from_secs(1), when).await?;
    rig::none_failed(&rig.finish(driving).await?, when)?;
    let outcome = judge(rig, "full disk", "reason=").await?;
    drop(disk);
    Ok(Some(outcome))
}

/// After `kill -9` the first segment and the last one each have a record with a wrong byte, and the last one ends in nonsense.
///
/// # Errors
/// As [`run`].
pub async fn damaged(options: &Options) -> Result<Outcome, Error> {
    let mut rig = Rig::start(&options.signalbox, rig::folder()?, &small_segments()).await?;
    let when = "before the damage";
    let grip =
        grip::hold_engine(&rig.data_dir(), rig.instance.as_ref().and_then(crate::instance::Instance::pid))
            .await?;
    let clicks = rig.data_dir().join("journal/clicks");
    let driving = rig.drive(0, CONCURRENCY, 0)?;
    while segments(&clicks)?.len() < 3 {
        rig::let_run(&driving.progress, Duration::from_millis(100), when).await?;
    }
    rig::none_failed(&rig.finish(driving).await?, when)?;
    rig.kill().await?;
    let segments = segments(&clicks)?;
    if let [first, .., last] = segments.as_slice() {
        flip_in_the_middle(first)?;
        flip_in_the_middle(last)?;
        append(last, TORN)?;
    }
    rig.start_again(&[]).await?;
    let driving = rig.drive(options.rate, CONCURRENCY, 0)?;
    rig::let_run(&driving.progress, Duration::from_millis(500), "with a damaged journal").await?;
    rig::none_failed(&rig.finish(driving).await?, "with a damaged journal")?;
    drop(grip);
    let of_clicks = ("signalbox_journal_records_lost_total", "journal=\"clicks\"");
    let lost = rig.until(of_clicks, |lost| lost >= 2).await?;
    let bytes = rig.metric("signalbox_journal_damaged_bytes_total", "journal=\"clicks\"").await?;
    let aside = fs::read_dir(clicks.join("damaged")).map_or(0, Iterator::count);
    if lost != 2 || bytes < TORN.len() as u64 || aside == 0 {
        let found = format!("{lost} records lost, {bytes} bytes damaged, {aside} files set aside");
        return Err(Error::Mismatch(format!(
            "two records were damaged and 100 bytes torn, told are: {found}"
        )));
    }
    finish(rig, "damaged journal", lost).await
}

async fn judge(rig: Rig, trouble: &'static str, reason: &str) -> Result<Outcome, Error> {
    let lost = rig.metric(LOST, reason).await?;
    finish(rig, trouble, lost).await
}

async fn finish(mut rig: Rig, trouble: &'static str, lost: u64) -> Result<Outcome, Error> {
    let agreed = rig.agree(lost).await?;
    rig.stop().await?;
    Ok(Outcome { trouble, clicks: rig.clicks(), lost, stored: agreed.clicks })
}

fn segments(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let entries = fs::read_dir(folder).map_err(Error::file("cannot list", folder))?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "seg"));
    paths.sort();
    Ok(paths)
}

/// Changes one byte of the text of a record near the middle, never of its frame: exactly one record is lost by it.
fn flip_in_the_middle(path: &Path) -> Result<(), Error> {
    let mut bytes = fs::read(path).map_err(Error::file("cannot read", path))?;
    let middle = bytes.len() / 2;
    let text = b"Mozilla/5.0";
    let at = bytes.get(middle..).and_then(|rest| rest.windows(text.len()).position(|window| window == text));
    let Some(byte) = at.and_then(|at| bytes.get_mut(middle + at)) else {
        return Err(Error::Mismatch(format!("{} holds no record in its second half", path.display())));
    };
    *byte ^= 0x20;
    fs::write(path, bytes).map_err(Error::file("cannot write", path))
}

fn append(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let mut file = File::options().append(true).open(path).map_err(Error::file("cannot open", path))?;
    file.write_all(bytes).map_err(Error::file("cannot write", path))
}

/// A small file system in memory; unmounted when dropped.
struct SmallDisk {
    at: PathBuf,
}

impl SmallDisk {
    fn mount(at: PathBuf) -> Result<Option<Self>, Error> {
        use rustix::mount::{MountFlags, mount};
        fs::create_dir_all(&at).map_err(Error::file("cannot make", &at))?;
        let size = std::ffi::CString::new(format!("size={DISK_BYTES},mode=700")).unwrap_or_default();
        match mount("tmpfs", &at, "tmpfs", MountFlags::empty(), size.as_c_str()) {
            Ok(()) => Ok(Some(Self { at })),
            Err(rustix::io::Errno::PERM | rustix::io::Errno::ACCESS) => Ok(None),
            Err(error) => Err(Error::file("cannot mount a small disk on", &at)(error.into())),
        }
    }

    fn ballast(&self) -> PathBuf {
        self.at.join("ballast")
    }

    /// Takes all the room that is left, to the last block.
    fn fill(&self) -> Result<(), Error> {
        let path = self.ballast();
        let mut file = File::create(&path).map_err(Error::file("cannot make", &path))?;
        for piece in [vec![0; 1 << 20], vec![0; 4 << 10]] {
            while file.write_all(&piece).is_ok() {}
        }
        Ok(())
    }

    fn make_room(&self) -> Result<(), Error> {
        let path = self.ballast();
        fs::remove_file(&path).map_err(Error::file("cannot remove", &path))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Whoever still has a file open there keeps it until then.
        let _gone = rustix::mount::unmount(&self.at, rustix::mount::UnmountFlags::DETACH);
    }
}
