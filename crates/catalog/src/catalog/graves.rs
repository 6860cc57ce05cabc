//! Names of objects that are gone, because reports go on about them: written before an object goes, read when no object is found.

use serde::{Deserialize, Serialize};
use signalbox_domain::Scope;

use super::access::Access;
use super::stored::{decode, encode};
use crate::{CollectionSpec, Error, NewDocument, Replacement, Result, Store};

const SCHEMA: u16 = 1;

pub(super) static GRAVES: CollectionSpec = CollectionSpec { name: "graves", unique: &[], indexes: &[] };

#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct Grave {
    name: String,
}

/// Names by kind and id.
#[derive(Clone, Copy)]
pub struct Graves<'a> {
    store: &'a dyn Store,
}

impl std::fmt::Debug for Graves<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Graves")
    }
}

impl<'a> Graves<'a> {
    pub(super) fn new(store: &'a dyn Store) -> Self {
        Self { store }
    }

    /// Remembers the name of an object of a kind (`campaigns`); the last name stays.
    ///
    /// # Errors
    /// `Invalid`, `Unavailable`.
    pub async fn bury(&self, scope: &Scope, (kind, id): (&str, &str), name: &str) -> Result<()> {
        let holder = Access::from(scope).holder();
        let key = format!("{kind}/{id}");
        let body = encode(&Grave { name: name.to_owned() }, None)?;
        let workspace = scope.workspace.to_string();
        let document = NewDocument { id: key.clone(), workspace, schema: SCHEMA, body: body.clone() };
        match self.store.insert(holder.tenant(), &GRAVES, document).await {
            Err(Error::Conflict { .. }) => {}
            other => return other.map(drop),
        }
        let Some(found) = self.store.find(holder.tenant(), &GRAVES, &key).await? else { return Ok(()) };
        let replacement = Replacement { id: key, expected: found.version, schema: SCHEMA, body };
        match self.store.replace(holder.tenant(), &GRAVES, replacement).await {
            // Somebody else deletes the same: either name will do.
            Ok(_) | Err(Error::VersionMismatch { .. } | Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// The name that an object had.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn find(&self, scope: &Scope, (kind, id): (&str, &str)) -> Result<Option<String>> {
        let holder = Access::from(scope).holder();
        let key = format!("{kind}/{id}");
        let Some(found) = self.store.find(holder.tenant(), &GRAVES, &key).await? else { return Ok(None) };
        Ok(Some(decode::<Grave>(GRAVES.name, SCHEMA, found)?.value.name))
    }
}
