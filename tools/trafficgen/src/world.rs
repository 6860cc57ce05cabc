//! The people of the demo: addresses by country, browsers by weight, languages.
//!
//! Addresses come from `data/prefixes.txt` (made by `data/make-prefixes.mjs`), browsers from the `user-agents` data in the asset cache, or
//! from the few in `data/user-agents.tsv` when it is not there.

use crate::Error;
use rand::Rng;
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    env, fs,
    net::Ipv4Addr,
    path::{Path, PathBuf},
    sync::Arc,
};

const PREFIXES: &str = include_str!("../data/prefixes.txt");
const FEW_AGENTS: &str = include_str!("../data/user-agents.tsv");
const FEW_CRAWLERS: &[&str] = &[
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
    "Mozilla/5.0 (compatible; SemrushBot/7~bl; +http://www.semrush.com/bot.html)",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "curl/8.5.0",
    "python-requests/2.32.3",
    "Go-http-client/2.0",
];
const LANGUAGES: &[(&str, &str)] = &[
    ("US CA GB AU NG ZA KE IN SG PH", "en-US,en;q=0.9"),
    ("DE AT CH", "de-DE,de;q=0.9,en;q=0.7"),
    ("FR MA", "fr-FR,fr;q=0.9,en;q=0.6"),
    ("ES MX AR CO CL PE", "es-ES,es;q=0.9,en;q=0.5"),
    ("BR PT", "pt-BR,pt;q=0.9,en;q=0.5"),
    ("IT", "it-IT,it;q=0.9,en;q=0.6"),
    ("PL", "pl-PL,pl;q=0.9,en;q=0.6"),
    ("RO", "ro-RO,ro;q=0.9,en;q=0.6"),
    ("CZ", "cs-CZ,cs;q=0.9,en;q=0.6"),
    ("TR", "tr-TR,tr;q=0.9,en;q=0.6"),
    ("UA", "uk-UA,uk;q=0.9,en;q=0.5"),
    ("NL", "nl-NL,nl;q=0.9,en;q=0.8"),
    ("SE", "sv-SE,sv;q=0.9,en;q=0.8"),
    ("ID", "id-ID,id;q=0.9,en;q=0.6"),
    ("MY", "ms-MY,ms;q=0.9,en;q=0.8"),
    ("TH", "th-TH,th;q=0.9,en;q=0.6"),
    ("VN", "vi-VN,vi;q=0.9,en;q=0.6"),
    ("JP", "ja-JP,ja;q=0.9,en;q=0.5"),
    ("KR", "ko-KR,ko;q=0.9,en;q=0.5"),
    ("SA AE EG", "ar-EG,ar;q=0.9,en;q=0.6"),
];

/// Things with a weight, drawn in its ratio.
#[derive(Debug, Clone)]
pub struct Weighted<T> {
    items: Vec<T>,
    ends: Vec<u64>,
}

impl<T> FromIterator<(u64, T)> for Weighted<T> {
    fn from_iter<I: IntoIterator<Item = (u64, T)>>(items: I) -> Self {
        let (mut found, mut ends, mut sum) = (Vec::new(), Vec::new(), 0);
        for (weight, item) in items.into_iter().filter(|(weight, _)| *weight > 0) {
            sum += weight;
            found.push(item);
            ends.push(sum);
        }
        Self { items: found, ends }
    }
}

impl<T> Weighted<T> {
    /// One of them; `None` when there is none.
    pub fn draw(&self, random: &mut impl Rng) -> Option<&T> {
        let sum = *self.ends.last()?;
        let drawn = random.random_range(0..sum);
        self.items.get(self.ends.partition_point(|end| *end <= drawn))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }
}

/// Somebody with a browser.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// Address.
    pub ip: Ipv4Addr,
    /// Browser.
    pub user_agent: Arc<str>,
    /// `Accept-Language`; empty for machines.
    pub language: &'static str,
    /// Whether this is a machine.
    pub bot: bool,
}

