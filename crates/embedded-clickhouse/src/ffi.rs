//! The C interface of libchdb: every unsafe line that touches the engine is in this file.
//!
//! Promises: handles are freed exactly once, results live as long as they are borrowed, a connection runs one query at a time
//! (`&mut self`). Never: unloads the library – its threads outlive any handle –, and never decides anything.

use std::{
    ffi::{CStr, CString, c_char, c_double, c_int, c_void},
    path::Path,
    ptr::NonNull,
    sync::Arc,
};

/// `struct chdb_connection_ *`: an opaque pointer; `chdb_connect` gives a pointer to it.
type RawConnection = *mut c_void;
/// `chdb_result *`, also the handle of a stream.
type RawResult = *mut c_void;

type QueryFn = unsafe extern "C" fn(RawConnection, *const c_char, usize, *const c_char, usize) -> RawResult;
type QueryWithParamsFn = unsafe extern "C" fn(
    RawConnection,
    *const c_char,
    usize,
    *const c_char,
    usize,
    *const *const c_char,
    *const usize,
    *const *const c_char,
    *const usize,
    usize,
) -> RawResult;
type CountFn = unsafe extern "C" fn(RawResult) -> u64;

/// The functions of a loaded libchdb.
pub(crate) struct Library {
    connect: unsafe extern "C" fn(c_int, *mut *mut c_char) -> *mut RawConnection,
    close: unsafe extern "C" fn(*mut RawConnection),
    query: QueryFn,
    query_with_params: QueryWithParamsFn,
    stream: QueryFn,
    stream_with_params: QueryWithParamsFn,
    stream_fetch: unsafe extern "C" fn(RawConnection, RawResult) -> RawResult,
    stream_cancel: unsafe extern "C" fn(RawConnection, RawResult),
    destroy: unsafe extern "C" fn(RawResult),
    buffer: unsafe extern "C" fn(RawResult) -> *const u8,
    length: unsafe extern "C" fn(RawResult) -> usize,
    error: unsafe extern "C" fn(RawResult) -> *const c_char,
    elapsed: unsafe extern "C" fn(RawResult) -> c_double,
    rows: CountFn,
    bytes: CountFn,
    storage_rows: CountFn,
    storage_bytes: CountFn,
    rows_written: CountFn,
    bytes_written: CountFn,
}

impl Library {
    /// Loads the library and looks every function up; the error names what is missing.
    pub(crate) fn load(path: &Path) -> Result<Arc<Self>, String> {
        // SAFETY: loading runs the library's initialisers. The file is the pinned one or one that the operator has named, and
        // nothing else in this process depends on what they set up.
        let library = unsafe { libloading::Library::new(path) }.map_err(|error| whole_text(&error))?;
        // The engine's background threads run its code until the process ends: it must never be unmapped.
        let library = std::mem::ManuallyDrop::new(library);
        macro_rules! symbol {
            ($name:literal) => {
                // SAFETY: the types above are those of the published header `chdb.h`; the library stays loaded for ever.
                *unsafe { library.get(concat!($name, "\0").as_bytes()) }.map_err(|error| whole_text(&error))?
            };
        }
        let set_signal_handlers: unsafe extern "C" fn(c_int) = symbol!("chdb_set_signal_handlers_enabled");
        // SAFETY: takes a flag. Without this the engine would answer a crash by printing and lingering; a process that is
        // supervised had better die at once.
        unsafe { set_signal_handlers(0) };
        Ok(Arc::new(Self {
            connect: symbol!("chdb_connect"),
            close: symbol!("chdb_close_conn"),
            query: symbol!("chdb_query_n"),
            query_with_params: symbol!("chdb_query_with_params_n"),
            stream: symbol!("chdb_stream_query_n"),
            stream_with_params: symbol!("chdb_stream_query_with_params_n"),
            stream_fetch: symbol!("chdb_stream_fetch_result"),
            stream_cancel: symbol!("chdb_stream_cancel_query"),
            destroy: symbol!("chdb_destroy_query_result"),
            buffer: symbol!("chdb_result_buffer"),
            length: symbol!("chdb_result_length"),
            error: symbol!("chdb_result_error"),
            elapsed: symbol!("chdb_result_elapsed"),
            rows: symbol!("chdb_result_rows_read"),
            bytes: symbol!("chdb_result_bytes_read"),
            storage_rows: symbol!("chdb_result_storage_rows_read"),
            storage_bytes: symbol!("chdb_result_storage_bytes_read"),
            rows_written: symbol!("chdb_result_rows_written"),
            bytes_written: symbol!("chdb_result_bytes_written"),
        }))
    }

