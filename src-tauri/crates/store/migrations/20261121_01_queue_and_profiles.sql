-- What waits for a sleeping device has an order, and a time of its own to wait.
-- Devices get profiles, and their deviations from the standard are counted.

-- ttl: how long an operation may wait to be sent, in microseconds; NULL where its
-- timeout counts in all. priority: 0 high, 1 normal, 2 low. place: the order among
-- those of one priority, lowest first; the id unless somebody moved it.
ALTER TABLE operation ADD COLUMN ttl INTEGER;
ALTER TABLE operation ADD COLUMN priority INTEGER NOT NULL DEFAULT 1;
ALTER TABLE operation ADD COLUMN place INTEGER NOT NULL DEFAULT 0;
UPDATE operation SET place = id;

-- How one device is treated, JSON text; a device without a row has the defaults.
CREATE TABLE profile (
    device  INTEGER PRIMARY KEY,
    content TEXT NOT NULL
) STRICT;

-- How often each device deviated from the standard, and how. The codes are a closed
-- list of the program, so that a device has some dozens of rows at most.
CREATE TABLE deviation (
    device   INTEGER NOT NULL,
    code     TEXT NOT NULL,
    count    INTEGER NOT NULL,
    first_at INTEGER NOT NULL,
    last_at  INTEGER NOT NULL,
    example  TEXT NOT NULL,
    PRIMARY KEY (device, code)
) STRICT, WITHOUT ROWID;
