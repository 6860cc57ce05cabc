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
        assert!(matches!(search.machine, Machine::Compact(_)));
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
