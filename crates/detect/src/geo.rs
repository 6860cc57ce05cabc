//! Where an address is: MaxMind databases and provider tables, opened once.

mod asn_table;
mod continent;
mod record;

use crate::{DetectorConfig, words::Words};
use asn_table::AsnTable;
use maxminddb::{Mmap, Reader};
use moka::sync::Cache;
use record::Record;
use signalbox_domain::{ConnectionType, Geo};
use std::{
    net::IpAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Why some of the geo data is not used. Look-ups that would need it say `Unknown`.
#[derive(Debug, thiserror::Error)]
pub enum Warning {
    /// No database of a kind was named.
    #[error("no {kind} database is configured: {consequence}; see [geo] in the configuration")]
    NotConfigured {
        /// `city`, `country` or `provider`.
        kind: &'static str,
        /// What is unknown without it.
        consequence: &'static str,
    },
    /// A file is missing, unreadable or damaged.
    #[error("geo database {} cannot be used: {reason}; clicks are answered without it", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

/// A database and the versions of the protocol it knows.
struct Database {
    reader: Reader<Mmap>,
    /// Whether it has IPv6 addresses; all have IPv4 ones, but those whose type says otherwise.
    v6: bool,
}

impl Database {
    fn open(path: &Path) -> Result<Self, Warning> {
        let unusable = |reason: String| Warning::Unusable { path: path.to_owned(), reason };
        // SAFETY: the map is only read, and nobody may write into the file: `DetectorConfig` says to renew it by rename.
        let reader = unsafe { Reader::open_mmap(path) }.map_err(|error| unusable(error.to_string()))?;
        let v6 = reader.metadata().ip_version == 6;
        Ok(Self { reader, v6 })
    }

    /// The record of an address and where it lies, 0 for none.
    fn offset(&self, ip: IpAddr) -> u64 {
        if ip.is_ipv6() && !self.v6 {
            return 0;
        }
        let found = self.reader.lookup(ip).ok().and_then(|result| result.offset());
        found.map_or(0, |offset| offset as u64 + 1)
    }

    fn record(&self, ip: IpAddr) -> Option<Record<'_>> {
        self.reader.lookup(ip).ok()?.decode().ok()?
    }
}

/// Everything that says where an address is.
pub(crate) struct GeoBook {
    /// City databases, then country databases, then provider databases.
    databases: Vec<Database>,
    /// The files that could be opened.
    files: Vec<PathBuf>,
    providers: AsnTable,
    codes: Words,
    unknown: Geo,
    /// By the places of an address's records: addresses of one network share an entry.
    cache: Cache<Key, Geo>,
}

/// Most databases that are asked.
const DATABASES_MAX: usize = 8;

/// Where the records of an address lie: in each database, and in the provider table.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Key([u64; DATABASES_MAX], u32);

impl GeoBook {
    pub(crate) fn open(config: &DetectorConfig) -> (Self, Vec<Warning>) {
        let mut warnings = Vec::new();
        if config.city.is_empty() {
            let consequence = "region and city are unknown";
            warnings.push(Warning::NotConfigured { kind: "city", consequence });
        }
        if config.city.is_empty() && config.country.is_empty() {
            let consequence = "countries are unknown";
            warnings.push(Warning::NotConfigured { kind: "country", consequence });
        }
        if config.asn.is_empty() {
            let consequence = "providers are unknown";
            warnings.push(Warning::NotConfigured { kind: "provider", consequence });
        }
        let mut providers = asn_table::Builder::default();
        let mut databases = Vec::new();
        let mut files = Vec::new();
        for path in config.city.iter().chain(&config.country).chain(&config.asn) {
            let is_table = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv"));
            let opened = if is_table {
                providers.read(path)
            } else if databases.len() == DATABASES_MAX {
                let reason = format!("{DATABASES_MAX} databases are open already");
                Err(Warning::Unusable { path: path.clone(), reason })
            } else {
                Database::open(path).map(|database| databases.push(database))
            };
            match opened {
                Ok(()) => files.push(path.clone()),
                Err(warning) => warnings.push(warning),
            }
        }
        let book = Self {
            databases,
            files,
            providers: providers.finish(),
            codes: continent::words(),
            unknown: Geo::default(),
            cache: Cache::new(config.geo_records_max.max(1)),
        };
        (book, warnings)
    }

    /// The files in use.
    pub(crate) fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// Where an address is; unknown when no database knows.
    pub(crate) fn find(&self, ip: IpAddr) -> Geo {
        let ip = ip.to_canonical();
        let mut offsets = [0; DATABASES_MAX];
        for (offset, database) in offsets.iter_mut().zip(&self.databases) {
            *offset = database.offset(ip);
        }
        let provider = self.providers.find(ip);
        if offsets.iter().all(|offset| *offset == 0) && provider.is_none() {
            return self.unknown.clone();
        }
        let key = Key(offsets, provider.map_or(0, |row| row + 1));
        if let Some(known) = self.cache.get(&key) {
            return known;
        }
        let geo = self.read(ip, provider);
        self.cache.insert(key, geo.clone());
        geo
    }

    fn read(&self, ip: IpAddr, provider: Option<u32>) -> Geo {
        let mut merged = Record::default();
        for record in self.databases.iter().filter_map(|database| database.record(ip)) {
            merged.fill_from(&record);
        }
        let text =
            |text: &str| if text.is_empty() { Arc::clone(&self.unknown.city) } else { Arc::from(text) };
        let country = merged.country.to_ascii_uppercase();
        let continent = match merged.continent {
            "" => continent::of(&country),
            known => known,
        };
        let (asn, isp) = match provider.and_then(|row| self.providers.row(row)) {
            Some((asn, name)) if merged.asn == 0 => (asn, Arc::clone(name)),
            _ => (merged.asn, text(merged.isp)),
        };
        Geo {
            country: self.codes.get(&country),
            continent: self.codes.get(continent),
            region: text(merged.region),
            city: text(merged.city),
            isp,
            asn,
            connection: connection(merged.connection),
            proxy: false,
            data_center: false,
        }
    }
}

/// MaxMind's words for connections.
fn connection(word: &str) -> ConnectionType {
    match word {
        "Cable/DSL" => ConnectionType::Cable,
        "Cellular" => ConnectionType::Cellular,
        "Corporate" => ConnectionType::Corporate,
        "Dialup" => ConnectionType::Dialup,
        "Satellite" => ConnectionType::Satellite,
        _ => ConnectionType::Unknown,
    }
}

#[cfg(test)]
mod tests;
