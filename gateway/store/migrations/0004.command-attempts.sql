-- depends: 0003.message-indexes
-- Attempts are counted on the row, so that a command which ends its worker each time ends, too.
ALTER TABLE gateway.commands
    ADD COLUMN attempts smallint NOT NULL DEFAULT 0,
    ADD COLUMN not_before timestamptz;
CREATE INDEX commands_waiting ON gateway.commands (session_id, seq)
    WHERE not_before IS NOT NULL AND status IN ('queued', 'running');

-- Ids of chats that were merged into others: commands, events and callers still name them.
CREATE TABLE gateway.merged_chats (
    id         uuid PRIMARY KEY,
    session_id uuid NOT NULL REFERENCES gateway.whatsapp_sessions,
    chat_id    uuid NOT NULL
);
CREATE INDEX merged_chats_by_chat ON gateway.merged_chats (chat_id);
CREATE INDEX merged_chats_by_session ON gateway.merged_chats (session_id);

GRANT SELECT ON gateway.merged_chats TO gateway_functions, gateway_connector, gateway_replies, gateway_sweeper;
GRANT INSERT, UPDATE ON gateway.merged_chats TO gateway_connector;
GRANT DELETE ON gateway.merged_chats TO gateway_sweeper;
