use super::*;

fn pairs(raw: &str) -> Vec<(String, String)> {
    Query::parse(raw).iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn decodes_names_and_values() {
    assert_eq!(
        pairs("a=1&b%20c=x+y%26z&&=lost&flag&empty=&u=%C3%BC&bad=%FF%zz%2"),
        owned(&[
            ("a", "1"),
            ("b c", "x y&z"),
            ("flag", ""),
            ("empty", ""),
            ("u", "ü"),
            ("bad", "\u{fffd}%zz%2")
        ])
    );
    assert_eq!(pairs(""), vec![]);
    assert_eq!(pairs("?a=b=c"), owned(&[("a", "b=c")]));
}

#[test]
fn first_of_duplicates_counts_in_any_case() {
    let query = Query::parse("Zone=1&ZONE=2");
    assert_eq!(query.get("zone"), Some("1"));
    assert_eq!(query.get("other"), None);
}

#[test]
fn undecoded_values_are_borrowed() {
    let raw = String::from("a=plain&b=x%20y");
    let query = Query::parse(&raw);
    assert!(matches!(query.parameters[0].1, Cow::Borrowed(_)));
    assert!(matches!(query.parameters[1].1, Cow::Owned(_)));
}

#[test]
fn every_bound_keeps_the_beginning_and_is_reported() {
    let many = (0..PARAMETERS_MAX + 5).map(|n| format!("p{n}=1")).collect::<Vec<_>>().join("&");
    let query = Query::parse(&many);
    assert_eq!(query.iter().count(), PARAMETERS_MAX);
    assert!(query.is_truncated());

    let long = format!("a={}&b=1", "ü".repeat(VALUE_BYTES_MAX));
    let query = Query::parse(&long);
    assert_eq!(query.get("a").map(str::len), Some(VALUE_BYTES_MAX));
    assert_eq!(query.get("b"), Some("1"));
    assert!(query.is_truncated());

    let encoded = format!("a={}", "%C3%BC".repeat(VALUE_BYTES_MAX / 2 + 3));
    assert_eq!(Query::parse(&encoded).get("a").map(str::len), Some(VALUE_BYTES_MAX));

    let name = format!("{}=1&b=2", "n".repeat(NAME_BYTES_MAX + 1));
    let query = Query::parse(&name);
    assert_eq!((query.iter().count(), query.get("b"), query.is_truncated()), (1, Some("2"), true));

    let huge = format!("a={}", "x".repeat(QUERY_BYTES_MAX));
    assert!(Query::parse(&huge).is_truncated());
    assert!(!Query::parse("a=1").is_truncated());
}
