//! The file and its tables: opening, pragmas, one table a collection, expression indexes kept as declared.

use std::fs::OpenOptions;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::{Durability, WAIT_MAX, sql};
use crate::{CollectionSpec, Error, Reach, Result};

/// Marks the file as ours ("SgBx").
const APPLICATION_ID: i32 = 0x5367_4278;
/// Layout of the tables; raised when it changes in a way that older programs cannot read.
const LAYOUT: i32 = 1;

/// Opens the one connection that writes.
pub(super) fn open_for_writing(path: &Path, durability: Durability) -> Result<Connection> {
    let what = format!("catalog file {}", path.display());
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let made = folder.map_or(Ok(()), std::fs::create_dir_all).and_then(|()| create_private(path));
    made.map_err(|e| Error::unavailable_from(&what, e))?;
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    claim(&connection, &what)?;
    let synchronous = match durability {
        Durability::Full => "FULL",
        Durability::Normal => "NORMAL",
    };
    let mode: String = connection
        .query_row("PRAGMA journal_mode=WAL", [], |row| row.get(0))
        .map_err(|e| sql::failed(&what, e))?;
    if !mode.eq_ignore_ascii_case("wal") {
        let reason = format!("{what}: the file system does not support SQLite's WAL mode, use a local disk");
        return Err(Error::unavailable(reason));
    }
    // Bytes of what is deleted or replaced do not stay in the file: somebody may have asked for its erasure.
    let pragmas = format!(
        "PRAGMA synchronous={synchronous}; PRAGMA cache_size=-16000; PRAGMA temp_store=MEMORY;
         PRAGMA wal_autocheckpoint=4000; PRAGMA journal_size_limit=67108864; PRAGMA trusted_schema=OFF;
         PRAGMA secure_delete=ON;"
    );
    connection.execute_batch(&pragmas).map_err(|e| sql::failed(&what, e))?;
    Ok(connection)
}

/// Opens a connection that can only read.
pub(super) fn open_for_reading(path: &Path) -> Result<Connection> {
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection
        .execute_batch(
            "PRAGMA query_only=ON; PRAGMA cache_size=-4000; PRAGMA temp_store=MEMORY; PRAGMA trusted_schema=OFF;",
        )
        .map_err(|e| sql::failed("catalog reader", e))?;
    Ok(connection)
}

/// Opens a backup, which may lie where nothing can be written.
pub(super) fn open_backup(path: &Path) -> Result<Connection> {
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    verify(&connection, &format!("backup {}", path.display()))?;
    Ok(connection)
}

fn connect(path: &Path, access: OpenFlags) -> Result<Connection> {
    let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)
        .map_err(|e| sql::failed(&format!("catalog file {}", path.display()), e))?;
    connection.busy_timeout(WAIT_MAX).map_err(|e| sql::failed("busy timeout", e))?;
    connection.set_prepared_statement_cache_capacity(128);
    Ok(connection)
}

/// Makes the file with access for its owner only: it holds password hashes and sessions.
pub(super) fn create_private(path: &Path) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

/// Makes sure that the file is ours and not from the future; marks an empty one as ours.
fn claim(connection: &Connection, what: &str) -> Result<()> {
    if marks(connection, what)? == (0, 0) {
        let tables: i64 = connection
            .query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get(0))
            .map_err(|e| sql::failed(what, e))?;
        if tables == 0 {
            let text = format!("PRAGMA application_id={APPLICATION_ID}; PRAGMA user_version={LAYOUT};");
            return connection.execute_batch(&text).map_err(|e| sql::failed(what, e));
        }
    }
    verify(connection, what)
}

/// Makes sure that the file is a catalog that this version can read.
fn verify(connection: &Connection, what: &str) -> Result<()> {
    let (application, layout) = marks(connection, what)?;
    if application != APPLICATION_ID {
        return Err(Error::invalid("catalog.url", format!("{what} belongs to another program")));
    }
    if layout > LAYOUT {
        let reason = format!("{what} has layout {layout}, this version reads up to {LAYOUT}: upgrade first");
        return Err(Error::invalid("catalog.url", reason));
    }
    Ok(())
}

