-- Edits, deletions and better copies that came after a newer one and changed nothing: what is not among our rows or
-- events counts as lost. Only adds.
-- depends: 0011.refused-logins
CREATE TABLE gateway.overtaken_changes (
    session_id uuid NOT NULL REFERENCES gateway.whatsapp_sessions,
    message_id text NOT NULL,
    at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (session_id, message_id)
);
GRANT SELECT, INSERT ON gateway.overtaken_changes TO gateway_connector;
GRANT SELECT, DELETE ON gateway.overtaken_changes TO gateway_sweeper;
