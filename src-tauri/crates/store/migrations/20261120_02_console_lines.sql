-- Lines typed into the consoles of devices, and what the palette finds devices by.

-- The newest lines of each device, in the order of their ids; at is microseconds
-- since 1970.
CREATE TABLE console_line (
    id     INTEGER PRIMARY KEY,
    device INTEGER NOT NULL,
    line   TEXT NOT NULL,
    at     INTEGER NOT NULL
) STRICT;
CREATE INDEX console_line_by_device ON console_line (device);

-- Few devices have a name or tags given here, and neither changes with an Update.
CREATE INDEX device_by_alias ON device (alias) WHERE alias IS NOT NULL;
CREATE INDEX device_by_tags ON device (tags) WHERE tags IS NOT NULL;
