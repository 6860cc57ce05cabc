//! The routing snapshot: read from the catalog when its revision rises, compiled aside, kept on disk, swapped in whole.
//!
//! With the catalog down, or at a start without it, the file on disk routes. A reconciliation every half minute asks the catalog for the
//! mark of all it has, for the rare write whose revision came before its document was visible.

use crate::{
    api_tokens::{self, ApiTokens},
    app::App,
    token::Signer,
};
use signalbox_catalog::{Catalog, Error as CatalogError, Mark, Stored, SystemScope};
use signalbox_chassis::{
    health::{Check, Readiness},
    memory, warn_limited,
};
use signalbox_domain::{Timestamp, WorkspaceId};
use signalbox_engine::{Compiled, RoutingInput, Snapshot, counted_subjects};
use std::{
    fs,
    io::{self, Write},
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

/// The marks are compared after this long even if no revision was seen.
const RECONCILE_EVERY: Duration = Duration::from_secs(30);
const SYSTEM: SystemScope = SystemScope::new("routing snapshot");
const MAGIC: &[u8] = b"SBSNAP01";

/// What operators are told about the configuration.
pub(crate) struct Checks {
    /// Whether there is one to route by: no click may come before.
    snapshot: Check,
    /// Whether the catalog answers, which clicks can do without.
    catalog: Check,
}

impl Checks {
    pub(crate) fn register(readiness: &Readiness) -> Self {
        let (snapshot, catalog) = (readiness.register("snapshot"), readiness.register_optional("catalog"));
        Self { snapshot, catalog }
    }

    /// A configuration is in use and clicks are answered by it.
    fn routes(&self) {
        self.snapshot.ready();
    }

    /// Clicks are answered: by a configuration, or by nothing yet.
    pub(crate) fn answers(&self, by_a_configuration: bool) {
        match by_a_configuration {
            true => self.routes(),
            false => self.snapshot.not_ready("no answer from the catalog yet, and no configuration on disk"),
        }
    }

    pub(crate) fn catalog(&self, answers: Result<(), String>) {
        match answers {
            Ok(()) => self.catalog.ready(),
            Err(reason) => self.catalog.not_ready(reason),
        }
    }
}

/// The last good configuration on disk.
#[derive(Debug, Clone)]
pub(crate) struct SnapshotFile(PathBuf);

impl SnapshotFile {
    pub(crate) const fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// The file's input; `None` when there is none or it is damaged (which is logged).
    fn read(&self) -> Option<RoutingInput> {
        let bytes = match fs::read(&self.0) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => {
                tracing::warn!(%error, path = %self.0.display(), "the routing snapshot cannot be read");
                return None;
            }
        };
        let input = parse(&bytes);
        if input.is_none() {
            tracing::warn!(path = %self.0.display(), "the routing snapshot is damaged and is not used");
        }
        input
    }

    /// Replaces the file, on disk before it counts.
    fn write(&self, input: &RoutingInput) -> io::Result<()> {
        let json = serde_json::to_vec(input)?;
        let mut bytes = MAGIC.to_vec();
        bytes.extend_from_slice(&crc32c::crc32c(&json).to_le_bytes());
        bytes.extend_from_slice(&json);
        if let Some(folder) = self.0.parent() {
            fs::create_dir_all(folder)?;
        }
        let temporary = self.0.with_extension("tmp");
        let mut file = fs::File::create(&temporary)?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        fs::rename(&temporary, &self.0)
    }

    /// As [`SnapshotFile::write`]; a failure is logged.
    fn keep(&self, input: &RoutingInput) {
        if let Err(error) = self.write(input) {
            tracing::error!(%error, path = %self.0.display(), "the routing snapshot could not be written; a restart without the catalog would route by the one before");
        }
    }
}

fn parse(bytes: &[u8]) -> Option<RoutingInput> {
    let (crc, json) = bytes.strip_prefix(MAGIC)?.split_first_chunk::<4>()?;
    (crc32c::crc32c(json) == u32::from_le_bytes(*crc)).then(|| serde_json::from_slice(json).ok())?
}

/// The configuration as the catalog has it now. Postback keys stay behind, of tokens only a digest comes along.
async fn load(catalog: &Catalog) -> Result<(RoutingInput, Known), CatalogError> {
    // Before everything else: what is written meanwhile makes another one.
    let mark = catalog.routing_mark(SYSTEM).await?;
    let routing = catalog.load_routing(SYSTEM).await?;
    for problem in &routing.problems {
        warn_limited!(
            6,
            collection = problem.collection,
            id = problem.id,
            reason = problem.reason,
            "a stored document is left out of routing"
        );
    }
    let mut networks = owned(routing.networks);
    for (_, network) in &mut networks {
        network.postback_key.clear();
    }
    let mut campaigns = owned(routing.campaigns);
    for (_, campaign) in &mut campaigns {
        campaign.api_token = campaign.api_token.as_deref().map(api_tokens::digest);
    }
    let input = RoutingInput {
        workspaces: routing.workspaces.into_iter().map(|stored| stored.value).collect(),
        campaigns,
        destinations: owned(routing.destinations),
        sources: owned(routing.sources),
        networks,
        domains: owned(routing.domains),
        revision: routing.revision,
    };
    let known = Known { revision: input.revision, mark: Some(mark) };
    Ok((input, known))
}

fn owned<T>(stored: Vec<Stored<T>>) -> Vec<(WorkspaceId, T)> {
    stored.into_iter().map(|stored| (stored.workspace, stored.value)).collect()
}

