-- Secure associations, so that devices go on after a restart without a handshake.
--
-- secret: everything that is needed, sealed. The address follows the device; where the
-- receive window stands moves with every datagram, so it lies apart in narrow rows. A
-- restored window takes nothing at or below it.
CREATE TABLE association (
    id      INTEGER PRIMARY KEY,
    address BLOB NOT NULL,
    secret  BLOB NOT NULL
) STRICT;
CREATE TABLE association_position (
    association INTEGER PRIMARY KEY,
    newest      INTEGER NOT NULL
) STRICT;

-- Where devices were in the course of an association, the newest of each.
CREATE TABLE association_moved (
    association INTEGER NOT NULL,
    at          INTEGER NOT NULL,
    address     BLOB NOT NULL,
    PRIMARY KEY (association, at)
) STRICT, WITHOUT ROWID;
