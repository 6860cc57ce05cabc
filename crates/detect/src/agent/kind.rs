//! What kind of device a user agent is of.

use signalbox_domain::{Device, DeviceType};

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

/// The kind of device behind a user agent whose other properties are `device`.
pub(super) fn of(user_agent: &str, device: &Device) -> DeviceType {
    let lower = user_agent.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let os: &str = &device.os.name;
    if lower.is_empty() {
        DeviceType::Unknown
    } else if has(CONSOLE) {
        DeviceType::Console
    } else if has(TV) || (lower.contains("tizen") && lower.contains("tv")) || is_fire_tv(&lower) {
        DeviceType::Tv
    } else if has(WEARABLE) || os == "WatchOS" || os == "watchOS" {
        DeviceType::Wearable
    } else if os == "Windows" && !lower.contains("windows phone") && has(DESKTOP) {
        // "Tablet PC" and "Touch" on Windows are computers.
        DeviceType::Desktop
    } else if has(TABLET) && !lower.contains("iphone") {
        DeviceType::Tablet
    } else if lower.contains("android") && !has(MOBILE) {
        // Android browsers say "Mobile" on phones only.
        if lower.contains("cros ") { DeviceType::Desktop } else { DeviceType::Tablet }
    } else if has(MOBILE) || os == "Android" || os == "iOS" {
        DeviceType::Mobile
    } else if has(DESKTOP) {
        DeviceType::Desktop
    } else {
        DeviceType::Unknown
    }
}

/// Amazon names its sticks `AFT` and letters or digits, as a model of its own.
fn is_fire_tv(lower: &str) -> bool {
    lower.split([';', ' ', ')']).any(|word| {
        word.strip_prefix("aft").is_some_and(|rest| {
            !rest.is_empty() && rest.len() <= 8 && rest.bytes().all(|b| b.is_ascii_alphanumeric())
        })
    })
}
