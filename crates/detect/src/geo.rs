//! Where an address is: geo databases and provider tables.

mod asn_table;
mod continent;
mod database;
mod record;

pub(crate) use asn_table::AsnTable;
pub(crate) use database::{Database, Owner};

use crate::words::Words;
use moka::sync::Cache;
use record::Record;
use rustc_hash::FxBuildHasher;
use signalbox_domain::Geo;
use std::{net::IpAddr, sync::Arc};

/// Everything that says where an address is.
pub(crate) struct GeoBook {
    /// In the order in which they are asked.
    databases: Vec<Arc<Database>>,
    tables: Vec<Arc<AsnTable>>,
    codes: Words,
    unknown: Arc<Geo>,
    /// By the places of an address's records: addresses of one network share an entry. The places come from our files, so that nobody
    /// can choose them to collide.
    cache: Cache<Key, Arc<Geo>, FxBuildHasher>,
}

/// Most databases that are asked; further ones are passed over.
pub(crate) const DATABASES_MAX: usize = 12;

/// Where the records of an address lie: in each database, and in the provider tables (table and row).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Key([u64; DATABASES_MAX], Option<(u32, u32)>);

impl GeoBook {
    pub(crate) fn new(
        mut databases: Vec<Arc<Database>>,
        tables: Vec<Arc<AsnTable>>,
        records_max: u64,
    ) -> Self {
        databases.truncate(DATABASES_MAX);
        Self {
            databases,
            tables,
            codes: continent::words(),
            unknown: Arc::default(),
            cache: Cache::builder().max_capacity(records_max.max(1)).build_with_hasher(FxBuildHasher),
        }
    }

    /// Where an address is; unknown when no database knows.
    pub(crate) fn find(&self, ip: IpAddr) -> Arc<Geo> {
        let ip = ip.to_canonical();
        let mut offsets = [0; DATABASES_MAX];
        for (offset, database) in offsets.iter_mut().zip(&self.databases) {
            *offset = database.offset(ip);
        }
        let provider = (0..).zip(&self.tables).find_map(|(table, rows)| Some((table, rows.find(ip)?)));
        if offsets.iter().all(|offset| *offset == 0) && provider.is_none() {
            return Arc::clone(&self.unknown);
        }
        let key = Key(offsets, provider);
        if let Some(known) = self.cache.get(&key) {
            return known;
        }
        let geo = Arc::new(self.read(ip, provider));
        self.cache.insert(key, Arc::clone(&geo));
        geo
    }

    fn read(&self, ip: IpAddr, provider: Option<(u32, u32)>) -> Geo {
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
        let row = provider.and_then(|(table, row)| self.tables.get(table as usize)?.row(row));
        let (table_asn, table_name) = row.unwrap_or_default();
        let asn = if merged.asn == 0 { table_asn } else { merged.asn };
        // The name of another network would be nonsense.
        let isp = match merged.isp {
            "" if asn == table_asn => text(table_name),
            name => text(name),
        };
        Geo {
            country: self.codes.get(&country),
            continent: self.codes.get(continent),
            region: text(merged.region),
            city: text(merged.city),
            isp,
            asn,
            connection: merged.connection,
            proxy: merged.proxy,
            data_center: merged.data_center,
        }
    }
}

#[cfg(test)]
mod tests;
