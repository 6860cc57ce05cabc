//! Declared keys as MongoDB indexes.

use mongodb::IndexModel;
use mongodb::bson::{Document, doc};
use mongodb::options::IndexOptions;

use super::body_path;
use crate::{CollectionSpec, Reach};

/// The indexes of a collection. `partial` says whether the server knows partial indexes (FerretDB does not,
/// but lets missing values repeat anyway).
pub(super) fn models(spec: &CollectionSpec, partial: bool) -> Vec<IndexModel> {
    let mut models = Vec::new();
    for key in spec.unique {
        let mut options = IndexOptions::builder().name(key.index_name()).unique(true).build();
        if partial {
            // Documents without a text there take no part. Written as a comparison and not as `$type`,
            // because the planner uses such an index for look-ups by equality.
            let texts = key.paths.iter().map(|path| (body_path(path), doc! { "$gte": "" }.into()));
            options.partial_filter_expression = Some(texts.collect());
        }
        let columns = columns(key.reach, key.paths);
        models.push(IndexModel::builder().keys(columns).options(options).build());
    }
    for index in spec.indexes {
        let mut columns = columns(index.reach, index.paths);
        columns.insert("_id", 1);
        let options = IndexOptions::builder().name(index.index_name()).build();
        models.push(IndexModel::builder().keys(columns).options(options).build());
    }
    let options = IndexOptions::builder().name("w".to_owned()).build();
    models.push(IndexModel::builder().keys(doc! { "workspace": 1, "_id": 1 }).options(options).build());
    models
}

/// The field of the unique key (or `id`) that the server's message names, if it names one.
pub(super) fn named_in(spec: &CollectionSpec, message: &str) -> Option<&'static str> {
    let named = |name: &str| message.contains(&format!("index: {name} "));
    if named("_id_") {
        return Some("id");
    }
    spec.unique.iter().find(|key| named(&key.index_name())).map(|key| key.field)
}

fn columns(reach: Reach, paths: &[&str]) -> Document {
    let mut columns = Document::new();
    if reach == Reach::Workspace {
        columns.insert("workspace", 1);
    }
    for path in paths {
        columns.insert(body_path(path), 1);
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::UniqueKey;

    const SPEC: CollectionSpec = CollectionSpec {
        name: "things",
        unique: &[
            UniqueKey { field: "slug", reach: Reach::Workspace, paths: &["slug"] },
            UniqueKey { field: "host", reach: Reach::Instance, paths: &["slug", "host.name"] },
        ],
        indexes: &[],
    };

    #[test]
    fn the_field_is_read_from_the_message_of_the_server() {
        let message = |name: &str| {
            format!(
                "E11000 duplicate key error collection: signalbox.things index: {name} dup key: {{ : 1 }}"
            )
        };
        assert_eq!(named_in(&SPEC, &message("_id_")), Some("id"));
        assert_eq!(named_in(&SPEC, &message("uw_slug")), Some("slug"));
        assert_eq!(named_in(&SPEC, &message("ui_slug__host_name")), Some("host"));
        assert_eq!(named_in(&SPEC, "E11000 duplicate key error collection: signalbox.things"), None);
    }
}
