//! The files that detection reads: found, loaded, and loaded again when they have changed.
//!
//! Promises: a file that cannot be read whole leaves what it said before in use; a file that is being written is waited for; nothing
//! here is on the way of a request.

mod plan;

#[cfg(test)]
mod tests;

use crate::{
    DetectorConfig, Warning,
    geo::{AsnTable, DATABASES_MAX, Database, GeoBook, Owner},
    list::{Entries, FILE_BYTES_MAX},
    lists::Lists,
};
use plan::{Planned, plan};
use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Cities, regions and countries.
    City,
    /// Providers, connections, proxies, …
    More,
    /// Countries.
    Country,
    /// Autonomous systems.
    Asn,
    /// The operator's list of those who are no machines.
    Allow,
    /// The operator's list of machines.
    Deny,
    /// Data centres.
    DataCenters,
}

impl Kind {
    /// Every kind; databases in the order in which they are asked.
    pub const ALL: [Self; 7] =
        [Self::City, Self::More, Self::Country, Self::Asn, Self::Allow, Self::Deny, Self::DataCenters];

    /// The word for it in metrics and logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::City => "city",
            Self::More => "more",
            Self::Country => "country",
            Self::Asn => "asn",
            Self::Allow => "allow",
            Self::Deny => "deny",
            Self::DataCenters => "data_centers",
        }
    }

    pub(crate) const fn is_list(self) -> bool {
        matches!(self, Self::Allow | Self::Deny | Self::DataCenters)
    }
}

/// What has happened to a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It is in use from now on.
    Loaded {
        /// What it is for.
        kind: Kind,
        /// The file.
        path: PathBuf,
    },
    /// It is not used any more, because others of its kind have taken its place.
    Removed {
        /// What it was for.
        kind: Kind,
        /// The file.
        path: PathBuf,
    },
    /// It cannot be used as it is; said once for each state of the file.
    Refused {
        /// What it is for.
        kind: Kind,
        /// What is wrong.
        warning: Warning,
    },
}

/// What there is of a kind, for metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// What it is for.
    pub kind: Kind,
    /// Files in use.
    pub files: usize,
    /// Their size together, bytes.
    pub bytes: u64,
    /// When the oldest of them was built (databases) or written (lists, tables).
    pub oldest: SystemTime,
}

/// Tells one state of a file from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    bytes: u64,
    modified: SystemTime,
    inode: u64,
}

impl Stamp {
    fn of(path: &Path) -> io::Result<Self> {
        let metadata = fs::metadata(path)?;
        if !metadata.is_file() {
            return Err(io::Error::other("it is not a file, and no folder with files for this"));
        }
        #[cfg(unix)]
        let inode = std::os::unix::fs::MetadataExt::ino(&metadata);
        #[cfg(not(unix))]
        let inode = 0;
        Ok(Self { bytes: metadata.len(), modified: metadata.modified()?, inode })
    }
}

#[derive(Clone)]
enum Data {
    Database(Arc<Database>),
    Table(Arc<AsnTable>),
    List(Arc<Entries>),
}

struct Loaded {
    kind: Kind,
    path: PathBuf,
    stamp: Stamp,
    built: SystemTime,
    data: Data,
}

/// The files in use.
pub(crate) struct Sources {
    config: DetectorConfig,
    loaded: Vec<Loaded>,
    /// Changed files as they were at the last look: loaded when they have not changed again.
    waiting: HashMap<PathBuf, Stamp>,
    /// Files that could not be used, as they were then; `None`: not there.
    refused: HashMap<PathBuf, Option<Stamp>>,
}

impl Sources {
    /// Loads what there is, at once.
    pub(crate) fn open(config: &DetectorConfig) -> (Self, Vec<Change>) {
        let mut sources = Self {
            config: config.clone(),
            loaded: Vec::new(),
            waiting: HashMap::new(),
            refused: HashMap::new(),
        };
        let changes = sources.look(false);
        (sources, changes)
    }

    /// Looks at every file and loads those that have changed before the last look and not since.
    pub(crate) fn refresh(&mut self) -> Vec<Change> {
        self.look(true)
    }

    fn look(&mut self, patiently: bool) -> Vec<Change> {
        let mut changes = Vec::new();
        let planned = plan(&self.config);
        let mut next: Vec<Loaded> = Vec::new();
        for planned in &planned {
            let known = self.loaded.iter().position(|it| it.kind == planned.kind && it.path == planned.path);
            let known = known.map(|at| self.loaded.remove(at));
            let full = next.iter().filter(|it| matches!(it.data, Data::Database(_))).count() == DATABASES_MAX;
            if full && !planned.kind.is_list() && !plan::is_table(&planned.path) {
                if self.refused.insert(planned.path.clone(), None) != Some(None) {
                    let reason = format!("{DATABASES_MAX} databases are in use already");
                    let warning = Warning::unusable(&planned.path, reason);
                    changes.push(Change::Refused { kind: planned.kind, warning });
                }
                continue;
            }
            let loaded = self.look_at(planned, known.as_ref(), patiently, &mut changes);
            next.extend(loaded.or(known));
        }
        // What is left is not wanted any more; it stays until something of its kind is there instead.
        for left in std::mem::take(&mut self.loaded) {
            let unnamed = !planned.iter().any(|planned| planned.kind == left.kind);
            if unnamed || next.iter().any(|it| it.kind == left.kind) {
                changes.push(Change::Removed { kind: left.kind, path: left.path });
            } else {
                next.push(left);
            }
        }
        self.loaded = next;
        self.waiting.retain(|path, _| planned.iter().any(|planned| planned.path == *path));
        self.refused.retain(|path, _| planned.iter().any(|planned| planned.path == *path));
        changes
    }

