//! What the process uses: memory, processor time, open files, threads. Read from `/proc`; where that is missing, left out.

use std::{
    fs,
    sync::OnceLock,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use ::metrics::{Unit, describe_gauge, gauge};

static STARTED: OnceLock<Instant> = OnceLock::new();

pub(super) fn describe() {
    STARTED.get_or_init(Instant::now);
    describe_gauge!("process_resident_memory_bytes", Unit::Bytes, "Memory of this process in RAM");
    describe_gauge!("process_cpu_seconds_total", Unit::Seconds, "Processor time used by this process");
    describe_gauge!("process_open_fds", "Open file descriptors");
    describe_gauge!("process_max_fds", "Limit of open file descriptors");
    describe_gauge!("process_threads", "Threads");
    describe_gauge!("process_uptime_seconds", Unit::Seconds, "Time since the metrics were installed");
    describe_gauge!("process_start_time_seconds", Unit::Seconds, "Start of the process, Unix time");
    describe_gauge!("signalbox_build_info", "Always 1; the labels say which build this is");
    gauge!("signalbox_build_info", "version" => env!("CARGO_PKG_VERSION"), "target" => std::env::consts::ARCH).set(1.0);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map(|since| since.as_secs_f64());
    gauge!("process_start_time_seconds").set(now.unwrap_or_default());
}

/// Takes the figures of now.
pub(super) fn record() {
    gauge!("process_uptime_seconds").set(STARTED.get_or_init(Instant::now).elapsed().as_secs_f64());
    if let Some(usage) = fs::read_to_string("/proc/self/stat").ok().as_deref().and_then(parse_stat) {
        gauge!("process_cpu_seconds_total")
            .set(usage.cpu_ticks / rustix::param::clock_ticks_per_second() as f64);
        gauge!("process_threads").set(usage.threads);
        gauge!("process_resident_memory_bytes").set(usage.resident_pages * rustix::param::page_size() as f64);
    }
    if let Ok(files) = fs::read_dir("/proc/self/fd") {
        // The listing itself is one of them.
        gauge!("process_open_fds").set(files.count().saturating_sub(1) as f64);
    }
    if let Some(limit) = rustix::process::getrlimit(rustix::process::Resource::Nofile).current {
        gauge!("process_max_fds").set(limit as f64);
    }
}

struct Usage {
    cpu_ticks: f64,
    threads: f64,
    resident_pages: f64,
}

/// Reads proc_pid_stat(5). The name in parentheses may contain anything, so counting begins behind the last `)`.
fn parse_stat(text: &str) -> Option<Usage> {
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    // The first field here is number 3 of the manual page.
    let field = |number: usize| fields.get(number - 3)?.parse::<f64>().ok();
    Some(Usage { cpu_ticks: field(14)? + field(15)?, threads: field(20)?, resident_pages: field(24)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_line_of_the_kernel() {
        let line = "42 (a) b (c)) S 1 42 42 0 -1 4194560 100 0 0 0 7 5 0 0 20 0 9 0 12345 1000000 321 18446744073709551615 1 1";
        let usage = parse_stat(line).unwrap();
        assert!((usage.cpu_ticks - 12.0).abs() < f64::EPSILON);
        assert!((usage.threads - 9.0).abs() < f64::EPSILON);
        assert!((usage.resident_pages - 321.0).abs() < f64::EPSILON);
        assert!(parse_stat("nonsense").is_none());
    }
}