    /// Opens a connection; the first one opens the engine. `None`: it refused, and has said why on standard error only.
    pub(crate) fn connect(self: &Arc<Self>, arguments: &[CString]) -> Option<RawHandle> {
        let mut argv: Vec<*mut c_char> = arguments.iter().map(|text| text.as_ptr().cast_mut()).collect();
        let argc = c_int::try_from(argv.len()).ok()?;
        // SAFETY: `argv` holds `argc` NUL-terminated strings that live until the call returns; the engine copies them.
        let connection = unsafe { (self.connect)(argc, argv.as_mut_ptr()) };
        NonNull::new(connection).map(|connection| RawHandle { library: Arc::clone(self), connection })
    }
}

/// The loader's own words are in the source of its error.
fn whole_text(error: &libloading::Error) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), |source| format!("{error}: {source}"))
}

/// An open connection: owned, closed on drop.
pub(crate) struct RawHandle {
    library: Arc<Library>,
    connection: NonNull<RawConnection>,
}

// SAFETY: the engine has no thread affinity; a connection may be used from any thread, one at a time, which `&mut self` ensures.
unsafe impl Send for RawHandle {}

impl Drop for RawHandle {
    fn drop(&mut self) {
        // SAFETY: the handle came from `connect` and is closed only here; streams borrow it and are gone by now.
        unsafe { (self.library.close)(self.connection.as_ptr()) }
    }
}

/// Values for `{name:Type}` placeholders, in ClickHouse's escaped text form.
pub(crate) type Params = [(String, Vec<u8>)];

impl RawHandle {
    fn raw(&self) -> RawConnection {
        // SAFETY: `connection` points to the engine's handle for as long as the connection is open.
        unsafe { *self.connection.as_ptr() }
    }

    /// Runs one query to its end and holds its whole result.
    pub(crate) fn query(&mut self, sql: &[u8], format: &str, params: &Params) -> Result<Output, String> {
        let result = self.call(self.library.query, self.library.query_with_params, sql, format, params);
        Output::take(&self.library, result)
    }

    /// Starts a SELECT whose result is fetched piece by piece.
    pub(crate) fn stream(
        &mut self,
        sql: &[u8],
        format: &str,
        params: &Params,
    ) -> Result<RawStream<'_>, String> {
        let result = self.call(self.library.stream, self.library.stream_with_params, sql, format, params);
        let handle = Output::take(&self.library, result)?;
        Ok(RawStream { connection: self, handle, ended: false })
    }

    fn call(
        &self,
        plain: QueryFn,
        bound: QueryWithParamsFn,
        sql: &[u8],
        format: &str,
        params: &Params,
    ) -> RawResult {
        let (sql_at, format_at) = (sql.as_ptr().cast(), format.as_ptr().cast());
        if params.is_empty() {
            // SAFETY: both pointers are valid for the lengths given, and the engine copies what it needs.
            return unsafe { plain(self.raw(), sql_at, sql.len(), format_at, format.len()) };
        }
        let names: Vec<*const c_char> = params.iter().map(|(name, _)| name.as_ptr().cast()).collect();
        let name_lengths: Vec<usize> = params.iter().map(|(name, _)| name.len()).collect();
        let values: Vec<*const c_char> = params.iter().map(|(_, value)| value.as_ptr().cast()).collect();
        let value_lengths: Vec<usize> = params.iter().map(|(_, value)| value.len()).collect();
        // SAFETY: as above; the four arrays have `params.len()` elements each and outlive the call.
        unsafe {
            bound(
                self.raw(),
                sql_at,
                sql.len(),
                format_at,
                format.len(),
                names.as_ptr(),
                name_lengths.as_ptr(),
                values.as_ptr(),
                value_lengths.as_ptr(),
                params.len(),
            )
        }
    }
}

