//! The catalog: configuration and operational state as JSON documents, in one SQLite file or in MongoDB.
//!
//! Two layers. [`Store`] is what both databases can do alike: single-document atomic writes, unique keys,
//! compare-and-set by version, lists by declared index. [`Catalog`] puts the domain types on top.
//!
//! Promises: a write that returned `Ok` is durable; a document is changed only by somebody who saw its last
//! version; every call names on whose behalf it asks ([`Tenant`], [`SystemScope`]), and a workspace never sees
//! another's documents. Never: a transaction over several documents, an unscoped find, HTTP.

mod catalog;
mod document;
mod error;
mod late;
mod mark;
pub mod metrics;
mod mongo;
mod query;
mod spec;
mod sqlite;
mod store;
mod vault;

pub use catalog::live;
pub use catalog::{
    Access, Catalog, Costs, Deliveries, Delivery, DeliveryList, DeliveryState, DeliveryStats,
    ERASED_KNOWN_MS, Entity, ErasedClicks, ErasedKey, Graves, Home, Instance, JobKind, Jobs, LIST_ALL_MAX,
    LeaseRequest, Leased, Listed, Named, NamedDocument, NewDelivery, PageRequest, RecordKeys, Records,
    Reference, Repo, Routing, Session, Sessions, Setup, Stored, delivery_id,
};
pub use document::{
    BODY_BYTES_MAX, BODY_DEPTH_MAX, Document, ID_BYTES_MAX, INDEXED_BYTES_MAX, NewDocument, Replacement,
};
pub use error::{Error, Result, Usage};
pub use mark::Mark;
pub use mongo::MongoStore;
pub use query::{Cursor, Damaged, Key, OrderBy, PAGE_MAX, Page, Query};
pub use spec::{CollectionSpec, IndexSpec, Reach, UniqueKey};
pub use sqlite::{BackupReport, Durability, SqliteOptions, SqliteStore};
pub use store::{Store, SystemScope, Tenant, open};
pub use vault::{Secrets, Vault};

/// Most users named when a thing in use is not deleted.
pub const USAGES_MAX: usize = 100;
