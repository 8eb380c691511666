-- Several paths with one request, and lists of paths that have a name.

-- What a composite observation lists, in its order, as a JSON array; NULL for an
-- observation of one path, which stays in the column path. A composite one has the
-- root there.
ALTER TABLE observation ADD COLUMN paths TEXT;

-- Lists of paths that people named: of one device, or of all devices of a make, for
-- which device is 0. Both texts are empty for those of one device.
CREATE TABLE path_set (
    device       INTEGER NOT NULL,
    manufacturer TEXT NOT NULL,
    model        TEXT NOT NULL,
    name         TEXT NOT NULL,
    paths        TEXT NOT NULL,
    PRIMARY KEY (device, manufacturer, model, name)
) STRICT, WITHOUT ROWID;
