-- Credentials, the keys of this program, and what became of handshakes.
--
-- Columns named "secret" are sealed with the master key (AES-256-GCM, bound to table,
-- row and column), which is not in this file; everything else is readable.

-- How the master key is come by; one row from the first secret on. way: 0 in the
-- system's keychain, 1 under a passphrase, 2 in a file beside this one. salt and the
-- cost belong to Argon2id, wrapped is the master key under the passphrase; NULL for
-- the other ways. proof is a known text, sealed: it tells the right key from others.
CREATE TABLE sealing (
    one     INTEGER PRIMARY KEY CHECK (one = 1),
    vault   BLOB NOT NULL,
    way     INTEGER NOT NULL,
    salt    BLOB,
    kib     INTEGER,
    passes  INTEGER,
    wrapped BLOB,
    proof   BLOB NOT NULL
) STRICT;

-- What devices prove themselves with. Either endpoint or pattern is set. server: 0
-- management, 1 bootstrap. mode: 0 none, 1 pre-shared key, 2 raw public key, 3
-- certificate. identity: that of the key, or DER of the public key or of the pinned
-- certificate. secret: the pre-shared key. outcome: 0 it failed when last used, 1 not.
CREATE TABLE credential (
    id         INTEGER PRIMARY KEY,
    endpoint   TEXT,
    pattern    TEXT,
    server     INTEGER NOT NULL,
    mode       INTEGER NOT NULL,
    identity   BLOB,
    secret     BLOB,
    shared     INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    used_at    INTEGER,
    outcome    INTEGER,
    CHECK ((endpoint IS NULL) <> (pattern IS NULL))
) STRICT;
CREATE INDEX credential_by_endpoint ON credential (endpoint);
CREATE INDEX credential_by_identity ON credential (identity);

-- Our own key pairs: 0 what the server shows to devices, 1 the certificate authority.
-- chain: certificates as DER, the own one first, each behind its length in four bytes.
CREATE TABLE own_key (
    role       INTEGER PRIMARY KEY,
    chain      BLOB NOT NULL,
    secret     BLOB NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

-- Certificates that our authority issued.
CREATE TABLE issued (
    id          INTEGER PRIMARY KEY,
    endpoint    TEXT NOT NULL,
    certificate BLOB NOT NULL,
    issued_at   INTEGER NOT NULL,
    not_after   INTEGER NOT NULL
) STRICT;

-- Whose signature on a device's certificate counts.
CREATE TABLE trust_anchor (
    id          INTEGER PRIMARY KEY,
    certificate BLOB NOT NULL UNIQUE,
    added_at    INTEGER NOT NULL
) STRICT;

-- Handshakes that came to nothing, counted while they repeat. cause: JSON.
CREATE TABLE handshake_failure (
    id       INTEGER PRIMARY KEY,
    listener INTEGER NOT NULL,
    address  BLOB NOT NULL,
    step     INTEGER NOT NULL,
    cause    TEXT NOT NULL,
    identity BLOB NOT NULL,
    shown    BLOB NOT NULL,
    first_at INTEGER NOT NULL,
    last_at  INTEGER NOT NULL,
    count    INTEGER NOT NULL,
    UNIQUE (listener, address, cause, identity, shown)
) STRICT;
CREATE INDEX handshake_failure_by_time ON handshake_failure (last_at);

-- What a person does not want to see again among what is pending, until it changes.
CREATE TABLE dismissed (
    subject TEXT PRIMARY KEY,
    at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
