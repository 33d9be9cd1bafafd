//! The database's tables, its settings, and how older ones become today's.

use rusqlite::Connection;

/// `dhcp`: what `file` and SQLite's header know a lease store by.
pub(super) const APPLICATION: i32 = 0x6468_6370;
/// The version of the tables below.
pub(super) const VERSION: i32 = 2;
/// Octets a page. A row of another client lies on another page, and each page that a batch touches is written whole: small
/// pages make small batches cheap. The longest row still fits on one.
pub(super) const PAGE: u32 = 1024;

/// The tables. Blobs and times are as the server has them; `lease` is for people.
///
/// `tally` says how many rows there are and what their checksums add up to, and is written with every batch: a row that
/// is lost, comes back or is from another day is missed at once. The store's id stands in the same row, so that a WAL without the
/// right id is another store's. `select count(*), sum(checksum) from binding` finds the
/// same.
pub(super) const TABLES: &str = "
    CREATE TABLE binding (
        address INTEGER PRIMARY KEY,
        subnet INTEGER NOT NULL, prefix INTEGER NOT NULL,
        state INTEGER NOT NULL,
        htype INTEGER NOT NULL, chaddr BLOB NOT NULL,
        client_htype INTEGER, client BLOB NOT NULL,
        host_name BLOB, relay BLOB,
        since INTEGER NOT NULL, expires INTEGER NOT NULL,
        number INTEGER NOT NULL, checksum INTEGER NOT NULL
    );
    CREATE TABLE tally (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        id BLOB NOT NULL, begun INTEGER NOT NULL,
        batches INTEGER NOT NULL, bindings INTEGER NOT NULL, checksums INTEGER NOT NULL
    );
    CREATE TABLE anchor (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        boot BLOB NOT NULL, uptime INTEGER NOT NULL, wall INTEGER NOT NULL, instant INTEGER NOT NULL,
        checksum INTEGER NOT NULL
    );";

/// Whether a server has the store open, or has had and did not close it: then its WAL is part of it. It says so in the database
/// itself, not in the WAL. Stores of version 2 that were begun earlier get it when they are opened.
pub(super) const USE: &str = "CREATE TABLE IF NOT EXISTS use (open INTEGER NOT NULL)";

/// What people read: dotted addresses, text, and times by the wall clock.
pub(super) const VIEW: &str = "
    CREATE VIEW lease AS
    WITH shift(by) AS (SELECT coalesce((SELECT wall - instant FROM anchor), 0))
    SELECT
        (address >> 24) || '.' || (address >> 16 & 255) || '.' || (address >> 8 & 255) || '.' || (address & 255)
            AS address,
        (subnet >> 24) || '.' || (subnet >> 16 & 255) || '.' || (subnet >> 8 & 255) || '.' || (subnet & 255)
            || '/' || prefix AS subnet,
        CASE state WHEN 1 THEN 'bound' WHEN 2 THEN 'released' ELSE 'declined' END AS state,
        CASE length(chaddr) WHEN 6 THEN lower(
            substr(hex(chaddr), 1, 2) || ':' || substr(hex(chaddr), 3, 2) || ':' || substr(hex(chaddr), 5, 2)
            || ':' || substr(hex(chaddr), 7, 2) || ':' || substr(hex(chaddr), 9, 2) || ':' || substr(hex(chaddr), 11, 2))
            ELSE lower(hex(chaddr)) END AS hardware,
        CASE WHEN client_htype IS NULL THEN 'id ' || lower(hex(client)) ELSE 'hardware' END AS client,
        CAST(host_name AS TEXT) AS host_name,
        lower(hex(relay)) AS relay,
        datetime((since + by) / 1000000, 'unixepoch') AS since,
        CASE expires WHEN -1 THEN 'never' ELSE datetime((expires + by) / 1000000, 'unixepoch') END AS expires
    FROM binding, shift;";

/// Settings of the file, which it keeps.
pub(super) fn settle(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "page_size", PAGE)?;
    connection.pragma_update(None, "application_id", APPLICATION)?;
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))
}

/// Settings of a connection that writes.
pub(super) fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    // The WAL is synced by every commit: with NORMAL a power cut takes acknowledged leases with it.
    connection.pragma_update(None, "synchronous", "FULL")?;
    // Checkpoints happen beside the commits (`checkpoint`); this is the bound when they can't: 24 MiB of WAL,
    // of which the shared memory has room (`room`).
    connection.pragma_update(None, "wal_autocheckpoint", 24 * 1024)?;
    // The WAL is overwritten in place: a file that grows with every commit costs the file system's journal as well.
    connection.pragma_update(None, "journal_size_limit", -1)?;
    // A transaction stays in memory until its commit, which writes it in one piece.
    connection.pragma_update(None, "cache_spill", false)?;
    // The pages of 256,000 leases, so that a batch reads nothing. It grows with the store.
    connection.pragma_update(None, "cache_size", -64 * 1024)?;
    // A damaged page is told of instead of being followed.
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    // No mmap: a file that is cut short under it would kill the process.
    connection.pragma_update(None, "mmap_size", 0)?;
    connection.set_prepared_statement_cache_capacity(16);
    Ok(())
}
