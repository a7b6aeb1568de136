-- What a message holds beside text and media, the message it quotes, and the event it was made of. Only adds.
-- depends: 0003.message-indexes

ALTER TABLE gateway.whatsapp_explorer_messages
    ADD COLUMN details jsonb,
    ADD COLUMN quote   jsonb;

-- The event of a message as WhatsApp's client delivered it, by our id of the message; a later release may read more.
CREATE TABLE gateway.raw_events (
    session_id uuid NOT NULL,
    message_id uuid NOT NULL,
    payload    bytea NOT NULL,
    kept_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (session_id, message_id)
);
CREATE INDEX raw_events_by_time ON gateway.raw_events USING brin (kept_at);

GRANT SELECT, INSERT, DELETE ON gateway.raw_events TO gateway_connector;
GRANT SELECT, DELETE ON gateway.raw_events TO gateway_sweeper;
