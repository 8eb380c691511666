-- Registrations that were turned down, and whom a person keeps out.

-- Counted while they repeat. address: the peer's bytes behind its listener. endpoint:
-- as it was named, empty for none. identity, shown: what the session proved, empty for
-- none. cause: JSON.
CREATE TABLE registration_refusal (
    id       INTEGER PRIMARY KEY,
    listener INTEGER NOT NULL,
    address  BLOB NOT NULL,
    endpoint TEXT NOT NULL,
    cause    TEXT NOT NULL,
    identity BLOB NOT NULL,
    shown    BLOB NOT NULL,
    first_at INTEGER NOT NULL,
    last_at  INTEGER NOT NULL,
    count    INTEGER NOT NULL,
    UNIQUE (listener, address, endpoint, cause, identity, shown)
) STRICT;
CREATE INDEX registration_refusal_by_time ON registration_refusal (last_at);

-- Blocked endpoints are a setting; here is whom else. kind: 0 the identity of a
-- pre-shared key, 1 a raw public key, 2 a certificate, 3 an IP address. until: NULL for
-- good.
CREATE TABLE block (
    kind    INTEGER NOT NULL,
    subject BLOB NOT NULL,
    at      INTEGER NOT NULL,
    until   INTEGER,
    PRIMARY KEY (kind, subject)
) STRICT, WITHOUT ROWID;
