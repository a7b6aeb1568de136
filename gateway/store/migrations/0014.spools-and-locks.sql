-- How far the spool of each worker is in the inbox, and under which epoch a shard's owner also holds its advisory lock.
-- depends: 0011.refused-logins

CREATE TABLE gateway.spools (
    worker     text PRIMARY KEY,
    carried    bigint NOT NULL DEFAULT 0,
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

GRANT SELECT, INSERT, UPDATE, DELETE ON gateway.spools TO gateway_connector;

-- An owner of the release before raises the epoch and leaves this behind: its lease alone counts.
ALTER TABLE gateway.shard_leases ADD COLUMN locked_epoch bigint;
