//! Small named documents with an opaque body, changed by compare-and-set: cursors of consumers, published
//! counters.

use serde_json::Value;

use crate::{
    CollectionSpec, Error, NewDocument, PAGE_MAX, Query, Replacement, Result, Store, SystemScope, Tenant,
};

/// Documents by name.
#[derive(Clone, Copy)]
pub struct Named<'a> {
    store: &'a dyn Store,
    spec: &'static CollectionSpec,
}

/// A named document.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedDocument {
    /// Its name.
    pub name: String,
    /// Version to name in the next change.
    pub version: u64,
    /// The body, an object.
    pub body: Value,
}

impl std::fmt::Debug for Named<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Named").field("collection", &self.spec.name).finish()
    }
}

impl<'a> Named<'a> {
    pub(super) fn new(store: &'a dyn Store, spec: &'static CollectionSpec) -> Self {
        Self { store, spec }
    }

    /// The document of a name.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn find(&self, system: SystemScope, name: &str) -> Result<Option<NamedDocument>> {
        let found = self.store.find(Tenant::System(system), self.spec, name).await?;
        Ok(found.map(|document| NamedDocument {
            name: document.id,
            version: document.version,
            body: document.body,
        }))
    }

    /// Puts `body` in place if the document is at version `expected`; 0 means that there must be none yet.
    /// Returns the new version.
    ///
    /// # Errors
    /// `VersionMismatch` when somebody else was there, `Invalid`, `Unavailable` (the outcome is unknown then:
    /// read again).
    pub async fn compare_and_set(
        &self,
        system: SystemScope,
        name: &str,
        expected: u64,
        body: Value,
    ) -> Result<u64> {
        let (tenant, id) = (Tenant::System(system), name.to_owned());
        let mismatch =
            || Error::VersionMismatch { collection: self.spec.name, id: name.to_owned(), expected };
        let written = if expected == 0 {
            let document = NewDocument { id, workspace: String::new(), schema: 1, body };
            self.store.insert(tenant, self.spec, document).await
        } else {
            self.store.replace(tenant, self.spec, Replacement { id, expected, schema: 1, body }).await
        };
        match written {
            Ok(document) => Ok(document.version),
            Err(Error::Conflict { .. } | Error::NotFound { .. }) => Err(mismatch()),
            Err(error) => Err(error),
        }
    }

    /// Deletes the document if it is at version `expected`.
    ///
    /// # Errors
    /// `NotFound`, `VersionMismatch`, `Unavailable`.
    pub async fn delete(&self, system: SystemScope, name: &str, expected: u64) -> Result<()> {
        self.store.delete(Tenant::System(system), self.spec, name, expected).await
    }

    /// All documents whose name starts with `prefix`, by name.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn list(&self, system: SystemScope, prefix: &str) -> Result<Vec<NamedDocument>> {
        let mut query = Query::new().from(prefix).limit(PAGE_MAX);
        let mut all = Vec::new();
        loop {
            let page = self.store.list(Tenant::System(system), self.spec, &query).await?;
            if let Some(damaged) = page.damaged.into_iter().next() {
                return Err(Error::Corrupt {
                    collection: damaged.collection,
                    id: damaged.id,
                    reason: damaged.reason,
                });
            }
            for document in page.documents {
                if !document.id.starts_with(prefix) {
                    return Ok(all);
                }
                let (name, version, body) = (document.id, document.version, document.body);
                all.push(NamedDocument { name, version, body });
            }
            let Some(next) = page.next else { return Ok(all) };
            query = query.after(Some(next));
        }
    }
}