/// Everybody who may visit.
#[derive(Debug)]
pub struct World {
    prefixes: BTreeMap<&'static str, Vec<(u32, u8)>>,
    mobile: Weighted<Arc<str>>,
    desktop: Weighted<Arc<str>>,
    crawlers: Vec<Arc<str>>,
    /// What is missing and how to get it; empty when nothing is.
    pub note: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Agent {
    user_agent: String,
    weight: f64,
    device_category: String,
}

#[derive(Deserialize)]
struct Crawler {
    #[serde(default)]
    instances: Vec<String>,
}

impl World {
    /// The few browsers and crawlers that are compiled in: the same on every machine.
    pub fn built_in() -> Self {
        let crawlers = FEW_CRAWLERS.iter().map(|text| Arc::from(*text)).collect();
        Self::new(&few_agents(), crawlers)
    }

    fn new(agents: &Agents, crawlers: Vec<Arc<str>>) -> Self {
        let of_kind = |wanted: bool| {
            let fits = agents.iter().filter(|(_, mobile, _)| *mobile == wanted);
            fits.map(|(weight, _, text)| (*weight, Arc::from(text.as_str()))).collect()
        };
        Self { prefixes: prefixes(), mobile: of_kind(true), desktop: of_kind(false), crawlers, note: None }
    }

    /// Reads the data that is there.
    ///
    /// # Errors
    /// When a data file is there and cannot be read.
    pub fn load() -> Result<Self, Error> {
        let cache = cache_root();
        let agents = asset(&cache, "user-agents-", "dist/user-agents.json").map(|path| read_agents(&path));
        let crawlers = asset(&cache, "crawler-user-agents-", "crawler-user-agents.json")
            .map(|path| read_crawlers(&path));
        let missing = agents.is_none() || crawlers.is_none();
        let few = Self::built_in();
        let agents = agents.transpose()?.unwrap_or_else(few_agents);
        let world = Self::new(&agents, crawlers.transpose()?.unwrap_or(few.crawlers));
        let note = "User agents come from a short built-in list; `node tools/fetch/fetch.mjs uadata` fetches ten thousand.";
        Ok(Self { note: missing.then(|| note.to_owned()), ..world })
    }

    /// A person of `country` with a phone or a computer.
    pub fn person(&self, country: &str, mobile: bool, random: &mut impl Rng) -> Visitor {
        let agents = if mobile { &self.mobile } else { &self.desktop };
        let user_agent = agents.draw(random).cloned().unwrap_or_else(|| Arc::from(FEW_CRAWLERS[5]));
        let language =
            LANGUAGES.iter().find(|(countries, _)| countries.split(' ').any(|known| known == country));
        Visitor {
            ip: self.address(country, random),
            user_agent,
            language: language.map_or("en-US,en;q=0.9", |(_, language)| language),
            bot: false,
        }
    }

    /// A machine somewhere in the United States.
    pub fn bot(&self, random: &mut impl Rng) -> Visitor {
        let at = random.random_range(0..self.crawlers.len().max(1));
        let user_agent = self.crawlers.get(at).cloned().unwrap_or_else(|| Arc::from(""));
        Visitor { ip: self.address("US", random), user_agent, language: "", bot: true }
    }

    /// Countries that have addresses.
    pub fn countries(&self) -> impl Iterator<Item = &'static str> {
        self.prefixes.keys().copied()
    }

    fn address(&self, country: &str, random: &mut impl Rng) -> Ipv4Addr {
        let blocks = self.prefixes.get(country).or_else(|| self.prefixes.values().next());
        let (start, length) = blocks
            .and_then(|blocks| blocks.get(random.random_range(0..blocks.len().max(1))))
            .copied()
            .unwrap_or((0x0808_0000, 16));
        let host: u32 = random.random_range(0..1_u32 << (32 - u32::from(length)));
        // Network and broadcast addresses are nobody's.
        let last = (host & 0xff).clamp(1, 254);
        Ipv4Addr::from(start | (host & !0xff) | last)
    }
}

