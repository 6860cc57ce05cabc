//! The repository of one kind of entity: get, list, create, update, delete, the same for all kinds.

use std::marker::PhantomData;

use serde_json::Value;
use signalbox_domain::{Membership, Scope, User};

use super::access::{Access, Holder};
use super::entity::{Entity, Home};
use super::stored::{Listed, PageRequest, Stored, decode, decode_page, encode};
use super::{meta, references};
use crate::vault::{self, Vault};
use crate::{
    Damaged, Document, Error, Key, NewDocument, PAGE_MAX, Query, Replacement, Result, Store, SystemScope,
    Usage,
};

/// Most entities that [`Repo::list_all`] returns; beyond that it refuses instead of leaving some out.
pub const LIST_ALL_MAX: usize = 100_000;

/// The entities of one kind.
#[derive(Clone, Copy)]
pub struct Repo<'a, T> {
    store: &'a dyn Store,
    vault: Option<&'a Vault>,
    kind: PhantomData<fn() -> T>,
}

impl<T> std::fmt::Debug for Repo<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Repo").field("kind", &std::any::type_name::<T>()).finish()
    }
}

impl<'a, T: Entity> Repo<'a, T> {
    pub(super) fn new(store: &'a dyn Store, vault: Option<&'a Vault>) -> Self {
        Self { store, vault, kind: PhantomData }
    }