    /// The file's new content, or nothing when what is known of it stays.
    fn look_at(
        &mut self,
        planned: &Planned,
        known: Option<&Loaded>,
        patiently: bool,
        changes: &mut Vec<Change>,
    ) -> Option<Loaded> {
        let Planned { kind, path, .. } = planned;
        let stamp = match Stamp::of(path) {
            Ok(stamp) => stamp,
            Err(error) => {
                if self.refused.insert(path.clone(), None) != Some(None) {
                    let warning = Warning::unusable(path, error.to_string());
                    changes.push(Change::Refused { kind: *kind, warning });
                }
                return None;
            }
        };
        if known.is_some_and(|known| known.stamp == stamp) || self.refused.get(path) == Some(&Some(stamp)) {
            self.waiting.remove(path);
            return None;
        }
        if patiently && self.waiting.get(path) != Some(&stamp) {
            self.waiting.insert(path.clone(), stamp);
            return None;
        }
        self.waiting.remove(path);
        match load(planned, known) {
            // It was written to while it was read: once more at the next look.
            Ok(_) if Stamp::of(path).ok() != Some(stamp) => None,
            Ok((data, built)) => {
                self.refused.remove(path);
                changes.push(Change::Loaded { kind: *kind, path: path.clone() });
                let built = built.unwrap_or(stamp.modified);
                Some(Loaded { kind: *kind, path: path.clone(), stamp, built, data })
            }
            Err(warning) => {
                self.refused.insert(path.clone(), Some(stamp));
                changes.push(Change::Refused { kind: *kind, warning });
                None
            }
        }
    }

    /// What says where addresses are.
    pub(crate) fn geo(&self) -> GeoBook {
        let of_kind = |kind| self.loaded.iter().filter(move |it| it.kind == kind);
        let ordered = || Kind::ALL.into_iter().flat_map(of_kind);
        let databases = ordered().filter_map(|it| match &it.data {
            Data::Database(database) => Some(Arc::clone(database)),
            _ => None,
        });
        let tables = ordered().filter_map(|it| match &it.data {
            Data::Table(table) => Some(Arc::clone(table)),
            _ => None,
        });
        GeoBook::new(databases.collect(), tables.collect(), self.config.geo_records_max)
    }

    /// What the operator's lists say. `generation` tells them from those before.
    pub(crate) fn lists(&self, generation: u64) -> Lists {
        let of_kind = |kind| {
            self.loaded.iter().filter(move |it| it.kind == kind).filter_map(|it| match &it.data {
                Data::List(entries) => Some(&**entries),
                _ => None,
            })
        };
        Lists::new(
            generation,
            &self.config,
            of_kind(Kind::Allow),
            of_kind(Kind::Deny),
            of_kind(Kind::DataCenters),
        )
    }

    /// Whether a file of a kind is named or in the cache, usable or not.
    pub(crate) fn wants(&self, kind: Kind) -> bool {
        plan(&self.config).iter().any(|planned| planned.kind == kind)
    }

    /// Databases and tables in use.
    pub(crate) fn geo_files(&self) -> Vec<PathBuf> {
        self.loaded.iter().filter(|it| !it.kind.is_list()).map(|it| it.path.clone()).collect()
    }

    /// What there is of each kind that there is something of.
    pub(crate) fn held(&self) -> Vec<Held> {
        let of_kind = |kind| {
            let files: Vec<&Loaded> = self.loaded.iter().filter(|it| it.kind == kind).collect();
            let oldest = files.iter().map(|it| it.built).min()?;
            let bytes = files.iter().map(|it| it.stamp.bytes).sum();
            Some(Held { kind, files: files.len(), bytes, oldest })
        };
        Kind::ALL.into_iter().filter_map(of_kind).collect()
    }
}

/// The content of a file and, when it says so, the time at which it was built.
fn load(planned: &Planned, known: Option<&Loaded>) -> Result<(Data, Option<SystemTime>), Warning> {
    let Planned { kind, path, owner } = planned;
    let unusable = |reason: String| Warning::unusable(path, reason);
    if kind.is_list() {
        return list(path, *kind).map(|entries| (Data::List(Arc::new(entries)), None)).map_err(unusable);
    }
    if plan::is_table(path) {
        return AsnTable::read(path).map(|table| (Data::Table(Arc::new(table)), None));
    }
    let database = Database::open(path, *owner)?;
    // At the start a damaged middle costs some look-ups; later it would take good data away. Makers whose files never pass are believed.
    if let Some(Loaded { data: Data::Database(before), .. }) = known
        && *owner == Owner::Operator
        && let Err(error) = database.verify()
        && before.verify().is_ok()
    {
        return Err(unusable(format!("it is damaged: {error}")));
    }
    let built = database.built();
    Ok((Data::Database(Arc::new(database)), Some(built)))
}

fn list(path: &Path, kind: Kind) -> Result<Entries, String> {
    let bytes = fs::metadata(path).map_err(|error| error.to_string())?.len();
    if bytes > FILE_BYTES_MAX {
        return Err(format!("it has {bytes} bytes; at most {FILE_BYTES_MAX} are read"));
    }
    let text = fs::read_to_string(path).map_err(|error| error.to_string())?;
    let entries = Entries::parse(&text)?;
    if kind == Kind::DataCenters && entries.names_agents() {
        return Err("a list of data centres has addresses and AS numbers only, no ua: lines".to_owned());
    }
    Ok(entries)
}