/// Compiles and says what was left out.
fn compile(input: &RoutingInput, signer: &Signer) -> (Snapshot, usize) {
    let salt_of = |workspace| Some(signer.visitors(workspace));
    let Compiled { snapshot, problems } = Snapshot::compile_salted(input, &salt_of);
    for problem in &problems {
        tracing::warn!(campaign = ?problem.campaign, stream = ?problem.stream, field = problem.field, reason = problem.reason, "problem in the routing configuration");
    }
    (snapshot, problems.len())
}

/// Which configuration is in use, without the configuration itself, which would double its memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Known {
    revision: u64,
    /// `None`: read from the disk.
    mark: Option<Mark>,
}

/// What a start finds to route by.
pub(crate) struct First {
    pub(crate) snapshot: Snapshot,
    pub(crate) problems: usize,
    pub(crate) api_tokens: ApiTokens,
    /// `None`: nothing was found, and nothing is routed.
    pub(crate) known: Option<Known>,
    /// Whether the catalog answered.
    pub(crate) from_catalog: bool,
}

/// The configuration of the catalog, which is kept on disk then; without its answer the one that is on disk.
pub(crate) async fn first(
    (catalog, signer): (&Catalog, &Signer),
    file: &SnapshotFile,
    checks: &Checks,
) -> First {
    let (catalog, file, own) = (catalog.clone(), file.clone(), signer.clone());
    let read = aside(move || match Handle::current().block_on(load(&catalog)) {
        Ok((input, known)) => {
            file.keep(&input);
            (First::of(&input, &own, Some(known)), Ok(()))
        }
        Err(error) => (First::without_catalog(file.read(), &own), Err(error.to_string())),
    });
    let (first, answered) =
        read.await.unwrap_or_else(|| (First::without_catalog(None, signer), Err("unreadable".to_owned())));
    if let Err(error) = &answered {
        tracing::warn!(error, "the catalog does not answer; starting with the configuration on disk");
    }
    checks.catalog(answered);
    first
}

impl First {
    fn of(input: &RoutingInput, signer: &Signer, known: Option<Known>) -> Self {
        let (snapshot, problems) = compile(input, signer);
        let from_catalog = known.is_some_and(|known| known.mark.is_some());
        Self { snapshot, problems, api_tokens: ApiTokens::of(input), known, from_catalog }
    }

    /// What was on disk, if anything.
    fn without_catalog(input: Option<RoutingInput>, signer: &Signer) -> Self {
        let known = input.as_ref().map(|input| Known { revision: input.revision, mark: None });
        Self::of(&input.unwrap_or_default(), signer, known)
    }
}

/// Polls the revision and swaps snapshots until told to stop.
pub(crate) async fn follow(
    app: Arc<App>,
    poll: Duration,
    checks: Checks,
    mut known: Option<Known>,
    stop: CancellationToken,
) {
    let mut reconciled = Instant::now();
    let mut confirmed = Timestamp::now();
    while !stop.is_cancelled() {
        match refresh(&app, &mut known, reconciled.elapsed() >= RECONCILE_EVERY).await {
            Ok(compared) => {
                checks.catalog(Ok(()));
                if known.is_some() {
                    checks.routes();
                }
                confirmed = Timestamp::now();
                if compared {
                    reconciled = Instant::now();
                    // Of what this thread took part in.
                    memory::give_back();
                }
            }
            Err(error) => {
                checks.catalog(Err(error.to_string()));
                warn_limited!(6, %error, "the catalog does not answer; routing goes on with the last configuration")
            }
        }
        app.metrics.snapshot_age.set(Timestamp::now().since_ms(confirmed) as f64 / 1000.0);
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(poll) => {}
        }
    }
}

/// Reads everything when anything changed. Returns whether more was compared than the revision.
async fn refresh(app: &Arc<App>, known: &mut Option<Known>, reconcile: bool) -> Result<bool, CatalogError> {
    let revision = app.catalog.config_revision(SYSTEM).await?;
    if let Some(known) = known
        && known.revision == revision
        && (!reconcile || known.mark == Some(app.catalog.routing_mark(SYSTEM).await?))
    {
        return Ok(reconcile);
    }
    let reading = Arc::clone(app);
    if let Some(installed) = aside(move || read_and_install(&reading)).await.transpose()? {
        *known = Some(installed);
    }
    Ok(true)
}

/// Off the threads that answer clicks; what it took for a moment goes back to the system. `None`: it failed.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let working = tokio::task::spawn_blocking(move || {
        let done = work();
        memory::give_back();
        done
    });
    working.await.inspect_err(|error| tracing::error!(%error, "reading the configuration failed; routing goes on with the last one")).ok()
}

/// Swaps, then keeps the input on disk. Returns what is in use since.
fn read_and_install(app: &App) -> Result<Known, CatalogError> {
    let (input, known) = Handle::current().block_on(load(&app.catalog))?;
    let (snapshot, problems) = compile(&input, &app.signer);
    app.metrics.snapshot_revision.set(snapshot.revision() as f64);
    app.metrics.snapshot_problems.set(problems as f64);
    app.api_tokens.store(Arc::new(ApiTokens::of(&input)));
    // Before the snapshot: what it asks for is counted from its first decision on.
    app.counters.want(counted_subjects(&snapshot));
    app.turns.keep(&snapshot);
    app.snapshot.store(Arc::new(snapshot));
    app.snapshot_file.keep(&input);
    Ok(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_survives_a_round_trip_and_damage_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let file = SnapshotFile::new(dir.path().join("deep/snapshot.bin"));
        assert_eq!(file.read(), None);
        let input = RoutingInput { revision: 7, ..RoutingInput::default() };
        file.write(&input).unwrap();
        assert_eq!(file.read(), Some(input));
        let mut bytes = fs::read(&file.0).unwrap();
        let last = bytes.len() - 2;
        bytes[last] ^= 1;
        fs::write(&file.0, bytes).unwrap();
        assert_eq!(file.read(), None);
    }
}
