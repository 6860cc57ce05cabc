//! The distributed store: MongoDB (a replica set in production).
//!
//! Promises: a write that returned `Ok` is held by a majority; the same documents, conflicts and pages as the
//! SQLite adapter. Uses only single-document commands, unique indexes and compare-and-set by version, so it
//! needs neither transactions nor change streams. Never keeps state of its own between calls.
//!
//! Connecting is lazy: a process starts while MongoDB is away, and its calls are `Unavailable` until then.
//! FerretDB v1 is accepted for tests and trials: its find-and-modify is not atomic, so this adapter runs
//! replacements and deletions one after the other when it meets one; only one process may write then.

mod encode;
mod filter;
mod index;

use std::future::Future;
use std::time::Duration;

use async_trait::async_trait;
use futures::TryStreamExt;
use mongodb::bson::{self, Bson, doc};
use mongodb::error::ErrorKind;
use mongodb::options::{
    Acknowledgment, ClientOptions, ReadConcern, ReturnDocument, SelectionCriteria, WriteConcern,
};
use mongodb::{Client, Collection, Database};
use tokio::sync::{Mutex, MutexGuard, OnceCell};

use crate::document::{check_body, check_id, now_ms};
use crate::mark::Marking;
use crate::{
    CollectionSpec, Document, Error, Mark, NewDocument, Page, Query, Replacement, Result, Store, SystemScope,
    Tenant, metrics,
};

/// Database used when the URL names none.
const DATABASE: &str = "signalbox";
/// How long to look for a server that can do the work.
const SELECT_SERVER: Duration = Duration::from_secs(5);
/// How long one command may take altogether.
const COMMAND: Duration = Duration::from_secs(15);

/// The MongoDB adapter. Cheap to share behind an `Arc`; holds a pool of at most 64 connections a server.
#[derive(Debug)]
pub struct MongoStore {
    client: Client,
    database: Database,
    /// Whether the server needs [`Self::one_at_a_time`]; asked once.
    serial: OnceCell<bool>,
    one_at_a_time: Mutex<()>,
}

impl MongoStore {
    /// Prepares a client for `mongodb://…/database` or `mongodb+srv://…/database`; talks to no server yet
    /// (only to DNS for `+srv`).
    ///
    /// # Errors
    /// `Invalid{catalog.url}` when the URL cannot be understood.
    pub async fn connect(url: &str) -> Result<Self> {
        // The driver's text could repeat the password of the URL, so it is not passed on.
        let refuse = |_| Error::invalid("catalog.url", "is not a MongoDB connection string");
        let mut options = ClientOptions::parse(url).await.map_err(refuse)?;
        options.app_name.get_or_insert_with(|| "signalbox".to_owned());
        options.server_selection_timeout.get_or_insert(SELECT_SERVER);
        options.connect_timeout.get_or_insert(SELECT_SERVER);
        options.max_pool_size.get_or_insert(64);
        options.write_concern = Some(WriteConcern::builder().w(Acknowledgment::Majority).build());
        options.read_concern = Some(ReadConcern::majority());
        options.selection_criteria =
            Some(SelectionCriteria::ReadPreference(mongodb::options::ReadPreference::Primary));
        let name = options.default_database.clone().unwrap_or_else(|| DATABASE.to_owned());
        let client = Client::with_options(options).map_err(refuse)?;
        let database = client.database(&name);
        Ok(Self { client, database, serial: OnceCell::new(), one_at_a_time: Mutex::new(()) })
    }

