use super::*;
use signalbox_domain::OUTPUT_MACROS;
use std::collections::BTreeSet;

fn is_page(text: &str) -> bool {
    let parsed = url::Url::parse(text).unwrap();
    parsed.scheme() == "https" && parsed.host_str().is_some_and(|host| host.contains('.'))
}

#[test]
fn the_files_are_read_and_every_entry_names_its_pages() {
    let (sources, networks) = (read_sources(SOURCES).unwrap(), read_networks(NETWORKS).unwrap());
    let names: BTreeSet<String> = sources.iter().map(|it| it.name.to_lowercase()).collect();
    assert_eq!(names.len(), sources.len(), "names of sources are unique");
    let names: BTreeSet<String> = networks.iter().map(|it| it.name.to_lowercase()).collect();
    assert_eq!(names.len(), networks.len(), "names of networks are unique");
    for (name, pages) in
        sources.iter().map(|it| (&it.name, &it.pages)).chain(networks.iter().map(|it| (&it.name, &it.pages)))
    {
        assert!(!pages.is_empty() && pages.iter().all(|page| is_page(page)), "{name}: {pages:?}");
    }
    assert_eq!((sources.len(), networks.len()), (super::sources().len(), super::networks().len()));
}

#[test]
fn sources_are_told_by_macros_that_are_filled() {
    let kinds = ["display", "native", "pop", "push", "search", "social"];
    for template in sources() {
        assert!(kinds.contains(&template.kind.as_str()), "{}: {}", template.name, template.kind);
        let url = &template.postback_url;
        if url.is_empty() {
            continue;
        }
        assert!(url.contains("{external_id}"), "{}: {url}", template.name);
        let has_click_id = template.parameters.iter().any(|it| it.role == ParameterRole::ExternalId);
        assert!(has_click_id, "{} is told a click id that it does not send", template.name);
        for part in url.split('{').skip(1) {
            let name = part.split(['}', ':']).next().unwrap();
            let known = OUTPUT_MACROS.iter().any(|(known, _)| known.trim_matches(['{', '}']) == name);
            assert!(known, "{}: {{{name}}}", template.name);
        }
    }
}

#[test]
fn networks_are_given_macros_of_their_own() {
    for template in networks() {
        let name = &template.name;
        assert!(!template.click_id_token.is_empty(), "{name}");
        let literal = |token: &str| token.bytes().all(|b| b.is_ascii_alphanumeric());
        for token in [
            &template.click_id_token,
            &template.payout_token,
            &template.status_token,
            &template.transaction_token,
        ] {
            assert!(token.is_empty() || !literal(token), "{name}: {token} is no macro");
        }
        for word in &template.statuses {
            let usual = signalbox_domain::ConversionStatus::from_synonym(&word.word);
            assert_ne!(usual, Some(word.status.into()), "{name}: {} is understood without it", word.word);
            assert!(!template.status_token.is_empty(), "{name} has words and no macro for them");
        }
    }
}
