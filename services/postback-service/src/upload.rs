//! Takes what people bring in: rows of a file or of a program, and requests that belonged to nobody and were given to a network.
//!
//! A row is read as a postback is, and becomes one: journaled like any other, judged by the same judge. How far an upload is stands in its
//! document, changed by compare-and-set after each step; a step that a kill interrupts is repeated, and what it had journaled already is
//! judged a duplicate. Never judges by itself: before it is taken, a row is told only what the answer to a request would say.

use crate::{heads::ClickHeads, judge::METHOD_BY_HAND, metrics::Metrics, reading, receive::read_parameters};
use http::HeaderMap;
use signalbox_catalog::{Catalog, Error as CatalogError, PageRequest, RecordKeys, Stored, SystemScope};
use signalbox_chassis::warn_limited;
use signalbox_domain::{
    AffiliateNetwork, ConversionId, PostbackId, PostbackUpload, ReplayLease, RowRefusal, Scope, Timestamp,
    UploadOrigin, UploadRow, UploadState, Workspace, WorkspaceId,
};
use signalbox_events::{
    AppendError, Journal,
    wire::{DecodeError, PostbackRawV1, Record},
};
use std::{borrow::Cow, sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

const SYSTEM: SystemScope = SystemScope::new("uploads of conversions");
/// Rows journaled in one step.
const STEP: usize = 200;
/// A node that says nothing for so long has lost its upload to another one.
const LEASE_MS: i64 = 60_000;
const IDLE: Duration = Duration::from_millis(300);
/// Uploads kept of each workspace.
const KEPT_MAX: usize = 30;
/// What stands in the log for the method and the user agent of a row.
const METHOD: &str = "UPLOAD";
const AGENT: &str = "upload";

/// Works on what people bring in.
pub(crate) struct Uploader {
    pub(crate) catalog: Catalog,
    pub(crate) postbacks: Journal,
    pub(crate) heads: ClickHeads,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) node: String,
}

