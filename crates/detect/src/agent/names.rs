//! One name for one thing: uap-core has several for the same browser, one for each kind of device; the kind is a field of its own here.

use crate::words::shared;
use signalbox_domain::Software;

/// Name of a browser family.
pub(super) fn browser(family: &str) -> &str {
    match family {
        "Chrome Mobile" | "Chrome Mobile iOS" => "Chrome",
        "Chrome Mobile WebView" => "Android WebView",
        "Mobile Safari" => "Safari",
        "Mobile Safari UI/WKWebView" => "iOS WebView",
        "Firefox Mobile" | "Firefox iOS" | "Firefox (Shiretoko)" => "Firefox",
        "Edge Mobile" => "Edge",
        "Opera Mobile" | "Opera Tablet" => "Opera",
        "IE Mobile" => "IE",
        "Brave Mobile" => "Brave",
        "DuckDuckGo Mobile" => "DuckDuckGo",
        "Other" => "",
        other => other,
    }
}

/// Name of an operating system family.
pub(super) fn os(family: &str) -> &str {
    match family {
        "Mac OS X" | "Mac OS" => "macOS",
        "Other" => "",
        other => other,
    }
}

/// Name of a brand; nothing when the patterns only guessed.
pub(super) fn brand(brand: &str) -> &str {
    if brand.starts_with("Generic") || matches!(brand, "Spider" | "Other") { "" } else { brand }
}

/// Name of a model of a brand; nothing when it says nothing. `K` is what all reduced Android user agents carry.
pub(super) fn model<'a>(brand: &str, model: &'a str) -> &'a str {
    let model = model.trim();
    let says_nothing = model == "K"
        || ["Smartphone", "Feature Phone", "Tablet", "Desktop"].contains(&model)
        || (brand.is_empty() && model == "Other");
    if says_nothing { "" } else { model }
}

/// Apps and browsers that uap-core takes for the engine they are built on: what their user agents contain, and their name.
const APPS: &[(&str, &str)] = &[
    ("musical_ly", "TikTok"),
    ("BytedanceWebview", "TikTok"),
    ("trill_", "TikTok"),
    ("MetaIAB Facebook", "Facebook"),
    ("OculusBrowser", "Oculus Browser"),
    ("Telegram-Android", "Telegram"),
    ("SogouMobileBrowser", "Sogou Explorer"),
];

/// The app or browser a user agent names, where uap-core does not see it.
pub(super) fn app(user_agent: &str) -> Option<&'static str> {
    APPS.iter().find(|(word, _)| user_agent.contains(word)).map(|(_, name)| *name)
}

/// Takes a version away that says nothing: the one that all reduced user agents of a system carry, whatever it is. Hints may tell it.
/// (`Windows NT 10.0` stays 10, as nearly everybody writes it: it is 10 or 11.)
pub(super) fn forget_frozen_version(user_agent: &str, os: &mut Software) {
    let frozen = match &*os.name {
        "Android" => user_agent.contains("Android 10; K)"),
        "macOS" => user_agent.contains("Mac OS X 10_15_7") || user_agent.contains("Mac OS X 10.15;"),
        _ => false,
    };
    if frozen {
        os.version = shared("");
    }
}

/// How makers of Android devices begin their model numbers.
const MODEL_PREFIXES: &[(&str, &str)] = &[
    ("SM-", "Samsung"),
    ("GT-", "Samsung"),
    ("SCH-", "Samsung"),
    ("Pixel", "Google"),
    ("Redmi", "Xiaomi"),
    ("POCO", "Xiaomi"),
    ("Mi ", "Xiaomi"),
    ("M19", "Xiaomi"),
    ("M20", "Xiaomi"),
    ("M21", "Xiaomi"),
    ("210", "Xiaomi"),
    ("211", "Xiaomi"),
    ("220", "Xiaomi"),
    ("221", "Xiaomi"),
    ("230", "Xiaomi"),
    ("231", "Xiaomi"),
    ("240", "Xiaomi"),
    ("241", "Xiaomi"),
    ("250", "Xiaomi"),
    ("CPH", "Oppo"),
    ("OPPO", "Oppo"),
    ("RMX", "Realme"),
    ("realme", "Realme"),
    ("vivo", "Vivo"),
    ("V19", "Vivo"),
    ("V20", "Vivo"),
    ("V21", "Vivo"),
    ("V22", "Vivo"),
    ("V23", "Vivo"),
    ("V24", "Vivo"),
    ("I20", "Vivo"),
    ("ONEPLUS", "OnePlus"),
    ("OnePlus", "OnePlus"),
    ("moto", "Motorola"),
    ("motorola", "Motorola"),
    ("XT1", "Motorola"),
    ("XT2", "Motorola"),
    ("HUAWEI", "Huawei"),
    ("Lenovo", "Lenovo"),
    ("TB-", "Lenovo"),
    ("LM-", "LG"),
    ("LG-", "LG"),
    ("Nokia", "Nokia"),
    ("TECNO", "Tecno"),
    ("Infinix", "Infinix"),
    ("itel", "Itel"),
    ("XQ-", "Sony"),
    ("KF", "Amazon"),
    ("AFT", "Amazon"),
    ("ASUS", "Asus"),
    ("ZTE", "ZTE"),
    ("HONOR", "Honor"),
];

/// The maker of a model: what uap-core says, or what the number says when uap-core does not know (or counts Realme as Oppo).
pub(super) fn maker<'a>(brand: &'a str, model: &str) -> &'a str {
    if brand.is_empty() || (brand == "Oppo" && model.starts_with("RMX")) {
        brand_of_model(model)
    } else {
        brand
    }
}

fn brand_of_model(model: &str) -> &'static str {
    let found = MODEL_PREFIXES.iter().find(|(prefix, _)| model.starts_with(prefix));
    found.map_or("", |(_, brand)| brand)
}
