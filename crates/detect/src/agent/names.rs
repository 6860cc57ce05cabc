//! One name for one thing: uap-core has several for the same browser, one for each kind of device; the kind is a field of its own here.

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