    /// The entity with this id, if there is one here.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn find(&self, access: impl Into<Access>, id: T::Id) -> Result<Option<Stored<T>>> {
        let holder = access.into().holder();
        let found = self.store.find(holder.tenant(), T::spec(), &id.to_string()).await?;
        found.map(|document| self.open(document)).transpose()
    }

    /// The entity with this id.
    ///
    /// # Errors
    /// `NotFound`, `Corrupt`, `Unavailable`.
    pub async fn get(&self, access: impl Into<Access>, id: T::Id) -> Result<Stored<T>> {
        let found = self.find(access.into(), id).await?;
        found.ok_or_else(|| Error::NotFound { collection: T::spec().name, id: id.to_string() })
    }

    /// One page in the order of making.
    ///
    /// # Errors
    /// `Invalid` for a limit or cursor that cannot be, `Unavailable`.
    pub async fn list(&self, access: impl Into<Access>, page: &PageRequest) -> Result<Listed<T>> {
        let holder = access.into().holder();
        let mut found = self.store.list(holder.tenant(), T::spec(), &page.bound(Query::new())?).await?;
        found.documents.iter_mut().for_each(|document| self.unseal(document));
        decode_page(T::spec().name, T::SCHEMA, found)
    }

    /// All of them, oldest first.
    ///
    /// # Errors
    /// `Unavailable`; `Invalid` beyond [`LIST_ALL_MAX`].
    pub async fn list_all(&self, access: impl Into<Access>) -> Result<Listed<T>> {
        let access = access.into();
        let mut all = Listed { items: Vec::new(), next: None, damaged: Vec::new() };
        let mut request = PageRequest { limit: PAGE_MAX, ..PageRequest::default() };
        loop {
            let page = self.list(access, &request).await?;
            all.items.extend(page.items);
            all.damaged.extend(page.damaged);
            if all.items.len() > LIST_ALL_MAX {
                return Err(Error::invalid(T::spec().name, format!("has more than {LIST_ALL_MAX} entries")));
            }
            if page.next.is_none() {
                return Ok(all);
            }
            request.after = page.next;
        }
    }

    /// Stores a new entity.
    ///
    /// # Errors
    /// `Forbidden`, `Rejected` for what the domain or a reference refuses, `Conflict{field}`, `Unavailable`.
    pub async fn create(&self, access: impl Into<Access>, value: T) -> Result<Stored<T>> {
        let (access, holder) = self.admit(access.into(), &value).await?;
        let workspace = match (value.home(), access.workspace()) {
            (Home::Own(workspace), _) | (Home::Scope, Some(workspace)) => workspace.to_string(),
            (Home::Instance, _) => String::new(),
            (Home::Scope, None) => {
                return Err(Error::invalid("workspace", "this belongs to a workspace: use a scope of one"));
            }
        };
        let body = self.body(&value)?;
        let document = NewDocument { id: value.id().to_string(), workspace, schema: T::SCHEMA, body };
        let made = self.store.insert(holder.tenant(), T::spec(), document).await?;
        self.raise_revision().await;
        self.open(made)
    }

    /// Puts an entity in place of the one with its id, if that is at version `expected`.
    ///
    /// # Errors
    /// `Forbidden`, `Rejected`, `NotFound`, `VersionMismatch`, `Conflict{field}`, `Unavailable`.
    pub async fn update(&self, access: impl Into<Access>, expected: u64, value: T) -> Result<Stored<T>> {
        let (_, holder) = self.admit(access.into(), &value).await?;
        let body = self.body(&value)?;
        let replacement = Replacement { id: value.id().to_string(), expected, schema: T::SCHEMA, body };
        let written = self.store.replace(holder.tenant(), T::spec(), replacement).await?;
        self.raise_revision().await;
        self.open(written)
    }

    /// Deletes an entity at version `expected` that nothing refers to.
    ///
    /// # Errors
    /// `Forbidden`, `InUse` naming the users, `NotFound`, `VersionMismatch`, `Unavailable`.
    pub async fn delete(&self, access: impl Into<Access>, id: T::Id, expected: u64) -> Result<()> {
        let access = access.into();
        access.require(T::WRITE)?;
        let (holder, text) = (access.holder(), id.to_string());
        // First, so that nobody learns of another workspace's things from their users.
        if self.store.find(holder.tenant(), T::spec(), &text).await?.is_none() {
            return Err(Error::NotFound { collection: T::spec().name, id: text });
        }
        let users = self.usages(access, id).await?;
        if !users.is_empty() {
            return Err(Error::InUse { collection: T::spec().name, id: text, users });
        }
        self.store.delete(holder.tenant(), T::spec(), &text, expected).await?;
        self.raise_revision().await;
        Ok(())
    }

    /// Who refers to the entity, at most [`crate::USAGES_MAX`] of them. For a workspace: whom it has as
    /// members and what still lies in it.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn usages(&self, access: impl Into<Access>, id: T::Id) -> Result<Vec<Usage>> {
        let (access, text) = (access.into(), id.to_string());
        let holder = access.holder();
        if T::spec().name != "workspaces" {
            return references::usages(self.store, holder.tenant(), T::spec(), &text).await;
        }
        // Its members are documents of the instance, which a scope does not see.
        let system = Access::from(SystemScope::new("users of a workspace")).holder();
        let mut users = references::usages(self.store, system.tenant(), T::spec(), &text).await?;
        users.extend(references::content(self.store, holder.tenant(), &text).await?);
        Ok(users)
    }

    /// The entity whose unique `path` holds `value`.
    pub(super) async fn find_by(
        &self,
        system: SystemScope,
        path: &'static str,
        value: impl Into<Key>,
    ) -> Result<Option<Stored<T>>> {
        let holder = Access::from(system).holder();
        let query = Query::new().eq(path, value).limit(1);
        let page = self.store.list(holder.tenant(), T::spec(), &query).await?;
        if let Some(Damaged { collection, id, reason }) = page.damaged.into_iter().next() {
            return Err(Error::Corrupt { collection, id, reason });
        }
        page.documents.into_iter().next().map(|document| self.open(document)).transpose()
    }

    /// Seals what was stored before there was a vault; how many documents. One that somebody changes meanwhile is sealed by that.
    pub(super) async fn seal_all(&self, system: SystemScope) -> Result<usize> {
        if self.vault.is_none() || T::SECRETS.is_none() {
            return Ok(0);
        }
        let holder = Access::from(system).holder();
        let (mut sealed, mut request) = (0, PageRequest { limit: PAGE_MAX, ..PageRequest::default() });
        loop {
            let page = self.store.list(holder.tenant(), T::spec(), &request.bound(Query::new())?).await?;
            for document in page.documents.into_iter().filter(|document| !vault::is_sealed(&document.body)) {
                let (id, expected, schema) = (document.id, document.version, document.schema);
                let body = self.sealed(&id, document.body)?;
                if !vault::is_sealed(&body) {
                    continue;
                }
                let replacement = Replacement { id, expected, schema, body };
                match self.store.replace(holder.tenant(), T::spec(), replacement).await {
                    Ok(_) => sealed += 1,
                    Err(Error::VersionMismatch { .. } | Error::NotFound { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
            let Some(next) = page.next else { return Ok(sealed) };
            request.after = Some(next.encode());
        }
    }

    /// What stands for a secret text that entities are found by.
    pub(super) fn fingerprint(&self, text: &str) -> Option<String> {
        self.vault.map(|vault| vault.fingerprint(text))
    }

    /// The body to store.
    fn body(&self, value: &T) -> Result<Value> {
        self.sealed(&value.id().to_string(), encode(value, value.derived())?)
    }

    fn sealed(&self, id: &str, mut body: Value) -> Result<Value> {
        if let (Some(vault), Some(secrets)) = (self.vault, T::SECRETS) {
            vault.seal(secrets, &place::<T>(id), &mut body)?;
        }
        Ok(body)
    }

    fn unseal(&self, document: &mut Document) {
        if let Some(secrets) = T::SECRETS {
            vault::unseal(self.vault, secrets, &place::<T>(&document.id), &mut document.body);
        }
    }

    fn open(&self, mut document: Document) -> Result<Stored<T>> {
        self.unseal(&mut document);
        decode(T::spec().name, T::SCHEMA, document)
    }

    /// Checks role, domain rules and references of a write.
    async fn admit(&self, access: Access, value: &T) -> Result<(Access, Holder)> {
        access.require(T::WRITE)?;
        value.check().map_err(Error::Rejected)?;
        let holder = access.holder();
        references::check(self.store, holder.tenant(), value.references()).await?;
        Ok((access, holder))
    }

    /// Tells the readers of the configuration that it changed. The write itself has succeeded, so a failure
    /// here is logged and left to their periodic reconciliation.
    async fn raise_revision(&self) {
        if !T::ROUTED {
            return;
        }
        if let Err(error) = meta::raise_revision(self.store).await {
            tracing::warn!(%error, collection = T::spec().name, "configuration revision not raised");
        }
    }
}

/// What a sealed secret is bound to.
fn place<T: Entity>(id: &str) -> String {
    format!("{}/{id}", T::spec().name)
}

// === People ===

impl Repo<'_, User> {
    /// The user with this (lower-case) address, for login.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn find_by_email(&self, system: SystemScope, email: &str) -> Result<Option<Stored<User>>> {
        self.find_by(system, "email", email).await
    }

    /// Users who are members of the scope's workspace, with that membership.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn list_members(&self, scope: &Scope) -> Result<Vec<(Stored<User>, Membership)>> {
        let all = self.list_all(SystemScope::new("members of a workspace")).await?;
        let here = |user: Stored<User>| {
            let found = user.value.memberships.iter().copied().find(|m| m.workspace_id == scope.workspace)?;
            Some((user, found))
        };
        Ok(all.items.into_iter().filter_map(here).collect())
    }
}
