//! Small state files: one line of JSON behind its checksum, replaced whole.

use std::io;
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::file::Files;

/// What reading a state file gave.
#[derive(Debug)]
pub(crate) enum Checked<T> {
    Good(T),
    Absent,
    /// Unreadable, or its checksum does not fit.
    Damaged,
    /// Undamaged, but not of a shape known here: a newer version wrote it.
    Unfamiliar,
}

pub(crate) fn load<T: DeserializeOwned>(files: &Files, path: &Path) -> Checked<T> {
    match files.read(path).map(String::from_utf8) {
        Ok(Ok(text)) => decode(&text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Checked::Absent,
        Ok(Err(_)) | Err(_) => Checked::Damaged,
    }
}

fn decode<T: DeserializeOwned>(text: &str) -> Checked<T> {
    let Some((crc, json)) = text.strip_suffix('\n').and_then(|line| line.split_once(' ')) else {
        return Checked::Damaged;
    };
    if crc != format!("{:08x}", crc32c::crc32c(json.as_bytes())) {
        return Checked::Damaged;
    }
    serde_json::from_str(json).map_or(Checked::Unfamiliar, Checked::Good)
}

pub(crate) fn store<T: Serialize>(files: &Files, path: &Path, value: &T) -> io::Result<()> {
    let json = serde_json::to_string(value).map_err(io::Error::other)?;
    let line = format!("{:08x} {json}\n", crc32c::crc32c(json.as_bytes()));
    files.replace(path, line.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_stored_is_loaded() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state");
        let files = Files::Disk;
        assert!(matches!(load::<Vec<u64>>(&files, &path), Checked::Absent));
        store(&files, &path, &vec![1_u64, 20]).unwrap();
        assert!(matches!(load::<Vec<u64>>(&files, &path), Checked::Good(v) if v == [1, 20]));
        assert!(matches!(load::<String>(&files, &path), Checked::Unfamiliar));
        let good = std::fs::read(&path).unwrap();
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            std::fs::write(&path, &bad).unwrap();
            assert!(matches!(load::<Vec<u64>>(&files, &path), Checked::Damaged), "byte {at}");
            std::fs::write(&path, &good[..at]).unwrap();
            assert!(matches!(load::<Vec<u64>>(&files, &path), Checked::Damaged), "cut at {at}");
        }
    }
}
