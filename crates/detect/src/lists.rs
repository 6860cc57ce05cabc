//! The operator's lists and the hosting networks that are known without them.

use crate::{
    DetectorConfig,
    list::{Entries, List},
};
use rustc_hash::FxHashSet;
use signalbox_domain::Geo;
use std::{net::IpAddr, sync::LazyLock};

/// Autonomous systems of hosting providers; see `data/README.md`.
static HOSTING: LazyLock<FxHashSet<u32>> = LazyLock::new(|| hosting().collect());

fn hosting() -> impl Iterator<Item = u32> {
    let lines = include_str!("../data/hosting/asns.txt").lines();
    lines.filter_map(|line| line.split(' ').next()?.strip_prefix("AS")?.parse().ok())
}

/// Every list.
pub(crate) struct Lists {
    /// Tells these lists from those before and after.
    pub(crate) generation: u64,
    pub(crate) allow: List,
    pub(crate) deny: List,
    data_centers: List,
}

impl Lists {
    pub(crate) fn new<'a>(
        generation: u64,
        config: &DetectorConfig,
        allow: impl Iterator<Item = &'a Entries> + Clone,
        deny: impl Iterator<Item = &'a Entries> + Clone,
        data_centers: impl Iterator<Item = &'a Entries> + Clone,
    ) -> Self {
        Self {
            generation,
            allow: List::new(&config.allow, allow),
            deny: List::new(&config.deny, deny),
            data_centers: List::new(&config.data_centers, data_centers),
        }
    }

    /// Whether an address belongs to a data centre, as far as lists know.
    pub(crate) fn is_data_center(&self, ip: IpAddr, geo: &Geo) -> bool {
        HOSTING.contains(&geo.asn) || self.data_centers.has_address(ip, geo.asn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_networks_are_read() {
        assert_eq!(hosting().count(), include_str!("../data/hosting/asns.txt").matches("\nAS").count());
        assert!(HOSTING.len() >= 150);
        assert!(HOSTING.contains(&16_509) && HOSTING.contains(&24_940));
        // Privacy relays and content networks carry people.
        for people in [0, 13_335, 20_940, 36_183, 54_113] {
            assert!(!HOSTING.contains(&people), "{people}");
        }
    }
}
