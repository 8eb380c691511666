-- How a device proved itself when it registered: 0 not at all, 1 pre-shared key, 2 raw
-- public key, 3 certificate, as in credential. For registrations that are older than this
-- column its own credential tells; whoever had none was known by a certificate.
ALTER TABLE device ADD COLUMN security INTEGER NOT NULL DEFAULT 0;
UPDATE device
SET security = coalesce(
        (SELECT mode FROM credential AS own
         WHERE own.endpoint = device.endpoint AND own.server = 0 AND own.mode > 0
         ORDER BY own.id LIMIT 1), 3)
WHERE listener = 2;
