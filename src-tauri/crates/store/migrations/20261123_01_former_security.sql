-- Whether a device was registered over a secure association before its present
-- registration: one that comes without security now has fallen back.
ALTER TABLE device ADD COLUMN was_secure INTEGER NOT NULL DEFAULT 0;