    /// Deletes the whole database; for tests, which make one each.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn drop_database(&self) -> Result<()> {
        run("dropping the database", async { self.database.drop().await })
            .await?
            .map_err(|e| failed("drop", e))
    }

    /// Whether the server is FerretDB, whose compare-and-set must be helped.
    ///
    /// # Errors
    /// `Unavailable` when it cannot be asked.
    pub async fn is_ferretdb(&self) -> Result<bool> {
        let asked = self.serial.get_or_try_init(|| async {
            let command = async { self.database.run_command(doc! { "buildInfo": 1 }).await };
            let info = run("buildInfo", command).await?.map_err(|e| failed("buildInfo", e))?;
            Ok(info.contains_key("ferretdbVersion") || info.contains_key("ferretdb"))
        });
        asked.await.copied()
    }

    fn collection(&self, spec: &CollectionSpec) -> Collection<bson::Document> {
        self.database.collection(spec.name)
    }

    async fn turn(&self) -> Result<Option<MutexGuard<'_, ()>>> {
        Ok(if self.is_ferretdb().await? { Some(self.one_at_a_time.lock().await) } else { None })
    }

    /// Why a compare-and-set found nothing.
    async fn why_not(
        &self,
        tenant: Tenant<'_>,
        spec: &'static CollectionSpec,
        id: &str,
        expected: u64,
    ) -> Error {
        match self.find(tenant, spec, id).await {
            Ok(Some(_)) => Error::VersionMismatch { collection: spec.name, id: id.to_owned(), expected },
            Ok(None) => Error::NotFound { collection: spec.name, id: id.to_owned() },
            Err(error) => error,
        }
    }

    /// A refused write as our error; asks which value is taken when the server does not say.
    async fn refusal(
        &self,
        spec: &'static CollectionSpec,
        attempt: (&str, &str, &serde_json::Value),
        error: mongodb::error::Error,
    ) -> Error {
        let Some(message) = duplicate(&error) else { return failed(spec.name, error) };
        let conflict = |field| Error::Conflict { collection: spec.name, field };
        if let Some(field) = index::named_in(spec, message) {
            return conflict(field);
        }
        let (id, workspace, body) = attempt;
        for key in spec.unique {
            let Some(taken) = filter::other_with_same(key, id, workspace, body) else { continue };
            let asked =
                run("looking for a conflict", async { self.collection(spec).find_one(taken).await }).await;
            if matches!(asked, Ok(Ok(Some(_)))) {
                return conflict(key.field);
            }
        }
        conflict("id")
    }
}

// === impl Store ===

#[async_trait]
impl Store for MongoStore {
    fn kind(&self) -> &'static str {
        "mongodb"
    }

    async fn ensure(&self, specs: &[&'static CollectionSpec]) -> Result<()> {
        for spec in specs {
            spec.check()?;
            for model in index::models(spec, !self.is_ferretdb().await?) {
                let made = async { self.collection(spec).create_index(model).await };
                run("making an index", made).await?.map_err(|e| failed(spec.name, e))?;
            }
        }
        Ok(())
    }

    async fn insert(
        &self,
        tenant: Tenant<'_>,
        spec: &'static CollectionSpec,
        document: NewDocument,
    ) -> Result<Document> {
        let done = metrics::Operation::start("insert");
        check_id(&document.id)?;
        tenant.admit(&document)?;
        check_body(spec, &document.body)?;
        let NewDocument { id, workspace, schema, body } = document;
        let now = now_ms();
        let document = Document { id, workspace, version: 1, schema, created: now, updated: now, body };
        let encoded = encode::document(&document);
        let inserted = async { self.collection(spec).insert_one(encoded).await };
        if let Err(error) = run("insert", inserted).await? {
            let attempt = (document.id.as_str(), document.workspace.as_str(), &document.body);
            return Err(self.refusal(spec, attempt, error).await);
        }
        done.ok();
        Ok(document)
    }

    async fn find(
        &self,
        tenant: Tenant<'_>,
        spec: &'static CollectionSpec,
        id: &str,
    ) -> Result<Option<Document>> {
        let done = metrics::Operation::start("find");
        check_id(id)?;
        // By id alone and then compared: ids are unique over workspaces.
        let found = async { self.collection(spec).find_one(doc! { "_id": id }).await };
        let found = run("find", found).await?.map_err(|e| failed("find", e))?;
        let document = found.map(|found| encode::decode(spec, found)).transpose()?;
        let visible = |document: &Document| match tenant.restriction() {
            Some(workspace) => document.workspace == workspace,
            None => true,
        };
        done.ok();
        Ok(document.filter(visible))
    }

    async fn replace(
        &self,
        tenant: Tenant<'_>,
        spec: &'static CollectionSpec,
        replacement: Replacement,
    ) -> Result<Document> {
        let done = metrics::Operation::start("replace");
        check_id(&replacement.id)?;
        check_body(spec, &replacement.body)?;
        let Replacement { id, expected, schema, body } = replacement;
        let target = filter::at_version(tenant, &id, expected);
        let set = doc! { "$set": {
            "version": encode::version(expected.saturating_add(1)),
            "schema": i64::from(schema),
            "updated": now_ms(),
            "body": encode::value(&body),
        } };
        let turn = self.turn().await?;
        let written = async {
            let collection = self.collection(spec);
            collection.find_one_and_update(target, set).return_document(ReturnDocument::After).await
        };
        let written = run("replace", written).await;
        drop(turn);
        match written? {
            Ok(Some(after)) => {
                done.ok();
                encode::decode(spec, after)
            }
            Ok(None) => Err(self.why_not(tenant, spec, &id, expected).await),
            Err(error) => {
                let workspace = match self.find(tenant, spec, &id).await? {
                    Some(present) => present.workspace,
                    None => String::new(),
                };
                Err(self.refusal(spec, (&id, &workspace, &body), error).await)
            }
        }
    }

    async fn delete(
        &self,
        tenant: Tenant<'_>,
        spec: &'static CollectionSpec,
        id: &str,
        expected: u64,
    ) -> Result<()> {
        let done = metrics::Operation::start("delete");
        check_id(id)?;
        let target = filter::at_version(tenant, id, expected);
        let turn = self.turn().await?;
        let deleted = run("delete", async { self.collection(spec).delete_one(target).await }).await;
        drop(turn);
        let deleted = deleted?.map_err(|e| failed("delete", e))?;
        if deleted.deleted_count == 0 {
            return Err(self.why_not(tenant, spec, id, expected).await);
        }
        done.ok();
        Ok(())
    }

    async fn list(&self, tenant: Tenant<'_>, spec: &'static CollectionSpec, query: &Query) -> Result<Page> {
        let done = metrics::Operation::start("list");
        query.check(spec)?;
        let (wanted, order) = (filter::of(tenant, query), filter::order(query));
        let listed = async {
            let collection = self.collection(spec);
            let found = collection.find(wanted).sort(order).limit(i64::from(query.limit) + 1).await?;
            found.try_collect::<Vec<_>>().await
        };
        let listed = run("list", listed).await?.map_err(|e| failed("list", e))?;
        let page = query.page(listed.into_iter().map(|found| encode::decode(spec, found)).collect())?;
        done.ok();
        Ok(page)
    }

    async fn count(
        &self,
        tenant: Tenant<'_>,
        spec: &'static CollectionSpec,
        query: &Query,
        at_most: u32,
    ) -> Result<u32> {
        let done = metrics::Operation::start("count");
        query.check(spec)?;
        let wanted = filter::of(tenant, query);
        let counted = async { self.collection(spec).count_documents(wanted).limit(u64::from(at_most)).await };
        let counted = run("count", counted).await?.map_err(|e| failed("count", e))?;
        done.ok();
        Ok(u32::try_from(counted).unwrap_or(u32::MAX).min(at_most))
    }

    async fn mark(&self, _system: SystemScope, spec: &'static CollectionSpec) -> Result<Mark> {
        let done = metrics::Operation::start("mark");
        let marked = async {
            let collection = self.collection(spec);
            let stamps = doc! { "version": 1, "updated": 1 };
            let mut found = collection.find(doc! {}).sort(doc! { "_id": 1 }).projection(stamps).await?;
            let mut marking = Marking::default();
            while let Some(document) = found.try_next().await? {
                let (id, version, updated) = encode::stamps(&document);
                marking.document(id, version, updated);
            }
            Ok(marking.mark())
        };
        let mark = run("mark", marked).await?.map_err(|e| failed("mark", e))?;
        done.ok();
        Ok(mark)
    }

    async fn ping(&self) -> Result<()> {
        let command = async { self.database.run_command(doc! { "ping": 1 }).await };
        run("ping", command).await?.map(drop).map_err(|e| failed("ping", e))
    }

    async fn close(&self) {
        self.client.clone().shutdown().await;
    }
}

