//! Landing pages that were uploaded: the page itself from memory, its files from disk.
//!
//! The layout is written by the API: `<root>/<destination id>/<version>/…`, and a file `current` that names the version that is served. It is
//! looked at once a second beside the hot path, so that a click never waits for a disk. Bounded: pages beyond `PAGES_MAX` or larger than
//! `PAGE_BYTES_MAX` are not served and reported. A page that cannot be read for a moment stays as it was.

mod asset;
mod template;

pub(crate) use asset::Asset;
pub(crate) use template::{Links, Template};

use crate::app::App;
use arc_swap::ArcSwap;
use jiff::tz::TimeZone;
use rustc_hash::FxHashMap;
use signalbox_chassis::warn_limited;
use signalbox_domain::DestinationId;
use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio_util::sync::CancellationToken;

/// How often the folder is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Pages held in memory at most.
const PAGES_MAX: usize = 10_000;
/// Largest page.
const PAGE_BYTES_MAX: u64 = 2 << 20;
/// Pages held in memory at most, all together.
const ALL_BYTES_MAX: u64 = 512 << 20;
const INDEX: &str = "index.html";
const CURRENT: &str = "current";

type Pages = FxHashMap<DestinationId, Arc<Page>>;

/// An uploaded page as it is served now.
#[derive(Debug)]
pub(crate) struct Page {
    version: String,
    bytes: u64,
    pub(crate) template: Template,
}

/// Every page by its destination.
pub(crate) struct Hosted {
    root: PathBuf,
    pages: ArcSwap<Pages>,
}

impl Hosted {
    /// Of the folder `root`, which need not exist yet. Nothing is read before [`Self::look`].
    pub(crate) fn new(root: PathBuf) -> Self {
        Self { root, pages: ArcSwap::default() }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The page of a destination, if one was uploaded.
    pub(crate) fn page(&self, id: DestinationId) -> Option<Arc<Page>> {
        self.pages.load().get(&id).cloned()
    }

    /// Looks at the folder and takes over what changed. Blocking.
    pub(crate) fn look(&self) {
        match self.read_all() {
            Ok(Some(pages)) => self.pages.store(Arc::new(pages)),
            Ok(None) => {}
            Err(error) => {
                warn_limited!(6, %error, path = %self.root.display(), "the folder of landing pages cannot be read; pages stay as they are");
            }
        }
    }

    /// `None`: nothing changed.
    fn read_all(&self) -> io::Result<Option<Pages>> {
        let entries = match fs::read_dir(&self.root) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let before = self.pages.load();
        let mut pages = Pages::default();
        let (mut changed, mut bytes) = (false, 0);
        for entry in entries {
            let entry = entry?;
            let Some(id) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
            let known = before.get(&id);
            let page = match read_page(&entry.path(), id, known) {
                Ok(page) => page,
                Err(error) => {
                    warn_limited!(6, %error, destination = %id, "a landing page cannot be read");
                    known.cloned()
                }
            };
            let Some(page) = page else { continue };
            if pages.len() >= PAGES_MAX || bytes + page.bytes > ALL_BYTES_MAX {
                warn_limited!(6, destination = %id, "there are too many landing pages: this one is not served");
                continue;
            }
            bytes += page.bytes;
            changed |= known.is_none_or(|known| !Arc::ptr_eq(known, &page));
            pages.insert(id, page);
        }
        changed |= pages.len() != before.len();
        Ok(changed.then_some(pages))
    }
}

/// The page that `current` names; the known one when that is it. `None`: nothing was uploaded, or it was removed.
fn read_page(folder: &Path, id: DestinationId, known: Option<&Arc<Page>>) -> io::Result<Option<Arc<Page>>> {
    let current = match fs::read_to_string(folder.join(CURRENT)) {
        Ok(current) => current,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let version = current.trim();
    if !signalbox_domain::hosted_page::is_version(version) {
        return Err(io::Error::other("the file `current` names no version"));
    }
    if let Some(known) = known.filter(|known| known.version == version) {
        return Ok(Some(Arc::clone(known)));
    }
    let index = folder.join(version).join(INDEX);
    let bytes = fs::metadata(&index)?.len();
    if bytes > PAGE_BYTES_MAX {
        return Err(io::Error::other(format!("{INDEX} has {bytes} bytes; {PAGE_BYTES_MAX} are allowed")));
    }
    let html = String::from_utf8_lossy(&fs::read(index)?).into_owned();
    // Dates on a page are in UTC: a page belongs to no campaign.
    let template = Template::read(&html, &format!("/lp/{id}/{version}/"), &TimeZone::UTC);
    Ok(Some(Arc::new(Page { version: version.to_owned(), bytes, template })))
}

/// Looks at the folder until told to stop.
pub(crate) async fn follow(app: Arc<App>, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let looking = Arc::clone(&app);
        if let Err(error) = tokio::task::spawn_blocking(move || looking.hosted.look()).await {
            tracing::error!(%error, "looking at the landing pages failed");
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(root: &Path, id: &str, version: &str, html: &str) {
        let folder = root.join(id).join(version);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(INDEX), html).unwrap();
        fs::write(root.join(id).join(CURRENT), version).unwrap();
    }

    #[test]
    fn pages_come_change_and_go() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("landings");
        let hosted = Hosted::new(root.clone());
        let id = DestinationId(7);
        hosted.look();
        assert!(hosted.page(id).is_none(), "no folder yet");
        write(&root, "0000000000007", "v1", "<p>one</p>");
        fs::create_dir_all(root.join("not an id")).unwrap();
        hosted.look();
        let first = hosted.page(id).unwrap();
        hosted.look();
        assert!(Arc::ptr_eq(&first, &hosted.page(id).unwrap()), "an unchanged page is not read again");
        write(&root, "0000000000007", "v2", "<p>two</p>");
        hosted.look();
        assert_eq!(hosted.page(id).unwrap().version, "v2");
        fs::write(root.join("0000000000007/current"), "../../etc").unwrap();
        hosted.look();
        assert_eq!(hosted.page(id).unwrap().version, "v2", "what cannot be read changes nothing");
        fs::remove_dir_all(root.join("0000000000007")).unwrap();
        hosted.look();
        assert!(hosted.page(id).is_none());
    }

    #[test]
    fn a_page_that_is_too_large_is_not_served() {
        let dir = tempfile::tempdir().unwrap();
        let large = "x".repeat(usize::try_from(PAGE_BYTES_MAX).unwrap() + 1);
        write(dir.path(), "0000000000007", "v1", &large);
        let hosted = Hosted::new(dir.path().to_owned());
        hosted.look();
        assert!(hosted.page(DestinationId(7)).is_none());
    }
}