fn prefixes() -> BTreeMap<&'static str, Vec<(u32, u8)>> {
    let mut found: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for line in PREFIXES.lines() {
        let parts = line.split_once(' ').and_then(|(country, block)| Some((country, block.split_once('/')?)));
        let Some((country, (start, length))) = parts else { continue };
        if let (Ok(start), Ok(length)) = (start.parse::<Ipv4Addr>(), length.parse()) {
            found.entry(country).or_default().push((u32::from(start), length));
        }
    }
    found
}

type Agents = Vec<(u64, bool, String)>;

fn few_agents() -> Agents {
    let fields = FEW_AGENTS.lines().filter_map(|line| {
        let mut fields = line.splitn(3, '\t');
        Some((fields.next()?.parse().ok()?, fields.next()? == "mobile", fields.next()?.to_owned()))
    });
    fields.collect()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "weights are shares between 0 and 1"
)]
fn read_agents(path: &Path) -> Result<Agents, Error> {
    let text = fs::read(path).map_err(Error::file("cannot read", path))?;
    let agents: Vec<Agent> =
        serde_json::from_slice(&text).map_err(Error::json(path.display().to_string()))?;
    let weigh = |agent: Agent| {
        let weight = (agent.weight.clamp(0.0, 1.0) * 1e9) as u64;
        (weight.max(1), agent.device_category != "desktop", agent.user_agent)
    };
    Ok(agents.into_iter().map(weigh).collect())
}

fn read_crawlers(path: &Path) -> Result<Vec<Arc<str>>, Error> {
    let text = fs::read(path).map_err(Error::file("cannot read", path))?;
    let crawlers: Vec<Crawler> =
        serde_json::from_slice(&text).map_err(Error::json(path.display().to_string()))?;
    let usable = |text: &String| text.bytes().all(|byte| (32..127).contains(&byte));
    Ok(crawlers.into_iter().flat_map(|it| it.instances).filter(usable).map(Arc::from).collect())
}

/// The same steps as `cacheRoot()` in `tools/fetch/lib/store.mjs`.
fn cache_root() -> PathBuf {
    let variable = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    variable("SIGNALBOX_CACHE").unwrap_or_else(|| {
        let home = || variable("HOME").unwrap_or_else(|| PathBuf::from("/")).join(".cache");
        variable("XDG_CACHE_HOME").unwrap_or_else(home).join("signalbox")
    })
}

fn asset(cache: &Path, prefix: &str, file: &str) -> Option<PathBuf> {
    let entries = fs::read_dir(cache).ok()?.flatten().map(|entry| entry.path());
    let ours = entries.filter(|path| {
        path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with(prefix))
    });
    ours.map(|folder| folder.join(file)).filter(|path| path.is_file()).max()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{SeedableRng as _, rngs::StdRng};

    #[test]
    fn weights_are_kept() {
        let drawn: Weighted<&str> = [(1, "a"), (0, "never"), (3, "b")].into_iter().collect();
        assert_eq!(drawn.len(), 2);
        let mut random = StdRng::seed_from_u64(1);
        let b = (0..4000).filter(|_| drawn.draw(&mut random) == Some(&"b")).count();
        assert!((2800..3200).contains(&b), "{b}");
        assert!(Weighted::<u8>::from_iter([]).draw(&mut random).is_none());
    }

    #[test]
    fn addresses_lie_in_blocks_of_their_country() {
        let world = World::load().unwrap();
        let mut random = StdRng::seed_from_u64(2);
        assert!(world.countries().count() >= 40);
        for country in world.countries() {
            let blocks = &world.prefixes[country];
            for _ in 0..50 {
                let ip = u32::from(world.address(country, &mut random));
                let inside = |(start, length): &(u32, u8)| ip >> (32 - length) == start >> (32 - length);
                assert!(blocks.iter().any(inside), "{country} {ip:x}");
                assert!(!matches!(ip & 0xff, 0 | 255));
            }
        }
    }

    #[test]
    fn the_built_in_browsers_are_usable() {
        let few = few_agents();
        assert_eq!(few.len(), 40);
        assert!(few.iter().any(|(_, mobile, _)| *mobile) && few.iter().any(|(_, mobile, _)| !*mobile));
        assert!(few.iter().all(|(weight, _, text)| *weight > 0 && text.starts_with("Mozilla/5.0")));
    }
}
