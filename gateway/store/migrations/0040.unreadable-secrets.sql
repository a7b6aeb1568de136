-- A webhook whose secret cannot be decrypted any more is paused: nothing is sent unsigned.
-- The table is small: what is there is checked at once.
-- depends: 0039.losses
ALTER TABLE gateway.webhooks DROP CONSTRAINT webhooks_paused_reason_check;
ALTER TABLE gateway.webhooks ADD CONSTRAINT webhooks_paused_reason_check
    CHECK (paused_reason IN ('requested', 'failing', 'gone', 'secret_unreadable')) NOT VALID;
ALTER TABLE gateway.webhooks VALIDATE CONSTRAINT webhooks_paused_reason_check;
