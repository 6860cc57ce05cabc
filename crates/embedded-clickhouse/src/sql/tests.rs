use super::*;

fn is_format(name: &str) -> bool {
    ["csv", "json", "rowbinary", "tsv", "values"].contains(&name.to_ascii_lowercase().as_str())
}

fn shape(text: &str) -> Shape {
    analyse(text.as_bytes(), true, is_format).unwrap()
}

fn plain(text: &str) -> Plain {
    match shape(text) {
        Shape::Plain(plain) => plain,
        Shape::Rows(rows) => panic!("{text}: {rows:?}"),
    }
}

/// The statement that would be run and the rows that are part of the text.
fn rows(text: &str) -> (String, String) {
    match shape(text) {
        Shape::Rows(rows) => (
            String::from_utf8(rows.statement(text.as_bytes(), "F")).unwrap(),
            text[rows.rows_at..].to_owned(),
        ),
        Shape::Plain(plain) => panic!("{text}: {plain:?}"),
    }
}

fn refusal(text: &str) -> String {
    analyse(text.as_bytes(), false, is_format).unwrap_err().to_string()
}

#[test]
fn finds_where_the_rows_of_an_insert_begin() {
    let infile = "FROM INFILE 'F' COMPRESSION 'none'";
    for (text, sql, data) in [
        ("INSERT INTO t FORMAT CSV", format!("INSERT INTO t  {infile} FORMAT CSV"), ""),
        ("INSERT INTO t(a, b) FORMAT CSV\n1,2", format!("INSERT INTO t(a, b)  {infile} FORMAT CSV"), "1,2"),
        ("INSERT INTO t FORMAT CSV 1,2;x", format!("INSERT INTO t  {infile} FORMAT CSV"), "1,2;x"),
        ("INSERT INTO t FORMAT CSV \r\n\n1", format!("INSERT INTO t  {infile} FORMAT CSV"), "\n1"),
        (
            "insert into d.t settings a=1 format tsv 1",
            format!("insert into d.t  {infile} settings a=1 format tsv"),
            "1",
        ),
        (
            "INSERT INTO `d`.`format` (`values`) FORMAT TSV",
            format!("INSERT INTO `d`.`format` (`values`)  {infile} FORMAT TSV"),
            "",
        ),
        ("INSERT INTO format FORMAT TSV", format!("INSERT INTO format  {infile} FORMAT TSV"), ""),
        (
            "INSERT INTO TABLE FUNCTION null('a Int8') FORMAT TSV",
            format!("INSERT INTO TABLE FUNCTION null('a Int8')  {infile} FORMAT TSV"),
            "",
        ),
        (
            "INSERT INTO {t:Identifier} FORMAT TSV",
            format!("INSERT INTO {{t:Identifier}}  {infile} FORMAT TSV"),
            "",
        ),
        (
            "/* FORMAT x */ INSERT INTO t (a) -- VALUES\n FORMAT TSV",
            format!("/* FORMAT x */ INSERT INTO t (a) -- VALUES\n  {infile} FORMAT TSV"),
            "",
        ),
        ("INSERT INTO t VALUES", format!("INSERT INTO t  {infile}  FORMAT Values"), ""),
        (
            "INSERT INTO t SETTINGS a=1 VALUES\n",
            format!("INSERT INTO t  {infile} SETTINGS a=1  FORMAT Values"),
            "",
        ),
    ] {
        assert_eq!(rows(text), (sql, data.to_owned()), "{text}");
    }
}

#[test]
fn statements_that_run_as_they_stand() {
    for text in [
        "INSERT INTO t VALUES (1), ('a;b')",
        "INSERT INTO t SELECT 1",
        "INSERT INTO t (a) WITH 1 AS x SELECT x",
        "INSERT INTO t (SELECT 1)",
        "INSERT INTO t",
        "WITH 1 AS x INSERT INTO t SELECT x",
    ] {
        assert!(plain(text).is_insert, "{text}");
    }
    for text in ["SELECT 1;", " (SELECT 1) UNION ALL SELECT 2", "with 1 as x select x;;"] {
        assert!(plain(text).is_select, "{text}");
    }
    let ddl = plain("CREATE TABLE t (a Int8 DEFAULT ';') ENGINE = Memory");
    assert_eq!(ddl, Plain { is_insert: false, is_select: false, format: None });
}

#[test]
fn finds_the_format_of_the_answer_and_nothing_else_called_format() {
    let format = |text: &str| plain(text).format;
    assert_eq!(format("SELECT 1 FORMAT CSV"), Some("CSV".to_owned()));
    assert_eq!(format("SELECT 1 format json;"), Some("json".to_owned()));
    assert_eq!(format("SELECT 1 FORMAT TSV SETTINGS max_threads = 1"), Some("TSV".to_owned()));
    for text in [
        "SELECT format FROM t",
        "SELECT 1 AS format",
        "SELECT a FROM t ORDER BY format DESC",
        "SELECT 'FORMAT CSV'",
        "SELECT 1 -- FORMAT CSV",
        "SELECT format csv FROM t",
    ] {
        assert_eq!(format(text), None, "{text}");
    }
}

#[test]
fn refuses_what_would_run_more_than_was_asked() {
    for text in [
        "SELECT 1; DROP TABLE t",
        "SELECT 1;;SELECT 2",
        "INSERT INTO t VALUES (1); DROP TABLE t",
        "INSERT INTO t SELECT 1; DROP TABLE t",
    ] {
        assert!(refusal(text).contains("multi-statements"), "{text}");
    }
    for text in [
        "SELECT 1 INTO OUTFILE '/etc/x'",
        "INSERT INTO t FROM INFILE '/etc/passwd' FORMAT TSV",
        "INSERT INTO t SELECT 1 /**/ into/**/outfile 'x'",
    ] {
        assert!(refusal(text).contains("not allowed over HTTP"), "{text}");
    }
    for text in ["", "  ", "-- only a comment"] {
        assert!(refusal(text).contains("empty"), "{text}");
    }
    for text in ["; SELECT 1", "1 + 1", "'x'", "\u{feff}SELECT 1", "#x"] {
        assert!(refusal(text).contains("begins with a word"), "{text}");
    }
    assert!(refusal("INSERT INTO t FORMAT ; 1").contains("FORMAT needs"));
    assert!(refusal("INSERT INTO t FORMAT CSV; 1").contains("excessive ';'"));
}
