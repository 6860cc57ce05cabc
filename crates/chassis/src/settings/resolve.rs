//! What stands for something else is resolved in this one place: the data directory and the node's name.

use toml::{Table, Value};

use super::{checks::Violation, instance::host_name, load::Leaves};

/// Makes `instance.data_dir` absolute, puts it wherever `{data_dir}` stands, and gives a node without name the host's.
pub(super) fn expand(leaves: &mut Leaves) {
    let text_of =
        |leaves: &Leaves, key: &str| leaves.get(key).and_then(|leaf| leaf.value.as_str()).map(str::to_owned);
    let data_dir = text_of(leaves, "instance.data_dir").unwrap_or_default();
    let data_dir =
        std::path::absolute(&data_dir).map_or(data_dir, |path| path.to_string_lossy().into_owned());
    for (key, leaf) in leaves.iter_mut() {
        match (key.as_str(), &mut leaf.value) {
            ("instance.data_dir", Value::String(text)) => text.clone_from(&data_dir),
            ("instance.node_name", Value::String(text)) if text.is_empty() => *text = host_name(),
            (_, Value::String(text)) => *text = text.replace("{data_dir}", &data_dir),
            _ => {}
        }
    }
}

pub(super) fn as_table(leaves: &Leaves) -> Value {
    let mut table = Table::new();
    for (key, leaf) in leaves {
        if let Some((section, key)) = key.split_once('.')
            && let Value::Table(keys) = table.entry(section).or_insert_with(|| Value::Table(Table::new()))
        {
            keys.insert(key.to_owned(), leaf.value.clone());
        }
    }
    Value::Table(table)
}

/// Paths in which a `{…}` is left: a misspelt placeholder would become the name of a folder.
pub(super) fn unknown_placeholders(leaves: &Leaves) -> Vec<Violation> {
    let is_path =
        |key: &str, text: &str| key.ends_with("dir") || key.ends_with("_path") || text.starts_with("sqlite:");
    let left = leaves.iter().filter(|(key, leaf)| {
        leaf.value
            .as_str()
            .is_some_and(|text| is_path(key, text) && (text.contains('{') || text.contains('}')))
    });
    left.map(|(key, _)| Violation {
        key: key.clone(),
        reason: "the path holds a { or } that stands for nothing".to_owned(),
        fix: "Only {data_dir} stands for something; it is instance.data_dir.".to_owned(),
    })
    .collect()
}