/// Why an upload stands still for a moment.
#[derive(Debug, thiserror::Error)]
enum UploadError {
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    #[error("postback journal: {0}")]
    Append(#[from] AppendError),
    #[error("a record could not be encoded: {0}")]
    Encode(#[from] DecodeError),
}

impl Uploader {
    /// Works until told to stop.
    pub(crate) async fn run(self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            let step = async {
                match self.work_on_next().await {
                    Ok(true) => return,
                    Ok(false) => {}
                    Err(error) => warn_limited!(6, %error, "uploads of conversions wait"),
                }
                tokio::time::sleep(IDLE).await;
            };
            tokio::select! {
                () = stop.cancelled() => return,
                () = step => {}
            }
        }
    }

    /// Works on the upload that waits longest; `false` when there is none for this node.
    async fn work_on_next(&self) -> Result<bool, UploadError> {
        let listed =
            self.catalog.uploads().list_pending::<PostbackUpload>(SYSTEM, &PageRequest::largest()).await?;
        let now = Timestamp::now();
        let Some(next) = listed.items.into_iter().find(|it| it.value.is_free_for(&self.node, now)) else {
            return Ok(false);
        };
        match self.work_on(next).await {
            // Another node has it, or it was deleted.
            Err(UploadError::Catalog(
                CatalogError::VersionMismatch { .. } | CatalogError::NotFound { .. },
            )) => Ok(true),
            other => other.map(|()| true),
        }
    }

    async fn work_on(&self, stored: Stored<PostbackUpload>) -> Result<(), UploadError> {
        let mut stored = self.store(stored).await?;
        let scope = Scope::system(stored.workspace);
        if !stored.value.checked {
            let network = self.catalog.affiliate_networks().find(&scope, stored.value.network).await?;
            let workspace = self.catalog.workspaces().find(SYSTEM, stored.workspace).await?;
            let workspace = workspace.as_ref().map(|workspace| &workspace.value);
            check(&mut stored.value, network.as_ref().map(|network| &network.value), workspace);
            stored = self.store(stored).await?;
        }
        while stored.value.state == UploadState::Taking {
            let upload = &mut stored.value;
            let good = |row: &UploadRow| row.refusal.is_none() && row.taken.is_none();
            let next: Vec<usize> =
                (0..upload.rows.len()).filter(|index| good(&upload.rows[*index])).take(STEP).collect();
            if next.is_empty() {
                upload.state = UploadState::Done;
                upload.finished_at = Some(Timestamp::now());
            } else {
                self.take(stored.workspace, upload, &next).await?;
            }
            stored = self.store(stored).await?;
        }
        if stored.value.origin == UploadOrigin::Hand && stored.value.state == UploadState::Done {
            // What was done is in the conversions' own history; the list of uploads is not for it.
            let id = parsed_id(&stored.id)?;
            self.catalog.uploads().delete(&scope, id, stored.version).await?;
        }
        self.forget_old(&scope).await
    }

    /// Journals these rows, on disk when this returns.
    async fn take(
        &self,
        workspace: WorkspaceId,
        upload: &mut PostbackUpload,
        rows: &[usize],
    ) -> Result<(), UploadError> {
        let heads = self.heads.now().await;
        let mut records = Vec::with_capacity(rows.len());
        let method = if upload.origin == UploadOrigin::Hand { METHOD_BY_HAND } else { METHOD };
        for index in rows {
            let row = &upload.rows[*index];
            let parameters = read_parameters(&row.query, &HeaderMap::new(), b"").unwrap_or_default();
            let (sender, now) = (row.sender.as_ref(), Timestamp::now());
            let raw = PostbackRawV1 {
                at: sender.map_or(now, |sender| sender.at),
                workspace,
                network: upload.network,
                method: Cow::Borrowed(sender.map_or(method, |sender| &sender.method)),
                parameters: parameters
                    .into_iter()
                    .map(|(name, value)| (Cow::Owned(name), Cow::Owned(value)))
                    .collect(),
                ip: sender.map_or(upload.ip, |sender| sender.ip),
                user_agent: Cow::Borrowed(sender.map_or(AGENT, |sender| &sender.user_agent)),
                heads: heads.clone(),
            };
            records.push(Record::PostbackRaw(raw).encode()?);
        }
        let seqs = self.postbacks.append_batch_durable(&records).await?;
        self.metrics.answered("uploaded").increment(records.len() as u64);
        let journal = self.postbacks.id().get();
        for (index, seq) in rows.iter().zip(seqs) {
            upload.rows[*index].taken = Some(PostbackId { journal, seq });
        }
        Ok(())
    }

    /// Notes how far it is, and that this node works on it.
    async fn store(&self, stored: Stored<PostbackUpload>) -> Result<Stored<PostbackUpload>, CatalogError> {
        let mut upload = stored.value;
        let (open, until) = (upload.is_open(), Timestamp::now().plus_ms(LEASE_MS));
        upload.lease = open.then(|| ReplayLease { node: self.node.clone(), until });
        let pending = open.then_some(upload.created_at);
        let keys = RecordKeys { click: upload.looked_up_by(), at: upload.created_at, pending };
        let id = parsed_id(&stored.id)?;
        let scope = Scope::system(stored.workspace);
        self.catalog.uploads().replace(&scope, (id, stored.version), &keys, &upload).await
    }

    /// Keeps the list of uploads short.
    async fn forget_old(&self, scope: &Scope) -> Result<(), UploadError> {
        let page = PageRequest { newest_first: true, ..PageRequest::largest() };
        let listed = self.catalog.uploads().list::<PostbackUpload>(scope, &page).await?;
        for old in listed.items.into_iter().filter(|it| !it.value.is_open()).skip(KEPT_MAX) {
            let Ok(id) = old.id.parse() else { continue };
            match self.catalog.uploads().delete(scope, id, old.version).await {
                Ok(()) | Err(CatalogError::NotFound { .. } | CatalogError::VersionMismatch { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

fn parsed_id(id: &str) -> Result<ConversionId, CatalogError> {
    id.parse().map_err(|_| CatalogError::Corrupt {
        collection: "postback_uploads",
        id: id.to_owned(),
        reason: "its id is none".to_owned(),
    })
}

/// Says of each row what the answer to a postback would say. Requests that came by themselves are taken as they are, like any other.
fn check(upload: &mut PostbackUpload, network: Option<&AffiliateNetwork>, workspace: Option<&Workspace>) {
    upload.checked = true;
    if upload.state == UploadState::Checking {
        upload.state = UploadState::Checked;
    }
    if matches!(upload.origin, UploadOrigin::Strays | UploadOrigin::Hand) {
        return;
    }
    for row in upload.rows.iter_mut().filter(|row| row.refusal.is_none()) {
        let Some(network) = network else {
            row.refusal = Some(refused("network_gone", "the network of this upload has been deleted"));
            continue;
        };
        match read_parameters(&row.query, &HeaderMap::new(), b"") {
            Err(error) => row.refusal = Some(refused("parameters_unreadable", error.to_string())),
            Ok(parameters) => match reading::read(&parameters, network, workspace) {
                Err(refusal) => row.refusal = Some(refused(refusal.code, refusal.reason)),
                Ok(reading) => {
                    row.status = reading.status.as_str().to_owned();
                    row.payout = reading.payout.map_or_else(String::new, |payout| payout.to_string());
                }
            },
        }
    }
}

fn refused(code: &str, reason: impl Into<String>) -> RowRefusal {
    RowRefusal { code: code.to_owned(), reason: reason.into() }
}

#[cfg(test)]
mod tests;
