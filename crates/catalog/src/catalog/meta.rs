//! Single documents of the instance: its identity and data version, the configuration revision, the first-run
//! set-up token.

use serde::{Deserialize, Serialize};
use signalbox_domain::Timestamp;

use super::Catalog;
use super::entity::META;
use super::stored::{Stored, decode, encode};
use crate::{Error, NewDocument, Replacement, Result, Store, SystemScope, Tenant};

const SYSTEM: Tenant<'static> = Tenant::System(SystemScope::new("instance documents"));
const INSTANCE: &str = "instance";
const REVISION: &str = "config_revision";
const SETUP: &str = "setup";
/// Version of the stored data as a whole; raised when an older program must not touch it any more.
const DATA: u16 = 1;

/// Who this instance is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instance {
    /// Random identity, 16 hexadecimal digits, given at first start and never changed.
    pub instance_id: String,
    /// Version of the stored data.
    pub data: u16,
}

/// The token that lets the first person in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setup {
    /// SHA-256 of the token, hexadecimal.
    pub token_sha256: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was used; it works once.
    #[serde(default)]
    pub used_at: Option<Timestamp>,
}

/// A secret that all nodes share.
#[derive(Clone, Serialize, Deserialize)]
struct Secret {
    bytes: [u8; 32],
}

/// Reads or makes the instance document and checks the data version.
pub(super) async fn prepare(store: &dyn Store) -> Result<Instance> {
    let instance = match read::<Instance>(store, INSTANCE).await? {
        Some(found) => found.value,
        None => {
            let fresh = Instance { instance_id: format!("{:016x}", rand::random::<u64>()), data: DATA };
            match insert(store, INSTANCE, &fresh).await {
                Ok(()) => fresh,
                // Another node was first.
                Err(Error::Conflict { .. }) => {
                    read(store, INSTANCE).await?.map_or(fresh, |found| found.value)
                }
                Err(error) => return Err(error),
            }
        }
    };
    if instance.data > DATA {
        let reason =
            format!("holds data of version {}, this program reads up to {DATA}: upgrade it", instance.data);
        return Err(Error::invalid("catalog.url", reason));
    }
    Ok(instance)
}

/// Raises the configuration revision, which is the version of its document.
pub(super) async fn raise_revision(store: &dyn Store) -> Result<()> {
    let Some(document) = store.find(SYSTEM, &META, REVISION).await? else {
        return match insert(store, REVISION, &serde_json::json!({})).await {
            Err(Error::Conflict { .. }) => Ok(()),
            outcome => outcome,
        };
    };
    let (id, expected) = (REVISION.to_owned(), document.version);
    let replacement = Replacement { id, expected, schema: 1, body: document.body };
    match store.replace(SYSTEM, &META, replacement).await {
        // Somebody raised it after our look, so after our write: that tells the readers as well.
        Ok(_) | Err(Error::VersionMismatch { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

async fn read<T: serde::de::DeserializeOwned>(store: &dyn Store, id: &str) -> Result<Option<Stored<T>>> {
    let found = store.find(SYSTEM, &META, id).await?;
    found.map(|document| decode(META.name, 1, document)).transpose()
}

async fn insert<T: Serialize>(store: &dyn Store, id: &str, value: &T) -> Result<()> {
    let body = encode(value, None)?;
    let document = NewDocument { id: id.to_owned(), workspace: String::new(), schema: 1, body };
    store.insert(SYSTEM, &META, document).await.map(drop)
}

async fn replace<T: Serialize>(store: &dyn Store, id: &str, expected: u64, value: &T) -> Result<()> {
    let replacement = Replacement { id: id.to_owned(), expected, schema: 1, body: encode(value, None)? };
    store.replace(SYSTEM, &META, replacement).await.map(drop)
}

impl Catalog {
    /// A number that grows with each change of the configuration; 0 before the first.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn config_revision(&self, _system: SystemScope) -> Result<u64> {
        let found = self.store().find(SYSTEM, &META, REVISION).await?;
        Ok(found.map_or(0, |document| document.version))
    }

    /// Name of the secret that visitors' tokens are signed with, and keys of addresses are made with where addresses are not kept.
    pub const VISITOR_SECRET: &'static str = "visitor-tokens";

    /// A random secret of the instance by name, 32 bytes, the same for every node; made at the first call.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn get_secret(&self, _system: SystemScope, name: &str) -> Result<[u8; 32]> {
        let id = format!("secret:{name}");
        let store = &**self.store();
        if let Some(found) = read::<Secret>(store, &id).await? {
            return Ok(found.value.bytes);
        }
        let fresh = Secret { bytes: rand::random() };
        match insert(store, &id, &fresh).await {
            Ok(()) => Ok(fresh.bytes),
            // Another node was first.
            Err(Error::Conflict { .. }) => {
                Ok(read::<Secret>(store, &id).await?.map_or(fresh.bytes, |found| found.value.bytes))
            }
            Err(error) => Err(error),
        }
    }

    /// Sets the set-up token of an instance without users, in place of an earlier one.
    ///
    /// # Errors
    /// `Unavailable`; `VersionMismatch` when another node did the same at the same moment.
    pub async fn set_setup_token(&self, _system: SystemScope, sha256: &str, now: Timestamp) -> Result<()> {
        let setup = Setup { token_sha256: sha256.to_owned(), created_at: now, used_at: None };
        let store = &**self.store();
        match store.find(SYSTEM, &META, SETUP).await? {
            Some(before) => replace(store, SETUP, before.version, &setup).await,
            None => match insert(store, SETUP, &setup).await {
                Err(Error::Conflict { collection, .. }) => {
                    Err(Error::VersionMismatch { collection, id: SETUP.to_owned(), expected: 0 })
                }
                outcome => outcome,
            },
        }
    }

    /// The set-up token, if one was ever set.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn find_setup(&self, _system: SystemScope) -> Result<Option<Setup>> {
        Ok(read::<Setup>(&**self.store(), SETUP).await?.map(|stored| stored.value))
    }

    /// Uses the set-up token up: of any number of calls one succeeds.
    ///
    /// # Errors
    /// `NotFound` for a wrong token, `Conflict` or `VersionMismatch` when it was used before, `Unavailable`.
    pub async fn use_setup_token(&self, _system: SystemScope, sha256: &str, now: Timestamp) -> Result<()> {
        let unknown = || Error::NotFound { collection: META.name, id: SETUP.to_owned() };
        let store = &**self.store();
        let setup = read::<Setup>(store, SETUP).await?.ok_or_else(unknown)?;
        if setup.value.token_sha256 != sha256 {
            return Err(unknown());
        }
        if setup.value.used_at.is_some() {
            return Err(Error::Conflict { collection: META.name, field: "token" });
        }
        let used = Setup { used_at: Some(now), ..setup.value };
        replace(store, SETUP, setup.version, &used).await
    }
}
