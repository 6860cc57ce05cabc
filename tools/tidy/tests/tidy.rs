//! The house rules, applied to this tree.

#[test]
fn arrows_are_in_the_table() {
    let metadata = tidy::arrows::metadata().unwrap();
    let found = tidy::arrows::violations(&metadata);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn sources_keep_to_size_and_form() {
    let sources = tidy::sources::all().unwrap();
    assert!(sources.len() > 20, "only {} sources found: is the root right?", sources.len());
    let found: Vec<String> = sources.iter().flat_map(tidy::sources::Source::violations).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn architecture_shows_the_same_table() {
    let document = std::fs::read_to_string(tidy::root().join("ARCHITECTURE.md")).unwrap();
    for (package, _) in tidy::arrows::ALLOWED {
        let short = package.trim_start_matches("signalbox-");
        assert!(
            document.contains(&format!("| {short} |")),
            "ARCHITECTURE.md has no row for {short} in its table"
        );
    }
}
