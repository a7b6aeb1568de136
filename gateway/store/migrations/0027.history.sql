-- The history that a phone gives when it is linked: how much is wanted, the pieces that wait to be imported, and what
-- comes with it. Only adds: the release before meets none of it before a session asks for history.
-- depends: 0019.media 0022.order

-- In the order of those who write: they wait for a moment, and for nothing that waits for them.
LOCK TABLE gateway.whatsapp_sessions, gateway.chats, gateway.whatsapp_explorer_messages, gateway.media_objects IN ACCESS EXCLUSIVE MODE;

ALTER TABLE gateway.whatsapp_sessions
    ADD COLUMN history text NOT NULL DEFAULT 'none' CHECK (history IN ('none', 'recent', 'full')),
    ADD COLUMN history_days integer CHECK (history_days > 0),
    -- What has been imported since the number was linked; null before anything came.
    ADD COLUMN history_import jsonb;

-- As they were when the history came. `history_at`: the chat is in it.
ALTER TABLE gateway.chats
    ADD COLUMN archived boolean NOT NULL DEFAULT false,
    ADD COLUMN pinned boolean NOT NULL DEFAULT false,
    ADD COLUMN muted_until timestamptz,
    ADD COLUMN history_at timestamptz;

-- Not validated: what is there has one of the four, and the table may be large.
ALTER TABLE gateway.whatsapp_explorer_messages DROP CONSTRAINT whatsapp_explorer_messages_origin_check;
ALTER TABLE gateway.whatsapp_explorer_messages ADD CONSTRAINT whatsapp_explorer_messages_origin_check
    CHECK (origin IN ('contact', 'phone', 'api', 'ai', 'history')) NOT VALID;
ALTER TABLE gateway.media_objects DROP CONSTRAINT media_objects_state_check;
ALTER TABLE gateway.media_objects ADD CONSTRAINT media_objects_state_check
    CHECK (state IN ('pending', 'available', 'unavailable', 'erased', 'on_demand')) NOT VALID;

-- Beside the inbox, so that what comes now never waits for what is old.
CREATE TABLE gateway.history_pieces (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    session_id  uuid NOT NULL,
    device_jid  text NOT NULL,
    payload     bytea NOT NULL,
    attempts    integer NOT NULL DEFAULT 0,
    error       text,
    received_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX history_pieces_waiting ON gateway.history_pieces (session_id, id) WHERE error IS NULL;

GRANT SELECT, INSERT, UPDATE, DELETE ON gateway.history_pieces TO gateway_connector;
GRANT SELECT, DELETE ON gateway.history_pieces TO gateway_sweeper;
GRANT UPDATE (history_import) ON gateway.whatsapp_sessions TO gateway_sweeper;
