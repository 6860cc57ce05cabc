use super::*;

fn list(text: &str) -> List {
    let entries = Entries::parse(text).unwrap();
    List::new(&ListConfig::default(), [&entries].into_iter())
}

#[test]
fn every_kind_of_entry_is_read() {
    let list = list(
        "\u{feff}# scrapers\r\n192.0.2.0/24 # a comment\n\n 2001:db8::1 \nAS64496\nas64497 # another\nua:ScrapeMaster\n\
         ua:#hash\nua:/^Foo\\/[0-9]+ bar$/\n10.0.0.1-10.0.0.3\n",
    );
    let ip = |text: &str| text.parse::<IpAddr>().unwrap();
    assert!(list.has_address(ip("192.0.2.200"), 0));
    assert!(list.has_address(ip("2001:db8::1"), 0));
    assert!(list.has_address(ip("10.0.0.2"), 0));
    assert!(list.has_address(ip("8.8.8.8"), 64_496) && list.has_address(ip("8.8.8.8"), 64_497));
    assert!(!list.has_address(ip("8.8.8.8"), 0) && !list.has_address(ip("10.0.0.4"), 15_169));
    assert!(list.has_agent("Mozilla/5.0 scrapemaster/2"));
    assert!(list.has_agent("x #hash y"));
    assert!(list.has_agent("FOO/12 bar") && !list.has_agent("Foo/12 bar baz"));
    assert!(!list.has_agent(""));
}

#[test]
fn settings_and_files_are_one_list() {
    let files =
        [Entries::parse("192.0.2.1\nua:/one/").unwrap(), Entries::parse("192.0.2.2\nua:/two/").unwrap()];
    let config = ListConfig {
        addresses: vec!["198.51.100.0/24".parse().unwrap()],
        user_agents: vec!["Three".to_owned()],
        path: None,
    };
    let list = List::new(&config, files.iter());
    for ip in ["192.0.2.1", "192.0.2.2", "198.51.100.77"] {
        assert!(list.has_address(ip.parse().unwrap(), 0), "{ip}");
    }
    assert!(
        list.has_agent("ONE") && list.has_agent("two") && list.has_agent("three") && !list.has_agent("four")
    );
}

#[test]
fn a_wrong_line_is_named() {
    for (text, part) in [
        ("192.0.2.1\n\n192.0.2.0/33", "line 3: `192.0.2.0/33`"),
        ("ua:", "line 1: the text after ua:"),
        ("ua:/(/", "line 1: /(/ is no regular expression"),
        ("AS12x", "line 1: `AS12x`"),
        ("192.0.2.1,192.0.2.2", "line 1"),
        ("ä", "line 1: `ä`"),
    ] {
        let reason = Entries::parse(text).unwrap_err();
        assert!(reason.contains(part), "{reason}");
    }
    let many: String = (0..1_001).map(|n| format!("ua:/a{n}/\n")).collect();
    assert!(Entries::parse(&many).unwrap_err().contains("more than 1000"));
    assert!(Entries::parse("ua:/(a{1000}){1000}/").is_err());
}

#[test]
fn an_empty_list_has_nobody() {
    let list = list("# nobody\n");
    assert!(!list.has_address([127, 0, 0, 1].into(), 0) && !list.has_agent("anything"));
}
