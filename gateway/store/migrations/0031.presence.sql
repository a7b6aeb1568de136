-- Who types and who is online, where a session wants to know it; who of a group has a message of ours. Only adds: the
-- release before writes neither.
-- depends: 0029.belonging
ALTER TABLE gateway.whatsapp_sessions
    ADD COLUMN presence text NOT NULL DEFAULT 'off' CHECK (presence IN ('off', 'on_request', 'available'));

-- People whose presence was asked for, until when, and what WhatsApp told of them last.
CREATE TABLE gateway.presences (
    chat_id       uuid PRIMARY KEY REFERENCES gateway.chats ON DELETE CASCADE,
    session_id    uuid NOT NULL REFERENCES gateway.whatsapp_sessions,
    watched_until timestamptz NOT NULL,
    online        boolean,
    last_seen_at  timestamptz,
    changed_at    timestamptz
);
CREATE INDEX presences_of_session ON gateway.presences (session_id, watched_until);

-- Of messages that we sent to groups; `jid` is the person's, the LID where it is known.
CREATE TABLE gateway.message_receipts (
    message_id   uuid NOT NULL REFERENCES gateway.whatsapp_explorer_messages ON DELETE CASCADE,
    jid          text NOT NULL,
    lid          text,
    phone_number text,
    delivered_at timestamptz,
    read_at      timestamptz,
    played_at    timestamptz,
    PRIMARY KEY (message_id, jid)
);

-- Whose an early receipt is, where several may send one.
ALTER TABLE gateway.early_receipts
    ADD COLUMN jid          text NOT NULL DEFAULT '',
    ADD COLUMN lid          text,
    ADD COLUMN phone_number text,
    DROP CONSTRAINT early_receipts_pkey,
    ADD PRIMARY KEY (session_id, message_id, status, jid);

GRANT SELECT ON gateway.presences, gateway.message_receipts TO gateway_functions;
GRANT SELECT, INSERT, UPDATE, DELETE ON gateway.presences, gateway.message_receipts TO gateway_connector;
