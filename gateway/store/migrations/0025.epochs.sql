-- One sequence for the epochs of all shards, so that a session that moves never meets the epoch of its old owner again.
-- depends: 0014.spools-and-locks

CREATE SEQUENCE gateway.epochs;
-- Workers of the release before count a shard's epoch up by one while both run: they stay far below.
DO $$
BEGIN
    PERFORM setval('gateway.epochs', (SELECT coalesce(max(epoch), 0) + 1000000 FROM gateway.shard_leases));
END
$$;

GRANT USAGE ON SEQUENCE gateway.epochs TO gateway_connector;
