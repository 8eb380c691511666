-- What the server shows to devices that ask for one of these names, in place of its own
-- key pair. name is in lower case; chain and secret are as those of own_key.
CREATE TABLE named_key (
    id         INTEGER PRIMARY KEY,
    name       TEXT NOT NULL UNIQUE,
    chain      BLOB NOT NULL,
    secret     BLOB NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
