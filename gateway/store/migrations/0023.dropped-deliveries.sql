-- What is open for a webhook is bounded: the oldest deliveries beyond that are dropped, and counted. The check is not
-- validated: what is there kept a narrower one.
-- depends: 0020.push
ALTER TABLE gateway.webhooks ADD COLUMN dropped bigint NOT NULL DEFAULT 0;
ALTER TABLE gateway.webhook_deliveries DROP CONSTRAINT webhook_deliveries_status_check;
ALTER TABLE gateway.webhook_deliveries ADD CONSTRAINT webhook_deliveries_status_check
    CHECK (status IN ('pending', 'delivered', 'failed', 'dropped')) NOT VALID;
