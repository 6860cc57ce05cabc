use super::*;

#[derive(Serialize)]
struct Sample<'a> {
    id: u64,
    at: i64,
    word: &'a str,
    nothing: &'a str,
    note: &'a str,
    kind: i8,
    zero: u32,
}

const NAMES: &[&str] = &["id", "at", "word", "nothing", "note", "kind", "zero"];

fn layout() -> Layout {
    let kinds = [
        ("id", "UInt64"),
        ("at", "DateTime64(3, 'UTC')"),
        ("word", "LowCardinality(String)"),
        ("nothing", "LowCardinality(String)"),
        ("note", "String"),
        ("kind", "Enum8('none' = 0, 'one' = 1)"),
        ("zero", "UInt32"),
    ];
    let columns = kinds.into_iter().map(|(name, kind)| (name.to_owned(), kind.to_owned())).collect();
    Layout { tables: HashMap::from([("t".to_owned(), columns)]) }
}

fn row(id: u64, word: &'static str, note: &'static str) -> Sample<'static> {
    Sample { id, at: -2, word, nothing: "", note, kind: 0, zero: 0 }
}

#[test]
fn columns_stand_one_behind_the_other_without_those_that_say_nothing() {
    let mut block = Block::new("t", NAMES, &layout()).unwrap();
    for sample in [row(1, "b", ""), row(2, "", "xy"), row(3, "b", ""), row(4, "a", "")] {
        block.push(&sample).unwrap();
    }
    let encoded = block.encode(Vec::new());
    assert_eq!(encoded.columns, "id, at, word, note, kind");
    let mut expected = vec![5, 4, 2, b'i', b'd', 6];
    expected.extend(b"UInt64");
    (1..=4_u64).for_each(|id| expected.extend(id.to_le_bytes()));
    expected.extend(b"\x02at\x14DateTime64(3, 'UTC')");
    (0..4).for_each(|_| expected.extend((-2_i64).to_le_bytes()));
    expected.extend(b"\x04word\x16LowCardinality(String)");
    expected.extend(1_u64.to_le_bytes());
    expected.extend(0x600_u64.to_le_bytes());
    expected.extend(3_u64.to_le_bytes());
    expected.extend(b"\x00\x01b\x01a");
    expected.extend(4_u64.to_le_bytes());
    expected.extend([1, 0, 1, 2]);
    expected.extend(b"\x04note\x06String\x00\x02xy\x00\x00");
    expected.extend(b"\x04kind\x1cEnum8('none' = 0, 'one' = 1)\x00\x00\x00\x00");
    assert_eq!(encoded.bytes, expected, "{}", String::from_utf8_lossy(&encoded.bytes));
}

#[test]
fn many_words_have_wider_numbers() {
    for (count, width) in [(255_usize, 1_usize), (256, 2), (70_000, 4)] {
        let mut words = words::Words::new(None);
        let mut keys = 1;
        for number in 0..count {
            let word = format!("w{number}");
            keys += 1 + word.len();
            words.push(word.as_bytes());
            words.push(word.as_bytes());
        }
        let mut bytes = Vec::new();
        words.encode(&mut bytes);
        assert_eq!(bytes.len(), 4 * 8 + keys + 2 * count * width, "{count} words");
        assert_eq!(bytes[8], [0, 0, 1, 1, 2][width], "{count} words");
    }
}

#[test]
fn numbers_can_be_words() {
    let mut words = words::Words::new(Some(4));
    for number in [0_u32, 7, 7, 0, 9] {
        words.push(&number.to_le_bytes());
    }
    let mut bytes = Vec::new();
    words.encode(&mut bytes);
    assert_eq!(bytes[16..24], 3_u64.to_le_bytes());
    assert_eq!(bytes[24..36], [0, 0, 0, 0, 7, 0, 0, 0, 9, 0, 0, 0]);
    assert_eq!(bytes[44..], [0, 1, 1, 0, 2]);
    words.clear();
    assert!(words.are_default());
    words.push(&0_u32.to_le_bytes());
    assert!(words.are_default());
}

#[test]
fn what_a_table_cannot_hold_is_named() {
    let mut layout = layout();
    let columns = layout.tables.get_mut("t").unwrap();
    columns.insert("id".to_owned(), "UInt32".to_owned());
    let error = Block::new("t", NAMES, &layout).unwrap().push(&row(1, "", "")).unwrap_err();
    assert!(matches!(&error, Error::Schema { reason } if reason.contains("column id")), "{error}");
    let columns = layout.tables.get_mut("t").unwrap();
    columns.insert("id".to_owned(), "Array(UInt64)".to_owned());
    let error = Block::new("t", NAMES, &layout).unwrap_err();
    assert!(matches!(&error, Error::Schema { reason } if reason.contains("Array")), "{error}");
    let columns = layout.tables.get_mut("t").unwrap();
    columns.remove("id");
    let error = Block::new("t", NAMES, &layout).unwrap_err();
    assert!(matches!(&error, Error::Schema { reason } if reason.contains("not migrated")), "{error}");
    let short = Block::new("t", &NAMES[1..], &self::layout()).unwrap().push(&row(1, "", ""));
    assert!(short.is_err(), "fewer columns than fields");
}