/// Bounds the time of a command, whatever the driver does.
async fn run<T>(what: &str, command: impl Future<Output = T> + Send) -> Result<T> {
    match tokio::time::timeout(COMMAND, command).await {
        Ok(outcome) => Ok(outcome),
        Err(_elapsed) => {
            metrics::refused("mongodb_timeout");
            Err(Error::unavailable(format!("{what}: MongoDB did not answer within {} s", COMMAND.as_secs())))
        }
    }
}

fn failed(what: &str, error: mongodb::error::Error) -> Error {
    Error::unavailable_from(&format!("{what}: MongoDB"), error)
}

/// The server's text about a duplicate key, if that is what went wrong.
fn duplicate(error: &mongodb::error::Error) -> Option<&str> {
    const DUPLICATE_KEY: i32 = 11000;
    let (code, message) = match error.kind.as_ref() {
        ErrorKind::Write(mongodb::error::WriteFailure::WriteError(refused)) => {
            (refused.code, &refused.message)
        }
        ErrorKind::Command(refused) => (refused.code, &refused.message),
        _ => return None,
    };
    // FerretDB passes on the text of its own database where an update breaks a unique index.
    (code == DUPLICATE_KEY || message.contains("UNIQUE constraint failed")).then_some(message)
}

/// Name of an envelope field holding a body path.
fn body_path(path: &str) -> String {
    format!("body.{path}")
}

/// A key as BSON.
fn key(key: &crate::Key) -> Bson {
    match key {
        crate::Key::Bool(flag) => Bson::Boolean(*flag),
        crate::Key::Int(number) => Bson::Int64(*number),
        crate::Key::Text(text) => Bson::String(text.clone()),
    }
}
