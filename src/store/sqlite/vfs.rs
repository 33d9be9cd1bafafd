//! SQLite's way to the files (its VFS), with another one for the WAL: [`Log`]. All else is the system's own VFS.
#![allow(unsafe_code, reason = "SQLite calls these functions through pointers, and they call SQLite's")]
#![allow(clippy::as_conversions, reason = "pointers to a structure are pointers to its first field")]

use std::ffi::{CStr, OsStr, c_int, c_void};
use std::io;
use std::mem;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr;
use std::slice;
use std::sync::OnceLock;

use rusqlite::ffi::{self, sqlite3_file, sqlite3_int64, sqlite3_io_methods, sqlite3_vfs};

use super::log::Log;

/// Its name, for who opens a database.
pub(super) const NAME: &CStr = c"dhcpsim";

/// This VFS, and the system's, which does the rest.
#[repr(C)]
struct Shim {
    vfs: sqlite3_vfs,
    system: *mut sqlite3_vfs,
}

/// A WAL as SQLite sees it. Behind it lies the system's own file, for all but writing.
#[repr(C)]
struct Wal {
    file: sqlite3_file,
    log: *mut Log,
    /// Whether it was never synced: the system's sync then makes the file's name durable too.
    fresh: bool,
}

/// Makes it known to SQLite.
///
/// # Errors
///
/// What SQLite says.
pub(super) fn register() -> rusqlite::Result<()> {
    static DONE: OnceLock<c_int> = OnceLock::new();
    let code = *DONE.get_or_init(|| {
        // SAFETY: a null name asks for the default VFS. It is never unregistered, and is only read here.
        let system = unsafe { ffi::sqlite3_vfs_find(ptr::null()) };
        // SAFETY: SQLite gives a VFS that it knows, or null.
        let Some(base) = (unsafe { system.as_ref() }) else { return ffi::SQLITE_ERROR };
        let head = c_int::try_from(mem::size_of::<Wal>()).unwrap_or(0);
        let vfs = sqlite3_vfs {
            szOsFile: base.szOsFile.saturating_add(head),
            pNext: ptr::null_mut(),
            zName: NAME.as_ptr(),
            xOpen: Some(open),
            ..*base
        };
        let shim = Box::leak(Box::new(Shim { vfs, system }));
        // SAFETY: the structure is leaked: it outlives every use.
        unsafe { ffi::sqlite3_vfs_register(&raw mut shim.vfs, 0) }
    });
    match code {
        ffi::SQLITE_OK => Ok(()),
        code => Err(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None)),
    }
}

/// The methods of a WAL. There is neither shared memory nor a lock on it: SQLite has both on the database.
static METHODS: sqlite3_io_methods = sqlite3_io_methods {
    iVersion: 1,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(lock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: None,
    xShmLock: None,
    xShmBarrier: None,
    xShmUnmap: None,
    xFetch: None,
    xUnfetch: None,
};

unsafe extern "C" fn open(
    vfs: *mut sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: SQLite hands over the VFS that was registered, which is a Shim's first field.
    let system = unsafe { (*vfs.cast::<Shim>()).system };
    // SAFETY: it is the system's VFS, registered for ever.
    let Some(system_open) = (unsafe { (*system).xOpen }) else { return ffi::SQLITE_CANTOPEN };
    if flags & ffi::SQLITE_OPEN_WAL == 0 || name.is_null() {
        // SAFETY: the arguments are SQLite's own, and `file` has more room than the system's VFS asks for.
        return unsafe { system_open(system, name, file, flags, out) };
    }
    let wal = file.cast::<Wal>();
    // SAFETY: `file` has room for a Wal and a file of the system's behind it; until it is open it must have no methods.
    let inner = unsafe {
        (*file).pMethods = ptr::null();
        inner(file)
    };
    // SAFETY: as above; the name is SQLite's own.
    let code = unsafe { system_open(system, name, inner, flags, out) };
    if code != ffi::SQLITE_OK {
        return code;
    }
    // SAFETY: SQLite's names end with a zero and live as long as the file.
    let path = Path::new(OsStr::from_bytes(unsafe { CStr::from_ptr(name) }.to_bytes()));
    let Ok(log) = Log::open(path) else {
        // SAFETY: the system's file was opened above.
        unsafe { call(inner, |methods| methods.xClose, |close| close(inner)) };
        return ffi::SQLITE_CANTOPEN;
    };
    // SAFETY: `wal` has room, and nothing in it that would have to be dropped.
    unsafe {
        let file = sqlite3_file { pMethods: &raw const METHODS };
        wal.write(Wal { file, log: Box::into_raw(Box::new(log)), fresh: true });
    }
    ffi::SQLITE_OK
}

/// The system's file behind a WAL.
///
/// # Safety
///
/// `file` has room for both.
unsafe fn inner(file: *mut sqlite3_file) -> *mut sqlite3_file {
    // SAFETY: the caller's.
    unsafe { file.cast::<u8>().add(mem::size_of::<Wal>()).cast() }
}

/// Calls a method of the system's file.
///
/// # Safety
///
/// `inner` is open.
unsafe fn call<F>(
    inner: *mut sqlite3_file,
    method: impl FnOnce(&sqlite3_io_methods) -> Option<F>,
    act: impl FnOnce(F) -> c_int,
) -> c_int {
    // SAFETY: an open file has methods, which live as long as the program.
    let methods = unsafe { (*inner).pMethods.as_ref() };
    methods.and_then(method).map_or(ffi::SQLITE_IOERR, act)
}

/// The log of a WAL that is open.
///
/// # Safety
///
/// `file` was opened by [`open`] as a WAL and is not closed; SQLite uses a file from one thread at a time.
unsafe fn log<'a>(file: *mut sqlite3_file) -> &'a mut Log {
    // SAFETY: the caller's: the box is there until the file is closed.
    unsafe { &mut *(*file.cast::<Wal>()).log }
}

/// What SQLite calls an error of writing.
fn code(error: &io::Error, usual: c_int) -> c_int {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ffi::SQLITE_FULL,
        io::ErrorKind::ReadOnlyFilesystem => ffi::SQLITE_READONLY,
        _ => usual,
    }
}

