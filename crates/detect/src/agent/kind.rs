//! What kind of device a user agent is of.

use super::lexicon::{Chapter, Found as Words, Writing};
use signalbox_domain::{Device, DeviceType};
use std::collections::BTreeMap;

const TV: &[&str] = &[
    "smart-tv",
    "smarttv",
    "smart tv",
    "hbbtv",
    "googletv",
    "google tv",
    "android tv",
    "androidtv",
    "appletv",
    "apple tv",
    "tvos",
    "web0s",
    "netcast",
    "bravia",
    "roku",
    "crkey",
    "dlnadoc",
    "viera",
    "aquos",
    "philipstv",
    "mitv",
    "mibox",
    "mi box",
    "shield android",
    "opera tv",
    "nettv",
    "vizio",
    "pov_tv",
    "ce-html",
    "chromecast",
    "large screen",
    "tv safari",
    "hisense tv",
    "vidaa",
    "; bv8",
    "tv build",
    "-tv ",
    "_tv_",
    " tv;",
    "firetv",
    "nexus player",
    "adt-1",
    "aftb",
    "aftm",
    "aftt",
    "afts",
    "aftn",
    "aftka",
    "aftss",
    "aftmm",
    "aftr",
];
const CONSOLE: &[&str] = &["playstation", "xbox", "nintendo", "psvita", "psp (", "steam deck", "ouya"];
const WEARABLE: &[&str] = &[
    "watchos",
    "apple watch",
    "watch os",
    "wear os",
    "android wear",
    "sm-r8",
    "sm-r9",
    "galaxy watch",
    "oculusbrowser",
    "quest ",
    "glass 1",
    "vision pro",
];
const TABLET: &[&str] = &[
    "ipad",
    "tablet",
    "kindle",
    "playbook",
    "nexus 7",
    "nexus 9",
    "nexus 10",
    "pixel c ",
    "pixel tablet",
    "sm-t",
    "sm-x",
    "sm-p6",
    "sm-p5",
    "gt-p",
    "gt-n80",
    "gt-n51",
    "sch-i800",
    "lenovo tb",
    "; tb-",
    "lenovo yt",
    "mediapad",
    "matepad",
    "xiaomi pad",
    "redmi pad",
    "mi pad",
    "oneplus pad",
    "realme pad",
    "oppo pad",
    "vivo pad",
    "honor pad",
    "huawei agr",
    "huawei bah",
    "transformer",
    "touchpad",
    "silk-accelerated",
    "xoom",
    "hudl",
    " pad ",
    "pad build",
    "kfapwi",
    "kfthwi",
    "kfsowi",
    "kfjwi",
    "kfmewi",
    "kffowi",
    "kfgiwi",
    "kfauwi",
    "kfkawi",
    "kfmawi",
    "kfonwi",
    "kfmuwi",
    "kftrwi",
    "kfrawi",
    "kfsuwi",
    "kfdowi",
    "kfotwi",
    "kfttwi",
    "kftuwi",
    "kfqewi",
];
const MOBILE: &[&str] = &[
    "mobi",
    "iphone",
    "ipod",
    "windows phone",
    "blackberry",
    "bb10",
    "opera mini",
    "opera mobi",
    "kaios",
    "symbian",
    "series60",
    "series40",
    "s60/",
    "j2me",
    "midp",
    "cldc",
    "nokia",
    "phone",
    "webos/",
    "palm",
    "ucweb",
    "maui",
    "brew",
    "netfront",
    "up.browser",
];
const DESKTOP: &[&str] = &[
    "windows nt",
    "win64",
    "win32",
    "macintosh",
    "mac os x",
    "x11",
    "linux x86_64",
    "linux i686",
    "cros ",
    "windows 9",
    "windows xp",
    "freebsd",
    "openbsd",
    "netbsd",
    "sunos",
    "ubuntu",
    "fedora",
    "haiku",
    "wow64",
];

/// Knows devices by the words above.
pub(super) struct Kinds {
    /// The groups that a word belongs to, as bits.
    groups: Chapter<u16>,
}

