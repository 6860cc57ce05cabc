use super::*;

#[test]
fn sets_ignore_case_of_any_script() {
    let set = FoldedSet::new(["DE", "München", "СПБ", ""]);
    for text in ["de", "De", "MÜNCHEN", "münchen", "спб", ""] {
        assert!(set.contains(text), "{text}");
    }
    for text in ["d", "dee", "munchen", " de"] {
        assert!(!set.contains(text), "{text}");
    }
}

#[test]
fn searches_look_where_they_are_told() {
    let needles = ["Chrome", "ÜBER", "x"];
    for (position, text, expected) in [
        (Position::Anywhere, "mozilla CHROME/1", true),
        (Position::Anywhere, "grüber", true),
        (Position::Anywhere, "chrom", false),
        (Position::Anywhere, "", false),
        (Position::Start, "chromeOS", true),
        (Position::Start, "a chrome", false),
        (Position::Start, "Über alles", true),
        (Position::End, "headless CHROME", true),
        (Position::End, "chrome/1", false),
        (Position::End, "grÜBER", true),
        (Position::End, "max", true),
    ] {
        let search = Search::new(needles, position).unwrap();
        assert_eq!(search.matches(text), expected, "{position:?} {text}");
    }
}

#[test]
fn thousands_of_needles_are_one_search() {
    let needles: Vec<String> = (0..3000).map(|n| format!("Nädel {n};")).collect();
    for (position, text) in [
        (Position::Anywhere, "heu NÄDEL 2999; heu"),
        (Position::Start, "nädel 7; heu"),
        (Position::End, "heu nädel 2998;"),
    ] {
        let search = Search::new(needles.iter().map(String::as_str), position).unwrap();
        assert!(search.is_compact());
        assert!(search.matches(text), "{position:?}");
        assert!(!search.matches("heu nädel 3000; heu"));
    }
    let set = FoldedSet::new(needles.iter().map(String::as_str));
    assert!(set.contains("NÄDEL 2999;") && !set.contains("nädel 3000;"));
}

#[test]
fn an_empty_needle_is_everywhere_and_no_needle_nowhere() {
    assert!(Search::new([""], Position::Anywhere).unwrap().matches("a"));
    assert!(Search::new([""], Position::End).unwrap().matches(""));
    assert!(!Search::new([], Position::Anywhere).unwrap().matches("a"));
}

#[test]
fn searches_agree_with_looking_everywhere() {
    let needles = ["headless", "Bot", "spider", "ab1"];
    let search = Search::new(needles, Position::Anywhere).unwrap();
    let slow = Search::new(needles.into_iter().chain(["\u{1}"]), Position::Anywhere).unwrap();
    let mut state = 7_u64;
    let mut found = 0;
    for _ in 0..20_000 {
        let mut next = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) % below
        };
        // Letters of the needles, so that beginnings are everywhere.
        let text: String = (0..next(80)).map(|_| b"headlSbBoOtTspi 1"[next(17) as usize] as char).collect();
        let naive = needles.iter().any(|needle| fold(&text).contains(&fold(needle)));
        assert_eq!((search.matches(&text), slow.matches(&text)), (naive, naive), "{text:?}");
        found += usize::from(naive);
    }
    assert!((1000..19_000).contains(&found), "{found}");
    assert!(search.matches("\u{212a} ROBOT"), "text beyond ASCII is read as well");
}

#[test]
fn sets_of_every_size_find_the_same() {
    let values: Vec<String> = (0..9)
        .map(|number| format!("Wört {number}"))
        .chain((0..50).map(|number| number.to_string()))
        .collect();
    for count in [8, 9, 16, 17, 59] {
        let set = FoldedSet::new(values[..count].iter().map(String::as_str));
        assert!(set.contains("WÖRT 7") && set.contains("wört 0") && !set.contains("wört 9"));
    }
}

#[test]
fn needles_are_found_wherever_windows_of_a_long_text_end() {
    for filling in ["a", "ä", "İ"] {
        for length in (0..40).chain(500..530).chain(1010..1030) {
            let text = format!("{}NEEDLE ÜBER{}", filling.repeat(length), filling.repeat(600));
            for needle in ["needle", "Über", "e über", "n"] {
                let few = Search::new([needle, "nowhere to be found"], Position::Anywhere).unwrap();
                assert!(few.matches(&text), "{needle} behind {length} × {filling}");
                assert!(!few.matches(&text.replace("NEEDLE ÜBER", "")), "{needle}");
            }
        }
    }
}

#[test]
fn few_and_many_needles_find_the_same() {
    let many = |needle: &str| {
        let others: Vec<String> = (0..9).map(|number| format!("\u{1}{number}")).collect();
        let needles = others.iter().map(String::as_str).chain([needle]);
        Search::new(needles, Position::Anywhere).unwrap()
    };
    for needle in ["x", "chrome/1", "ß", "ΣΑΣ", "", "K"] {
        let few = Search::new([needle], Position::Anywhere).unwrap();
        for text in
            ["", "x", "Mozilla CHROME/12", "STRASSE", "straße", "σας", "\u{212a}elvin", &"y".repeat(700)]
        {
            assert_eq!(few.matches(text), many(needle).matches(text), "{needle:?} in {text:?}");
        }
    }
}

#[test]
fn hashes_ignore_case_of_any_script() {
    for (a, b) in [("Kelvin sign", "\u{212a}elvin SIGN"), ("MÜNCHENER Straße", "münchener STRAßE"), ("", "")]
    {
        assert_eq!(hash(a), hash(b), "{a} {b}");
        assert!(FoldedSet::new([a]).contains(b) && FoldedSet::new([b]).contains(a));
    }
    let many: Vec<String> = (0..100).map(|number| format!("Wert {number}")).collect();
    let set = FoldedSet::new(many.iter().map(String::as_str));
    assert!(matches!(set, FoldedSet::Table(_)));
    assert!(set.contains("WERT 99") && !set.contains("wert 100"));
}