/// Writes what was gathered, and then lets the system's file do the rest.
///
/// # Safety
///
/// As for [`log`].
unsafe fn flushed<F>(
    file: *mut sqlite3_file,
    method: impl FnOnce(&sqlite3_io_methods) -> Option<F>,
    act: impl FnOnce(F, *mut sqlite3_file) -> c_int,
) -> c_int {
    // SAFETY: the caller's.
    match unsafe { log(file) }.flush() {
        // SAFETY: the caller's.
        Ok(()) => unsafe {
            let inner = inner(file);
            call(inner, method, |found| act(found, inner))
        },
        Err(error) => code(&error, ffi::SQLITE_IOERR_WRITE),
    }
}

/// What was gathered and not synced belongs to no commit: it is dropped.
unsafe extern "C" fn close(file: *mut sqlite3_file) -> c_int {
    // SAFETY: SQLite closes a file once; the box was made by `open`.
    unsafe {
        drop(Box::from_raw((*file.cast::<Wal>()).log));
        let inner = inner(file);
        call(inner, |methods| methods.xClose, |close| close(inner))
    }
}

unsafe extern "C" fn read(
    file: *mut sqlite3_file,
    to: *mut c_void,
    count: c_int,
    at: sqlite3_int64,
) -> c_int {
    // SAFETY: the file is open, and SQLite's buffer has `count` octets.
    unsafe { flushed(file, |methods| methods.xRead, |read, inner| read(inner, to, count, at)) }
}

unsafe extern "C" fn write(
    file: *mut sqlite3_file,
    from: *const c_void,
    count: c_int,
    at: sqlite3_int64,
) -> c_int {
    let (Ok(count), Ok(at)) = (usize::try_from(count), u64::try_from(at)) else {
        return ffi::SQLITE_IOERR_WRITE;
    };
    // SAFETY: SQLite's buffer has `count` octets.
    let octets = unsafe { slice::from_raw_parts(from.cast::<u8>(), count) };
    // SAFETY: the file is open.
    match unsafe { log(file) }.write(octets, at) {
        Ok(()) => ffi::SQLITE_OK,
        Err(error) => code(&error, ffi::SQLITE_IOERR_WRITE),
    }
}

unsafe extern "C" fn truncate(file: *mut sqlite3_file, size: sqlite3_int64) -> c_int {
    // SAFETY: the file is open.
    unsafe {
        log(file).forget_length();
        flushed(file, |methods| methods.xTruncate, |truncate, inner| truncate(inner, size))
    }
}

unsafe extern "C" fn sync(file: *mut sqlite3_file, flags: c_int) -> c_int {
    let wal = file.cast::<Wal>();
    // SAFETY: the file is open, and is a Wal.
    if unsafe { mem::take(&mut (*wal).fresh) } {
        // SAFETY: the file is open.
        return unsafe { flushed(file, |methods| methods.xSync, |sync, inner| sync(inner, flags)) };
    }
    // SAFETY: the file is open.
    match unsafe { log(file) }.sync() {
        Ok(()) => ffi::SQLITE_OK,
        Err(error) => code(&error, ffi::SQLITE_IOERR_FSYNC),
    }
}

unsafe extern "C" fn file_size(file: *mut sqlite3_file, size: *mut sqlite3_int64) -> c_int {
    // SAFETY: the file is open, and SQLite wants one integer.
    unsafe { flushed(file, |methods| methods.xFileSize, |of, inner| of(inner, size)) }
}

unsafe extern "C" fn lock(_: *mut sqlite3_file, _: c_int) -> c_int {
    ffi::SQLITE_OK
}

unsafe extern "C" fn check_reserved_lock(_: *mut sqlite3_file, found: *mut c_int) -> c_int {
    // SAFETY: SQLite wants one integer.
    unsafe { found.write(0) };
    ffi::SQLITE_OK
}

unsafe extern "C" fn file_control(file: *mut sqlite3_file, what: c_int, with: *mut c_void) -> c_int {
    // SAFETY: the file is open; what is asked is between SQLite and the system's VFS.
    unsafe { flushed(file, |methods| methods.xFileControl, |control, inner| control(inner, what, with)) }
}

unsafe extern "C" fn sector_size(file: *mut sqlite3_file) -> c_int {
    // SAFETY: the file is open.
    unsafe {
        let inner = inner(file);
        call(inner, |methods| methods.xSectorSize, |size| size(inner))
    }
}

unsafe extern "C" fn device_characteristics(file: *mut sqlite3_file) -> c_int {
    // SAFETY: the file is open.
    unsafe {
        let inner = inner(file);
        call(inner, |methods| methods.xDeviceCharacteristics, |found| found(inner))
    }
}
