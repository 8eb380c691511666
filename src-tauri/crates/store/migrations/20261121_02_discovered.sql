-- What devices told of their own trees when they were asked with Discover, and what
-- acknowledged Write-Attributes changed since. It used to be looked for in the newest
-- operations, which a busy device or retention takes away.
--
-- listed: everything directly below is listed too. inherits: attributes may include
-- what is attached further up. attributes: JSON as in an operation, NULL for none.
CREATE TABLE discovered (
    device     INTEGER NOT NULL,
    path       INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    listed     INTEGER NOT NULL,
    inherits   INTEGER NOT NULL,
    attributes TEXT,
    PRIMARY KEY (device, path)
) STRICT, WITHOUT ROWID;
