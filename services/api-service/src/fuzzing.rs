//! Entry points for fuzzers: files that people upload, with the promises about them checked. A panic is a finding.

use crate::{
    costs,
    landing_store::{Error, LandingStore, Limits},
    rate_feed,
    types::{CostBots, CostFileInput},
};
use signalbox_domain::{Currency, DestinationId, Money, Timestamp, Workspace, WorkspaceId, hosted_page};
use std::{fs, io, path::Path};

const NOW: Timestamp = Timestamp(1_790_000_000_000);
const LANDING: DestinationId = DestinationId(7);

/// Takes any bytes as the archive of a landing page into an empty folder, and removes it again: nothing lies outside its version, nothing
/// is a link, and a refused archive leaves nothing behind.
///
/// # Errors
/// The disk, or a landing that is not where it was put.
pub fn archive(data: &[u8], folder: &Path) -> io::Result<()> {
    const MAX: u64 = 1 << 20;
    let limits = Limits {
        total_bytes_max: MAX,
        file_bytes_max: MAX,
        page_bytes_max: MAX,
        files_max: 20,
        ..Limits::default()
    };
    let root = folder.join("landings");
    let store = LandingStore::new(root.clone(), limits);
    match store.install(LANDING, data, NOW) {
        Ok(landing) => {
            let files = files_of(&root.join(LANDING.to_string()).join(&landing.current))?;
            assert!(!files.is_empty() && files.len() <= limits.files_max);
            assert_eq!(files.len(), landing.files.len());
            assert!(landing.files.iter().all(|file| hosted_page::content_type(&file.path).is_some()));
            assert!(landing.files.iter().map(|file| file.bytes).sum::<u64>() <= MAX);
        }
        Err(Error::Archive(reason)) => {
            assert!(!reason.is_empty());
            assert!(files_of(&root)?.is_empty(), "a refused archive left something behind");
        }
        Err(Error::Disk(error)) => return Err(error),
        Err(Error::NotFound) => return Err(io::Error::other("an archive was taken and is not there")),
    }
    // Nothing came out beside the folder of the landings.
    assert_eq!(fs::read_dir(folder)?.count(), 1);
    fs::remove_dir_all(root)
}

/// Regular files below a folder; panics at anything that is neither file nor folder.
fn files_of(folder: &Path) -> io::Result<Vec<std::path::PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            files.extend(files_of(&entry.path())?);
        } else {
            assert!(kind.is_file(), "neither file nor folder: {:?}", entry.path());
            files.push(entry.path());
        }
    }
    Ok(files)
}

/// Reads any bytes as a file of cost corrections: every line is understood or says what is wrong with it.
pub fn cost_file(data: &[u8]) {
    let input = CostFileInput {
        text: String::from_utf8_lossy(data).into_owned(),
        timezone: None,
        currency: None,
        bots: CostBots::Exclude,
        idempotency_key: None,
    };
    let workspace = Workspace {
        id: WorkspaceId(1),
        name: "Main".to_owned(),
        currency: Currency::USD,
        timezone: "Europe/Berlin".to_owned(),
        rates: Vec::new(),
        earlier_rates: Vec::new(),
        conversion_types: Vec::new(),
        addresses: Default::default(),
    };
    let Ok(rows) = costs::read_file(&input, &workspace, (&costs::Campaigns::default(), NOW)) else { return };
    assert!(rows.len() <= costs::LINES_MAX);
    assert!(rows.windows(2).all(|pair| pair[0].line < pair[1].line));
    for row in rows {
        match row.wish {
            Ok(wish) => assert!(wish.from < wish.to, "line {}", row.line),
            Err(reasons) => assert!(!reasons.is_empty(), "line {}", row.line),
        }
    }
}

/// Reads any bytes as what a server answered that was asked for exchange rates, in both forms: rates are above 0 and of different
/// currencies, and a refusal has a reason.
pub fn rate_feed(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let answers = [
        rate_feed::read_ecb(&text).map(|(_, quotes)| quotes),
        rate_feed::read_json(&text, "USD", ""),
        rate_feed::read_json(&text, "/base", "/rates"),
    ];
    for answer in answers {
        match answer {
            Ok(quotes) => {
                assert!(!quotes.of.is_empty());
                assert!(
                    quotes
                        .of
                        .iter()
                        .all(|(currency, worth)| *currency != quotes.base && *worth > Money::ZERO)
                );
                assert!(quotes.of.windows(2).all(|pair| pair[0].0 < pair[1].0));
                for (currency, _) in &quotes.of {
                    let rate = quotes.rate(*currency, quotes.base);
                    assert!(rate.is_none_or(|rate| rate > Money::ZERO));
                }
            }
            Err(reason) => assert!(!reason.is_empty()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_upload_keeps_the_promises() {
        let folder = tempfile::tempdir().unwrap();
        archive(b"PK\x03\x04 no archive", folder.path()).unwrap();
        archive(b"", folder.path()).unwrap();
        cost_file(b"date,cost\n2026-05-01,5\n2026-13-01,x\n");
        cost_file(b"\xff\"\n");
        rate_feed(b"<Cube time='2026-11-20'><Cube currency='USD' rate='1.0928'/>");
        rate_feed(br#"{"base":"USD","rates":{"EUR":0.9}}"#);
        rate_feed(b"\xff<Cube rate=");
    }
}
