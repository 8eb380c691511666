-- The first schema: devices, what was asked of them and what they told.
--
-- Ids come from the engine, which never gives one twice; `meta` remembers the
-- highest ones, because a forgotten device leaves no row. Times are microseconds
-- since 1970. There are no foreign keys: everything that belongs to a device goes
-- with it through `forgotten`.

-- One row: the last commit and the highest ids ever given.
CREATE TABLE meta (
    one              INTEGER PRIMARY KEY CHECK (one = 1),
    revision         INTEGER NOT NULL,
    last_device      INTEGER,
    last_observation INTEGER,
    last_operation   INTEGER
) STRICT;
INSERT INTO meta VALUES (1, 0, NULL, NULL, NULL);

-- Lists of objects as devices announce them. A fleet of one model shares one row.
CREATE TABLE object_list (
    id      INTEGER PRIMARY KEY,
    content TEXT NOT NULL UNIQUE
) STRICT;

-- Every device that ever registered, with its latest registration. It is over when
-- ended_at is set; its address and the rest stay to be shown.
CREATE TABLE device (
    id            INTEGER PRIMARY KEY,
    endpoint      TEXT NOT NULL UNIQUE,
    alias         TEXT,
    location      INTEGER NOT NULL,
    listener      INTEGER NOT NULL,
    address       BLOB NOT NULL,
    version       INTEGER NOT NULL,
    lifetime_s    INTEGER NOT NULL,
    binding       TEXT NOT NULL,
    queue_mode    INTEGER NOT NULL,
    sms           TEXT,
    vendor        TEXT,
    objects       INTEGER NOT NULL,
    registered_at INTEGER NOT NULL,
    ended_at      INTEGER,
    ended_cause   INTEGER,
    deviations    TEXT,
    note          TEXT,
    tags          TEXT
) STRICT;

-- When each device was heard last. It changes with every Update, so it lies apart
-- from the wide rows: a thousand Updates then touch five pages, not a thousand.
CREATE TABLE seen (
    device INTEGER PRIMARY KEY,
    at     INTEGER NOT NULL
) STRICT;

-- Observations, in force (with a link) or to be established again (without).
CREATE TABLE observation (
    id            INTEGER PRIMARY KEY,
    device        INTEGER NOT NULL,
    path          INTEGER NOT NULL,
    format        TEXT,
    listener      INTEGER,
    address       BLOB,
    token         BLOB,
    since         INTEGER NOT NULL,
    notifications INTEGER NOT NULL,
    last_at       INTEGER
) STRICT;
CREATE INDEX observation_by_device ON observation (device);

-- Operations from request to outcome. state: 0 queued, 1 sent, 2 ended.
CREATE TABLE operation (
    id         INTEGER PRIMARY KEY,
    device     INTEGER NOT NULL,
    state      INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    timeout    INTEGER NOT NULL,
    ended_at   INTEGER,
    ask        TEXT NOT NULL,
    ending     TEXT
) STRICT;
CREATE INDEX operation_by_device ON operation (device);
CREATE INDEX operation_open ON operation (id) WHERE state < 2;

-- Values. path packs the four ids so that everything below a path is one range.
-- value has the type that kind says: 0 text, 1 integer, 2 unsigned (its bits), 3
-- real (NaN as its eight bytes), 4 boolean,
-- 5 bytes, 6 time in seconds, 7 object link (object * 65536 + instance), 8 text.
-- source: 0 notification, 1 Read, 2 Send, 3 composite.
CREATE TABLE reading (
    device INTEGER NOT NULL,
    path   INTEGER NOT NULL,
    time   INTEGER NOT NULL,
    kind   INTEGER NOT NULL,
    value  ANY,
    source INTEGER NOT NULL,
    PRIMARY KEY (device, path, time)
) STRICT, WITHOUT ROWID;

-- Devices whose history is still to be removed, a part at a time.
CREATE TABLE forgotten (
    device INTEGER PRIMARY KEY
) STRICT;

-- Malformed input, refused registrations and the like, counted while they repeat.
CREATE TABLE problem (
    id       INTEGER PRIMARY KEY,
    listener TEXT NOT NULL,
    peer     TEXT NOT NULL,
    kind     TEXT NOT NULL,
    message  TEXT NOT NULL,
    count    INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    UNIQUE (listener, peer, kind, message)
) STRICT;
CREATE INDEX problem_by_time ON problem (at);

-- Settings of the program and what the page wants kept, both JSON texts.
CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE view (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- Object definitions that a user imported, as they were.
CREATE TABLE model (
    object  INTEGER NOT NULL,
    version TEXT NOT NULL,
    file    TEXT NOT NULL,
    xml     TEXT NOT NULL,
    PRIMARY KEY (object, version)
) STRICT;
