//! The few calls to the operating system that the standard library lacks. Each is one line of unsafe with its reason.

use std::{io, time::Duration};

/// Makes the calling thread, and every thread it starts from now on, yield to others. Call it before any thread exists.
pub(crate) fn lower_priority(by: i32) -> io::Result<()> {
    // SAFETY: takes numbers only; 0 means the caller.
    let failed = unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, by) } != 0;
    if failed { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// Allows this process as many open files as it may allow itself: every thread of the engine holds some, every part of a table more.
pub(crate) fn raise_open_files() -> io::Result<()> {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: writes to a struct of ours.
    if unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) } != 0 {
        return Err(io::Error::last_os_error());
    }
    limit.rlim_cur = limit.rlim_max;
    // SAFETY: reads a struct of ours.
    let failed = unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) } != 0;
    if failed { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// Asks the kernel to kill this process when the thread that started it ends. Only Linux knows this; elsewhere nothing happens
/// and the watcher of the parent's id is all there is.
pub(crate) fn die_with_parent() -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        // SAFETY: takes numbers only.
        let failed = unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) } != 0;
        if failed {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(())
}

/// Ends the process without running destructors: the engine's own can hang or abort while a query runs, and its files are made
/// for sudden ends.
pub(crate) fn exit_now(code: i32) -> ! {
    // SAFETY: ends the process.
    unsafe { libc::_exit(code) }
}

/// Sends a signal to a process that this one has started and not yet waited for.
pub(crate) fn signal(pid: u32, signal: i32) -> io::Result<()> {
    let pid = i32::try_from(pid).map_err(io::Error::other)?;
    // SAFETY: takes numbers only.
    let failed = unsafe { libc::kill(pid, signal) } != 0;
    if failed { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// Memory of the machine in bytes; `None` when the system does not say.
pub(crate) fn physical_memory_bytes() -> Option<u64> {
    // SAFETY: takes a number only.
    let (pages, page) = unsafe { (libc::sysconf(libc::_SC_PHYS_PAGES), libc::sysconf(libc::_SC_PAGESIZE)) };
    Some(u64::try_from(pages).ok()? * u64::try_from(page).ok()?)
}

/// Memory that this process alone holds, in bytes; `None` outside Linux.
pub(crate) fn anonymous_memory_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

/// How often the id of the parent is compared; the kernel's own signal is faster, where there is one.
pub(crate) const PARENT_CHECK_INTERVAL: Duration = Duration::from_millis(250);

/// A file in memory with a path that the engine can open.
#[cfg(target_os = "linux")]
pub(crate) fn memory_file() -> io::Result<(std::fs::File, String)> {
    use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
    // SAFETY: the name is a terminated string; the flag keeps the file from child processes.
    let raw = unsafe { libc::memfd_create(c"rows".as_ptr(), libc::MFD_CLOEXEC) };
    if raw < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: a new descriptor that nobody else owns.
    let file = std::fs::File::from(unsafe { OwnedFd::from_raw_fd(raw) });
    let path = format!("/proc/self/fd/{}", file.as_raw_fd());
    Ok((file, path))
}