const GROUPS: [(u16, &[&str]); 12] = [
    (Found::TV, TV),
    (Found::CONSOLE, CONSOLE),
    (Found::WEARABLE, WEARABLE),
    (Found::TABLET, TABLET),
    (Found::MOBILE, MOBILE),
    (Found::DESKTOP, DESKTOP),
    (Found::ANDROID, &["android"]),
    (Found::CHROME_OS, &["cros "]),
    (Found::IPHONE, &["iphone"]),
    (Found::WINDOWS_PHONE, &["windows phone"]),
    (Found::TIZEN, &["tizen"]),
    (Found::TV_ALONE, &["tv"]),
];

/// The groups of which a user agent contains a word.
#[derive(Clone, Copy)]
struct Found(u16);

impl Found {
    const TV: u16 = 1;
    const CONSOLE: u16 = 1 << 1;
    const WEARABLE: u16 = 1 << 2;
    const TABLET: u16 = 1 << 3;
    const MOBILE: u16 = 1 << 4;
    const DESKTOP: u16 = 1 << 5;
    const ANDROID: u16 = 1 << 6;
    const CHROME_OS: u16 = 1 << 7;
    const IPHONE: u16 = 1 << 8;
    const WINDOWS_PHONE: u16 = 1 << 9;
    const TIZEN: u16 = 1 << 10;
    const TV_ALONE: u16 = 1 << 11;

    const fn has(self, group: u16) -> bool {
        self.0 & group != 0
    }
}

impl Kinds {
    /// Adds the words to those that are looked for.
    pub(super) fn write(writing: &mut Writing) -> Self {
        let mut groups: BTreeMap<&str, u16> = BTreeMap::new();
        for (group, words) in GROUPS {
            for word in words {
                *groups.entry(word).or_default() |= group;
            }
        }
        Self { groups: writing.chapter(groups) }
    }

    fn find(&self, words: &Words) -> Found {
        Found(self.groups.meanings(words).fold(0, |all, groups| all | groups))
    }

    /// The kind of device behind a user agent whose other properties are `device`.
    pub(super) fn of(&self, (user_agent, words): (&str, &Words), device: &Device) -> DeviceType {
        let found = self.find(words);
        let os: &str = &device.os.name;
        if user_agent.is_empty() {
            DeviceType::Unknown
        } else if found.has(Found::CONSOLE) {
            DeviceType::Console
        } else if found.has(Found::TV)
            || (found.has(Found::TIZEN) && found.has(Found::TV_ALONE))
            || is_fire_tv(user_agent)
        {
            DeviceType::Tv
        } else if found.has(Found::WEARABLE) || os == "WatchOS" || os == "watchOS" {
            DeviceType::Wearable
        } else if os == "Windows" && !found.has(Found::WINDOWS_PHONE) && found.has(Found::DESKTOP) {
            // "Tablet PC" and "Touch" on Windows are computers.
            DeviceType::Desktop
        } else if found.has(Found::TABLET) && !found.has(Found::IPHONE) {
            DeviceType::Tablet
        } else if found.has(Found::ANDROID) && !found.has(Found::MOBILE) {
            // Android browsers say "Mobile" on phones only.
            if found.has(Found::CHROME_OS) { DeviceType::Desktop } else { DeviceType::Tablet }
        } else if found.has(Found::MOBILE) || os == "Android" || os == "iOS" {
            DeviceType::Mobile
        } else if found.has(Found::DESKTOP) {
            DeviceType::Desktop
        } else {
            DeviceType::Unknown
        }
    }
}

/// Amazon names its sticks `AFT` and letters or digits, as a model of its own.
fn is_fire_tv(user_agent: &str) -> bool {
    user_agent.split([';', ' ', ')']).any(|word| {
        let (start, rest) = word.split_at_checked(3).unwrap_or(("", ""));
        start.eq_ignore_ascii_case("aft")
            && (1..=8).contains(&rest.len())
            && rest.bytes().all(|b| b.is_ascii_alphanumeric())
    })
}
