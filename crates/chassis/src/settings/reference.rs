//! The reference page for operators, made from the comments of `default.toml`. A test fails when `docs/configuration.md` differs.

use super::{
    env::variable_of,
    load::{DEFAULT_TOML, SECRETS},
};

/// One documented key.
struct Entry<'a> {
    key: String,
    default: &'a str,
    doc: String,
}

/// The page `docs/configuration.md`.
pub fn markdown() -> String {
    let mut page = String::from(
        "# Configuration\n\n<!-- Made from crates/chassis/default.toml: edit that file, then run \
         `cargo run -p signalbox-chassis --example configuration > docs/configuration.md`. -->\n",
    );
    let mut comment: Vec<&str> = Vec::new();
    let mut section = String::new();
    let mut entries: Vec<Entry<'_>> = Vec::new();
    let mut preface_done = false;
    for line in DEFAULT_TOML.lines().chain([""]) {
        if let Some(text) = line.strip_prefix('#') {
            comment.push(text.strip_prefix(' ').unwrap_or(text));
        } else if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = name.to_owned();
            page.push_str(&format!("## `[{name}]`\n\n{}\n\n", comment.join(" ")));
            comment.clear();
        } else if let Some((key, default)) = line.split_once(" = ") {
            entries.push(Entry { key: format!("{section}.{key}"), default, doc: comment.join(" ") });
            comment.clear();
        } else if !preface_done {
            push_preface(&mut page, &comment);
            comment.clear();
            preface_done = true;
        } else {
            push_table(&mut page, &entries);
            entries.clear();
        }
    }
    while page.ends_with("\n\n") {
        page.pop();
    }
    page
}

fn push_preface(page: &mut String, comment: &[&str]) {
    // The first line is the title of the file; an indent of two is the file's own, the rest belongs to a list.
    for line in comment.iter().skip(1) {
        page.push_str(line.strip_prefix("  ").unwrap_or(line).trim_end());
        page.push('\n');
    }
    page.push_str(
        "\n`signalbox check` shows every value in force and where it came from, with secrets hidden. ",
    );
    page.push_str(
        "A configuration with problems is refused with exit code 64 and a list of all of them.\n\n",
    );
}

fn push_table(page: &mut String, entries: &[Entry<'_>]) {
    if entries.is_empty() {
        return;
    }
    page.push_str("| key | default | meaning | environment |\n|---|---|---|---|\n");
    for Entry { key, default, doc } in entries {
        let variable = variable_of(key);
        let variables = match SECRETS.contains(&key.as_str()) {
            true => format!("`{variable}`, `{variable}_FILE`"),
            false => format!("`{variable}`"),
        };
        page.push_str(&format!("| `{key}` | `{default}` | {} | {variables} |\n", doc.replace('|', "\\|")));
    }
    page.push('\n');
}
