//! The patterns of uap-core (`data/uap-core`): families and versions of browsers and systems, brands and models of devices.

mod lazy;

use super::{
    lexicon::{Found, Writing},
    names,
};
use crate::words::shared;
use lazy::Lazy;
use signalbox_domain::{Device, DeviceType, Software};
use std::sync::Arc;
use ua_parser::{Regexes, device, os, user_agent};

const REGEXES: &str = include_str!("../../data/uap-core/regexes.json");
/// What uap-core calls crawlers.
const SPIDER: &str = "Spider";

/// Reads families and versions out of user agents. Without patterns (data that cannot be read) everything is unknown.
pub(super) struct Patterns(Option<Known>);

struct Known {
    browsers: Lazy<user_agent::Parser<'static>>,
    systems: Lazy<os::Parser<'static>>,
    devices: Lazy<device::Parser<'static>>,
}

impl Known {
    fn read(writing: &mut Writing) -> Option<Self> {
        let regexes: Regexes<'static> = serde_json::from_str(REGEXES).ok()?;
        Some(Self {
            browsers: Lazy::new(regexes.user_agent_parsers, writing)?,
            systems: Lazy::new(regexes.os_parsers, writing)?,
            devices: Lazy::new(regexes.device_parsers, writing)?,
        })
    }

    fn browser<'a>(&'a self, user_agent: (&'a str, &Found)) -> Option<user_agent::ValueRef<'a>> {
        self.browsers.first(user_agent, |pattern, text| pattern.extract(text))
    }

    fn system<'a>(&'a self, user_agent: (&'a str, &Found)) -> Option<os::ValueRef<'a>> {
        self.systems.first(user_agent, |pattern, text| pattern.extract(text))
    }

    fn device<'a>(&'a self, user_agent: (&'a str, &Found)) -> Option<device::ValueRef<'a>> {
        self.devices.first(user_agent, |pattern, text| pattern.extract(text))
    }
}

impl Patterns {
    /// All of them, their words added to those that are looked for.
    pub(super) fn read_all(writing: &mut Writing) -> Self {
        Self(Known::read(writing))
    }

    /// Brand, model, system and browser (the kind of device is left unknown), and whether uap-core holds it to be a crawler.
    pub(super) fn read(&self, (user_agent, words): (&str, &Found)) -> (Device, bool) {
        let Some(known) = &self.0 else { return Default::default() };
        let (browser, os) = (known.browser((user_agent, words)), known.system((user_agent, words)));
        let hardware = known.device((user_agent, words));
        let is_spider = hardware.as_ref().is_some_and(|found| found.device == SPIDER);
        let (brand, model) = named(hardware.as_ref());
        let app = names::app(user_agent);
        let browser = match (app, browser) {
            (Some(app), _) => Software { name: shared(app), version: shared("") },
            (None, Some(found)) => {
                let parts = [found.major, found.minor, found.patch, found.patch_minor];
                Software { name: shared(names::browser(&found.family)), version: version(parts) }
            }
            (None, None) => Software::default(),
        };
        let os = os.map_or_else(Software::default, |found| {
            let parts = [&found.major, &found.minor, &found.patch, &found.patch_minor].map(Option::as_deref);
            Software { name: shared(names::os(&found.os)), version: version(parts) }
        });
        (Device { kind: DeviceType::Unknown, brand, model, os, browser }, is_spider)
    }

    /// Brand and model alone.
    pub(super) fn hardware(&self, user_agent: (&str, &Found)) -> (Arc<str>, Arc<str>) {
        named(self.0.as_ref().and_then(|known| known.device(user_agent)).as_ref())
    }
}

/// Brand and model, as we call them.
fn named(found: Option<&device::ValueRef<'_>>) -> (Arc<str>, Arc<str>) {
    let Some(found) = found else { return Default::default() };
    let brand = names::brand(found.brand.as_deref().unwrap_or(""));
    let model = names::model(brand, found.model.as_deref().unwrap_or(""));
    (shared(names::maker(brand, model)), shared(model))
}

/// Dotted version of the parts up to the first that is missing.
fn version(parts: [Option<&str>; 4]) -> Arc<str> {
    let known: Vec<_> = parts.into_iter().map_while(|part| part.filter(|part| !part.is_empty())).collect();
    shared(&known.join("."))
}

#[cfg(test)]
mod tests;
