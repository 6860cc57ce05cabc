use super::*;
use proptest::prelude::*;

/// The form of the bank's file.
const FILE: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
	<gesmes:subject>Reference rates</gesmes:subject>
	<gesmes:Sender>
		<gesmes:name>European Central Bank</gesmes:name>
	</gesmes:Sender>
	<!-- <Cube time='1999-01-04'/> -->
	<Cube>
		<Cube time='2026-11-20'>
			<Cube currency='USD' rate='1.0928'/>
			<Cube currency='JPY' rate='161.93'/>
			<Cube rate = "16894.12" currency = "IDR" />
		</Cube>
	</Cube>
</gesmes:Envelope>"#;

fn shown(quotes: &Quotes) -> Vec<String> {
    quotes.of.iter().map(|(currency, worth)| format!("{currency} {worth}")).collect()
}

#[test]
fn the_banks_file_is_read() {
    let (day, quotes) = read_ecb(FILE).unwrap();
    assert_eq!((day.to_string().as_str(), quotes.base.as_str()), ("2026-11-20", "EUR"));
    assert_eq!(shown(&quotes), ["IDR 16894.12", "JPY 161.93", "USD 1.0928"]);
    let ninety = FILE.replace("</gesmes:Envelope>", "<Cube time='2026-11-19'/>");
    for (text, word) in [
        (String::new(), "no <Cube time"),
        ("<html><body>Sorry</body></html>".to_owned(), "no <Cube time"),
        (FILE.replace("2026-11-20", "20.11.2026"), "no date"),
        (FILE.replace("currency", "name"), "no rate"),
        (FILE[..FILE.find("USD").unwrap()].to_owned(), "no rate"),
        (ninety, "more than one day"),
    ] {
        let refused = read_ecb(&text).unwrap_err();
        assert!(refused.contains(word), "{refused}");
    }
}

#[test]
fn documents_are_read_where_they_are_pointed_at() {
    let text = r#"{"success":true,"base":"usd","date":"2026-11-20",
        "rates":{"EUR":0.915080527,"USD":1,"GBP":"0.79","XAUOZ":5,"JPY":null,"BTC":1.1e-5,"VND":25410}}"#;
    let quotes = read_json(text, "/base", "/rates").unwrap();
    assert_eq!(quotes.base.as_str(), "USD");
    assert_eq!(shown(&quotes), ["BTC 0.000011", "EUR 0.915080527", "GBP 0.79", "VND 25410"]);
    assert_eq!(read_json(r#"{"EUR":2}"#, "USD", "").map(|it| shown(&it)), Ok(vec!["EUR 2".to_owned()]));
    for (text, base, rates, word) in [
        ("<html>", "USD", "/rates", "no JSON"),
        (text, "/quote", "/rates", "the base is said"),
        (text, "/date", "/rates", "no currency"),
        (text, "/base", "/date", "no object"),
        (r#"{"rates":{"USD":1,"EUR":0,"GBP":-1}}"#, "USD", "/rates", "no rate"),
    ] {
        let refused = read_json(text, base, rates).unwrap_err();
        assert!(refused.contains(word), "{refused}");
    }
}

#[test]
fn numbers_are_rounded_at_nine_decimals() {
    for (text, expected) in [
        ("1", Some("1")),
        (" 0.9 ", Some("0.9")),
        (".5", Some("0.5")),
        ("5.", Some("5")),
        ("1.23456789049", Some("1.23456789")),
        ("1.2345678905", Some("1.234567891")),
        ("6.15e-5", Some("0.0000615")),
        ("12E3", Some("12000")),
        ("0.0000000005", Some("0.000000001")),
        ("0.0000000004", None),
        ("5e-10", Some("0.000000001")),
        ("5e-11", None),
        ("0", None),
        ("-1", None),
        ("", None),
        (".", None),
        ("1e99", None),
        ("1e-99", None),
        ("1,5", None),
        ("NaN", None),
        ("1000000000000", Some("1000000000000")),
        ("1000000000000.1", None),
    ] {
        assert_eq!(decimal(text).map(|it| it.to_string()).as_deref(), expected, "{text:?}");
    }
}

proptest! {
    /// What is written in the bank's form is read as it was written, whatever else stands in the file.
    #[test]
    fn what_is_written_is_read(
        rates in prop::collection::btree_map("[A-Z]{3}", 1..10_000_000_000_000_i128, 1..40),
        noise in "[^<>]{0,20}",
        double in any::<bool>(),
    ) {
        let quote = if double { '"' } else { '\'' };
        let row = |(name, nanos): (&String, &i128)| {
            let rate = Money::from_nanos(*nanos);
            format!("<Cube currency={quote}{name}{quote} rate={quote}{rate}{quote}/>{noise}")
        };
        let rows: String = rates.iter().map(row).collect();
        let text = format!("{noise}<x:Cube>{noise}<x:Cube time={quote}2026-02-28{quote}>{rows}</x:Cube></x:Cube>");
        let expected: Vec<(Currency, Money)> = rates
            .iter()
            .filter(|(name, _)| *name != "EUR")
            .map(|(name, nanos)| (name.parse().unwrap(), Money::from_nanos(*nanos)))
            .collect();
        match read_ecb(&text) {
            Ok((day, quotes)) => {
                prop_assert_eq!(day.to_string(), "2026-02-28");
                prop_assert_eq!(&quotes.of, &expected);
            }
            Err(_) => prop_assert!(expected.is_empty()),
        }
        let numbers: Map<String, Value> =
            rates.iter().map(|(name, nanos)| (name.clone(), Money::from_nanos(*nanos).to_string().into())).collect();
        if let Ok(quotes) = read_json(&Value::Object(numbers).to_string(), "EUR", "") {
            prop_assert_eq!(quotes.of, expected);
        }
    }

    /// Any text is read or refused, and what is read is sound.
    #[test]
    fn any_text_is_read_or_refused(text in "(<Cube |[<>='\"/]|time|currency|rate|USD|[0-9.eE-]|.){0,80}") {
        crate::fuzzing::rate_feed(text.as_bytes());
    }
}
