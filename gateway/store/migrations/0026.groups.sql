-- Groups as WhatsApp shows them, with their participants, and what is asked of WhatsApp beside messages: a command with a
-- result. Only adds: an owner of the release before fails such a command and does nothing.
-- depends: 0025.epochs
-- In the order of those who write: they wait for a moment, and for nothing that waits for them.
LOCK TABLE gateway.whatsapp_sessions, gateway.chats, gateway.commands IN ACCESS EXCLUSIVE MODE;

ALTER TABLE gateway.commands
    ADD COLUMN result jsonb,
    ADD COLUMN idempotency_key text,
    ADD COLUMN fingerprint bytea;
CREATE UNIQUE INDEX commands_by_key ON gateway.commands (session_id, idempotency_key) WHERE idempotency_key IS NOT NULL;

CREATE TABLE gateway.groups (
    chat_id      uuid PRIMARY KEY REFERENCES gateway.chats ON DELETE CASCADE,
    session_id   uuid NOT NULL REFERENCES gateway.whatsapp_sessions,
    description  text,
    announcement boolean NOT NULL DEFAULT false,
    locked       boolean NOT NULL DEFAULT false,
    is_community boolean NOT NULL DEFAULT false,
    parent_jid   text,
    is_member    boolean NOT NULL DEFAULT true,
    read_at      timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX groups_of_session ON gateway.groups (session_id, chat_id);

CREATE TABLE gateway.group_participants (
    chat_id      uuid NOT NULL REFERENCES gateway.groups ON DELETE CASCADE,
    jid          text NOT NULL,
    lid          text,
    phone_number text,
    role         text NOT NULL CHECK (role IN ('member', 'admin', 'owner')),
    PRIMARY KEY (chat_id, jid)
);

-- For which device all groups were read.
CREATE TABLE gateway.group_lists (
    session_id uuid PRIMARY KEY REFERENCES gateway.whatsapp_sessions ON DELETE CASCADE,
    device_jid text NOT NULL,
    read_at    timestamptz NOT NULL
);

GRANT SELECT ON gateway.groups, gateway.group_participants, gateway.group_lists TO gateway_functions;
GRANT SELECT, INSERT, UPDATE, DELETE ON gateway.groups, gateway.group_participants, gateway.group_lists
    TO gateway_connector;
