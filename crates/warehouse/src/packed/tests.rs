use super::*;
use proptest::prelude::*;

fn values() -> Values<'static> {
    let mut sub_ids = [""; 30];
    (sub_ids[0], sub_ids[1], sub_ids[2], sub_ids[29]) = ("value-7", "value-9", "value-7", "x y");
    Values {
        click_id: 0x0191_e0c4_1234_5678_9abc_def0_1122_3344,
        external_id: "Zk3_91",
        cost: 84_000_000,
        country: "DE",
        keyword: "shoes",
        ad_campaign_id: "17",
        creative_id: "18",
        site: "zone",
        sub_ids,
    }
}

fn check(text: &str, stored: &str) {
    let values = values();
    assert_eq!(pack(text, &values), stored, "{text}");
    assert_eq!(unpack(stored, &values), text);
}

#[test]
fn values_of_other_columns_leave_marks() {
    let id = ClickId(values().click_id).to_string();
    check(
        "/bench-1?ext=Zk3_91&cost=0.0840&s1=value-7&s2=value-9&s3=value-7",
        "\u{1}/bench-1?ext=\u{3}&cost=\u{4}1&s1=\u{5}A&s2=\u{5}B&s3=\u{5}C",
    );
    check(
        &format!("https://offer.example/{id}/p?c=DE&kw=shoes&a=17&b=18&z=zone&x=x+y&aff={id}#value-9"),
        "\u{1}https://offer.example/\u{2}/p?c=\u{6}&kw=\u{7}k&a=\u{7}a&b=\u{7}c&z=\u{7}s&x=x+y&aff=\u{2}#\u{5}B",
    );
    check("/slug?cost=0.084&c=0.0840000000&d=0.0841", "\u{1}/slug?cost=\u{4}0&c=0.0840000000&d=0.0841");
}

#[test]
fn what_has_no_such_values_stays_as_it_is() {
    for text in ["", "/", "/slug", "/slug?a=de&b=Shoes&c=value-70", "?&&==##//", "/ключ?a=б"] {
        check(text, text);
    }
}

#[test]
fn texts_with_control_characters_come_back() {
    for text in ["\u{1}", "\u{1}\u{1}", "\u{1}/x?\u{2}", "/x\u{5}A?c=DE", "\u{2}DE", "/x\u{1}"] {
        let values = values();
        assert_eq!(unpack(&pack(text, &values), &values), text, "{text:?}");
    }
}

proptest! {
    #[test]
    fn every_text_comes_back(
        pieces in prop::collection::vec(prop_oneof![
            Just("value-7".to_owned()), Just("DE".to_owned()), Just("0.08400".to_owned()), Just("Zk3_91".to_owned()),
            Just(ClickId(values().click_id).to_string()), "[/?&=#]", "[\u{0}-\u{9}]", ".{0,6}",
        ], 0..12),
    ) {
        let (text, values) = (pieces.concat(), values());
        let stored = pack(&text, &values);
        prop_assert_eq!(unpack(&stored, &values), text.as_str());
    }

    #[test]
    fn any_stored_text_can_be_read(stored in "[\u{1}-\u{9}A-E0-9a-z/]{0,20}") {
        let _ = unpack(&stored, &values());
    }
}