/// A running SELECT. Dropping it before its end cancels it.
pub(crate) struct RawStream<'a> {
    connection: &'a mut RawHandle,
    handle: Output,
    ended: bool,
}

impl RawStream<'_> {
    /// The next piece of the result; `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Output>, String> {
        if self.ended {
            return Ok(None);
        }
        let library = &self.connection.library;
        // SAFETY: both handles are alive, and `&mut self` keeps the calls on this connection in sequence.
        let result = unsafe { (library.stream_fetch)(self.connection.raw(), self.handle.result.as_ptr()) };
        match Output::take(library, result) {
            Ok(piece) if piece.is_empty() => self.ended = true,
            Ok(piece) => return Ok(Some(piece)),
            // A result that fits in its first piece has already been closed by the engine.
            Err(text) if text == "No active streaming query" => self.ended = true,
            Err(text) => {
                self.ended = true;
                return Err(text);
            }
        }
        Ok(None)
    }
}

impl Drop for RawStream<'_> {
    fn drop(&mut self) {
        if !self.ended {
            let library = &self.connection.library;
            // SAFETY: both handles are alive. Without the cancellation the connection would answer nothing any more.
            unsafe { (library.stream_cancel)(self.connection.raw(), self.handle.result.as_ptr()) }
        }
    }
}

/// What the engine counted while it ran a query.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Counts {
    /// Rows and bytes of the result.
    pub(crate) result_rows: u64,
    pub(crate) result_bytes: u64,
    /// Rows and bytes read from storage.
    pub(crate) read_rows: u64,
    pub(crate) read_bytes: u64,
    /// Rows and bytes written, those by dependent views included.
    pub(crate) written_rows: u64,
    pub(crate) written_bytes: u64,
    /// Time the engine took, in nanoseconds.
    pub(crate) elapsed_ns: u64,
}

/// A successful result: its bytes and counts. Freed on drop.
pub(crate) struct Output {
    library: Arc<Library>,
    result: NonNull<c_void>,
}

// SAFETY: a finished result is plain memory that nobody else writes to; it may be read and freed on any thread.
unsafe impl Send for Output {}
// SAFETY: as above; all methods only read.
unsafe impl Sync for Output {}

impl Output {
    /// Takes ownership; an error result becomes its text and is freed.
    fn take(library: &Arc<Library>, result: RawResult) -> Result<Self, String> {
        let Some(result) = NonNull::new(result) else { return Err("the engine gave no result".to_owned()) };
        let output = Self { library: Arc::clone(library), result };
        // SAFETY: the result is alive; the text it points to lives as long as the result.
        let error = unsafe { (library.error)(result.as_ptr()) };
        if error.is_null() {
            return Ok(output);
        }
        // SAFETY: not null, and the engine terminates its messages.
        Err(unsafe { CStr::from_ptr(error) }.to_string_lossy().into_owned())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.as_ref().is_empty()
    }

    /// The counts of a whole query; of a piece of a stream only the result's own are right.
    pub(crate) fn counts(&self) -> Counts {
        let (library, result) = (&self.library, self.result.as_ptr());
        // SAFETY: the result is alive and not an error (whose counts are uninitialised memory).
        unsafe {
            Counts {
                result_rows: (library.rows)(result),
                result_bytes: (library.bytes)(result),
                read_rows: (library.storage_rows)(result),
                read_bytes: (library.storage_bytes)(result),
                written_rows: (library.rows_written)(result),
                written_bytes: (library.bytes_written)(result),
                elapsed_ns: ((library.elapsed)(result).max(0.0) * 1e9) as u64,
            }
        }
    }
}

impl AsRef<[u8]> for Output {
    fn as_ref(&self) -> &[u8] {
        // SAFETY: buffer and length belong to the live result, which nobody changes.
        unsafe {
            let (at, length) =
                ((self.library.buffer)(self.result.as_ptr()), (self.library.length)(self.result.as_ptr()));
            if at.is_null() || length == 0 { &[] } else { std::slice::from_raw_parts(at, length) }
        }
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        // SAFETY: owned, freed only here.
        unsafe { (self.library.destroy)(self.result.as_ptr()) }
    }
}
