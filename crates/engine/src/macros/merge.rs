//! Adding parameters to a target that may have some already.

/// `url` with the query string `extra` merged in before its fragment. A parameter that `url` names already keeps what is written there.
pub(crate) fn with_parameters(url: &str, extra: &str) -> String {
    let extra = extra.trim_matches(['?', '&']);
    let (before, fragment) = match url.split_once('#') {
        Some((before, fragment)) => (before, Some(fragment)),
        None => (url, None),
    };
    let mut merged = before.to_owned();
    let query = before.split_once('?').map(|(_, query)| query);
    let has = |name: &str| {
        let mut present = query.unwrap_or("").split('&').map(|pair| pair.split('=').next().unwrap_or(pair));
        present.any(|present| present == name)
    };
    let mut separator = match query {
        None => "?",
        Some(query) if query.is_empty() || query.ends_with('&') => "",
        Some(_) => "&",
    };
    for pair in extra.split('&').filter(|pair| !pair.is_empty()) {
        if has(pair.split('=').next().unwrap_or(pair)) {
            continue;
        }
        merged.push_str(separator);
        merged.push_str(pair);
        separator = "&";
    }
    if let Some(fragment) = fragment {
        merged.push('#');
        merged.push_str(fragment);
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::with_parameters;

    #[test]
    fn parameters_join_whatever_is_there() {
        for (url, extra, merged) in [
            ("https://a.example", "s={click_id}", "https://a.example?s={click_id}"),
            ("https://a.example/p", "?s=1&t=2", "https://a.example/p?s=1&t=2"),
            ("https://a.example/p?", "s=1", "https://a.example/p?s=1"),
            ("https://a.example/p?a=1", "&s=1", "https://a.example/p?a=1&s=1"),
            ("https://a.example/p?a=1&", "s=1", "https://a.example/p?a=1&s=1"),
            ("https://a.example/p?a=1#top", "s=1", "https://a.example/p?a=1&s=1#top"),
            ("https://a.example/p#top?x", "s=1", "https://a.example/p?s=1#top?x"),
            ("https://a.example/p?s=own", "s=1&t=2", "https://a.example/p?s=own&t=2"),
            ("https://a.example/p?u=a?b", "s=1", "https://a.example/p?u=a?b&s=1"),
            ("https://a.example/p?a=1", "", "https://a.example/p?a=1"),
        ] {
            assert_eq!(with_parameters(url, extra), merged, "{url} + {extra}");
        }
    }
}
