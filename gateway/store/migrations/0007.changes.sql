-- depends: 0003.message-indexes
-- Edits, deletions and sealed messages that wait: for the message they are about, for its secret, or for the right to
-- change it. Each is also a message of its own, which goes when it is applied. Only adds: a new table, and columns
-- without a default, which lock nothing for long.
CREATE TABLE gateway.waiting_changes (
    id           uuid PRIMARY KEY REFERENCES gateway.whatsapp_explorer_messages ON DELETE CASCADE,
    session_id   uuid NOT NULL REFERENCES gateway.whatsapp_sessions ON DELETE CASCADE,
    target_id    text NOT NULL,
    -- Who wrote the target according to the change: its own sender, or this person, or the other side of the chat.
    target_own   boolean NOT NULL,
    target_lid   text,
    target_phone text,
    changed_at   timestamptz NOT NULL,
    sealed       jsonb
);
CREATE INDEX waiting_changes_by_target ON gateway.waiting_changes (session_id, target_id);

-- `read_until`: everything in the chat that is older has been read. `admins`: LIDs and numbers of a group's admins, as
-- far as WhatsApp was asked.
ALTER TABLE gateway.chats
    ADD COLUMN read_until      timestamptz,
    ADD COLUMN admins          text[],
    ADD COLUMN admins_asked_at timestamptz;

GRANT SELECT, INSERT, UPDATE, DELETE ON gateway.waiting_changes TO gateway_connector;
