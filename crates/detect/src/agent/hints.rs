//! Client hints: what browsers say where their user agents have been frozen. What a hint says beats the user agent.

use super::{lexicon::Lexicon, patterns::Patterns};
use crate::{ClientHints, cut, words::shared};
use signalbox_domain::{Device, DeviceType, Software};

/// Longest hint that is looked at, bytes.
const HINT_BYTES_MAX: usize = 256;

/// Adds to a key what tells these hints from others.
pub(super) fn push_key(hints: &ClientHints<'_>, key: &mut String) {
    for hint in [
        hints.brands,
        hints.full_version_list,
        hints.mobile,
        hints.platform,
        hints.platform_version,
        hints.model,
        hints.form_factors,
    ] {
        key.push('\u{1}');
        key.push_str(cut(hint, HINT_BYTES_MAX));
    }
}

/// Whether the brands are those of a browser without a window.
pub(super) fn is_headless(hints: &ClientHints<'_>) -> bool {
    brands(hints.brands).any(|(brand, _)| brand.contains("Headless"))
}

/// Puts what the hints say over what the user agent said.
pub(super) fn apply(
    hints: &ClientHints<'_>,
    (lexicon, patterns): (&Lexicon, &Patterns),
    device: &mut Device,
) {
    apply_platform(hints, device);
    apply_browser(hints, device);
    let model = text(hints.model);
    if !model.is_empty() && model != "K" {
        // The patterns know brands by what phones used to write into their user agents.
        let written = format!("Mozilla/5.0 (Linux; Android 10; {model} Build/X) AppleWebKit/537.36 Mobile");
        let (brand, known_model) = patterns.hardware((&written, &lexicon.find(&written)));
        device.brand = brand;
        device.model = if known_model.is_empty() { shared(model) } else { known_model };
    }
    if let Some(kind) = form_factor(hints.form_factors)
        && !matches!(device.kind, DeviceType::Tv | DeviceType::Console)
    {
        device.kind = kind;
        return;
    }
    match (hints.mobile.trim(), device.kind) {
        ("?1", DeviceType::Desktop | DeviceType::Unknown) => device.kind = DeviceType::Mobile,
        // Only phones send "?1"; a tablet that asks for desktop pages is known by its system.
        ("?0", DeviceType::Mobile) if *device.os.name == *"Android" => device.kind = DeviceType::Tablet,
        _ => {}
    }
}

/// The kind of the first form factor that is one.
fn form_factor(hint: &str) -> Option<DeviceType> {
    cut(hint, HINT_BYTES_MAX).split(',').find_map(|factor| match text(factor) {
        "Desktop" => Some(DeviceType::Desktop),
        "Mobile" => Some(DeviceType::Mobile),
        "Tablet" | "EInk" => Some(DeviceType::Tablet),
        "XR" | "Watch" => Some(DeviceType::Wearable),
        "Automotive" => Some(DeviceType::Other),
        _ => None,
    })
}

fn apply_platform(hints: &ClientHints<'_>, device: &mut Device) {
    let name = match text(hints.platform) {
        "" | "Unknown" => return,
        "Mac OS X" => "macOS",
        "Chromium OS" => "Chrome OS",
        other => other,
    };
    // The user agent may know which Linux or which iOS it is.
    let more_exact = (name == "Linux" && !matches!(&*device.os.name, "Android" | "Windows" | "macOS" | ""))
        || *device.os.name == *name;
    if !more_exact {
        device.os = Software { name: shared(name), version: shared("") };
    }
    let version = text(hints.platform_version);
    if version.is_empty() || name == "Linux" {
        return;
    }
    let version = if name == "Windows" { windows_release(version) } else { short(version) };
    if !version.is_empty() {
        device.os.version = shared(version);
    }
}

/// Windows numbers its API, not its releases: from 13 on it is Windows 11, from 1 on Windows 10.
fn windows_release(version: &str) -> &str {
    let mut parts = version.split('.');
    let major = parts.next().and_then(|part| part.parse::<u32>().ok());
    match (major, parts.next()) {
        (Some(13..), _) => "11",
        (Some(1..), _) => "10",
        (Some(0), Some("3")) => "8.1",
        (Some(0), Some("2")) => "8",
        (Some(0), Some("1")) => "7",
        _ => "",
    }
}

/// A version without trailing zeros: `15.0.0` is `15`.
fn short(version: &str) -> &str {
    let mut version = version;
    while let Some(rest) = version.strip_suffix(".0") {
        version = rest;
    }
    version
}

fn apply_browser(hints: &ClientHints<'_>, device: &mut Device) {
    let list = if hints.full_version_list.is_empty() { hints.brands } else { hints.full_version_list };
    let Some((name, version)) = brands(list).filter_map(known_brand).next() else { return };
    // Inside an app the user agent knows better which app it is.
    let same = *device.browser.name == *name;
    if !same && !matches!(&*device.browser.name, "Chrome" | "Chromium" | "Edge" | "Opera" | "") {
        return;
    }
    if !same {
        device.browser = Software { name: shared(name), version: shared(version) };
    } else if !hints.full_version_list.is_empty() && !version.is_empty() {
        device.browser.version = shared(version);
    }
}

/// Our name for a brand; nothing for the engine and for the brand made up to keep servers from relying on the list.
fn known_brand<'a>((brand, version): (&'a str, &'a str)) -> Option<(&'a str, &'a str)> {
    let name = match brand {
        "Google Chrome" | "HeadlessChrome" => "Chrome",
        "Microsoft Edge" => "Edge",
        "Yandex" | "YaBrowser" => "Yandex Browser",
        "Opera" | "Brave" | "Vivaldi" | "Samsung Internet" | "Android WebView" | "DuckDuckGo" => brand,
        "OperaMobile" | "Opera GX" => "Opera",
        _ => return None,
    };
    Some((name, version))
}

/// Brands and versions of a list such as `"Chromium";v="124", "Google Chrome";v="124"`.
fn brands(list: &str) -> impl Iterator<Item = (&str, &str)> {
    cut(list, HINT_BYTES_MAX).split(',').filter_map(|entry| {
        let (brand, version) = entry.split_once(";v=")?;
        Some((text(brand), text(version)))
    })
}

/// What a quoted hint says.
fn text(hint: &str) -> &str {
    cut(hint, HINT_BYTES_MAX).trim().trim_matches('"').trim()
}