/// Application and layout that the file is marked with.
fn marks(connection: &Connection, what: &str) -> Result<(i32, i32)> {
    let number = |pragma: &str| -> Result<i32> {
        let text = format!("PRAGMA {pragma}");
        connection.query_row(&text, [], |row| row.get(0)).map_err(|e| match e.sqlite_error_code() {
            Some(rusqlite::ErrorCode::NotADatabase) => {
                Error::invalid("catalog.url", format!("{what} is not an SQLite database"))
            }
            _ => sql::failed(what, e),
        })
    };
    Ok((number("application_id")?, number("user_version")?))
}

/// Makes the table and its indexes what the collection declares: missing ones are built, changed and
/// undeclared ones go.
pub(super) fn ensure(connection: &Connection, spec: &CollectionSpec) -> Result<()> {
    let failed = |e| sql::failed(&format!("preparing {}", spec.name), e);
    let table = format!(
        "CREATE TABLE IF NOT EXISTS \"{}\" (id TEXT PRIMARY KEY NOT NULL, workspace TEXT NOT NULL, \
         version INTEGER NOT NULL, schema INTEGER NOT NULL, created INTEGER NOT NULL, \
         updated INTEGER NOT NULL, body TEXT NOT NULL) STRICT",
        spec.name
    );
    connection.execute_batch(&table).map_err(failed)?;
    let wanted = indexes(spec);
    let mut present = connection
        .prepare("SELECT name, sql FROM sqlite_master WHERE type='index' AND tbl_name=? AND sql IS NOT NULL")
        .map_err(failed)?;
    let rows = present.query_map([spec.name], |row| Ok((row.get(0)?, row.get(1)?))).map_err(failed)?;
    let present: Vec<(String, String)> = rows.collect::<Result<_, _>>().map_err(failed)?;
    for index in present.iter().filter(|index| !wanted.contains(index)) {
        connection.execute_batch(&format!("DROP INDEX \"{}\"", index.0)).map_err(failed)?;
    }
    for index in wanted.iter().filter(|index| !present.contains(index)) {
        connection.execute_batch(&index.1).map_err(failed)?;
    }
    Ok(())
}

/// Name and definition of each index of a collection.
fn indexes(spec: &CollectionSpec) -> Vec<(String, String)> {
    let define = |unique: &str, name: String, reach: Reach, paths: &[&str], last: &str| {
        let name = format!("{}__{name}", spec.name);
        let lead = if reach == Reach::Workspace { "workspace, " } else { "" };
        let columns: Vec<String> = paths.iter().map(|path| sql::at(path)).collect();
        let columns = columns.join(", ");
        let text = format!("CREATE {unique}INDEX \"{name}\" ON \"{}\" ({lead}{columns}{last})", spec.name);
        (name, text)
    };
    let unique = spec.unique.iter().map(|k| define("UNIQUE ", k.index_name(), k.reach, k.paths, ""));
    let plain = spec.indexes.iter().map(|i| define("", i.index_name(), i.reach, i.paths, ", id"));
    let by_workspace = std::iter::once((
        format!("{}__workspace", spec.name),
        format!("CREATE INDEX \"{0}__workspace\" ON \"{0}\" (workspace, id)", spec.name),
    ));
    unique.chain(plain).chain(by_workspace).collect()
}

/// The field of the unique key (or `id`) that SQLite's message names.
pub(super) fn conflicting_field(spec: &CollectionSpec, message: &str) -> &'static str {
    spec.unique
        .iter()
        .find(|key| message.contains(&format!("'{}__{}'", spec.name, key.index_name())))
        .map_or("id", |key| key.field)
}
