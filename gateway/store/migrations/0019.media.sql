-- Files of messages: which there are, where they are stored, and what each message has. Only adds.
-- depends: 0018.webhooks 0020.push

DO $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('gateway.roles'));
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'gateway_media') THEN
        CREATE ROLE gateway_media NOLOGIN;
    END IF;
    ALTER ROLE gateway_media SET statement_timeout = '20s';
    ALTER ROLE gateway_media SET idle_in_transaction_session_timeout = '10s';
END
$$;

-- In the order of those who write: they wait for a moment, and for nothing that waits for them.
LOCK TABLE gateway.whatsapp_sessions, gateway.whatsapp_explorer_messages IN ACCESS EXCLUSIVE MODE;

-- Several messages may have one file, and several rows of a session one `storage_key`: equal bytes are stored once.
CREATE TABLE gateway.media_objects (
    id              uuid PRIMARY KEY,
    session_id      uuid NOT NULL REFERENCES gateway.whatsapp_sessions,
    origin          text NOT NULL CHECK (origin IN ('received', 'upload', 'prepared')),
    kind            text CHECK (kind IN ('image', 'video', 'audio', 'voice', 'document', 'sticker')),
    state           text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'available', 'unavailable', 'erased')),
    -- Why it is unavailable or erased.
    reason          text,
    mimetype        text,
    file_name       text,
    size            bigint,
    sha256          bytea,
    width           integer,
    height          integer,
    seconds         integer,
    page_count      integer,
    waveform        bytea,
    storage_key     text,
    thumbnail_key   text,
    -- The JPEG of at most 10 KB that is sent inside a message.
    thumbnail       bytea,
    -- Where a received file is fetched from, and its keys; null when it needs to be fetched no more.
    source          jsonb,
    -- Of a prepared file: which upload it was made of.
    derived_from    uuid REFERENCES gateway.media_objects,
    -- Of a prepared file: what WhatsApp answered to its upload, and when.
    whatsapp        jsonb,
    uploaded_at     timestamptz,
    attempts        integer NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL DEFAULT now(),
    -- One run at a time works on it.
    claim           uuid,
    claimed_until   timestamptz,
    created_at      timestamptz NOT NULL DEFAULT now(),
    available_at    timestamptz,
    UNIQUE (derived_from, kind)
);
CREATE INDEX media_objects_by_session ON gateway.media_objects (session_id);
CREATE INDEX media_objects_by_key ON gateway.media_objects (storage_key) WHERE storage_key IS NOT NULL;
CREATE INDEX media_objects_pending ON gateway.media_objects (next_attempt_at) WHERE state = 'pending';
CREATE INDEX media_objects_available ON gateway.media_objects (available_at) WHERE state = 'available';
CREATE INDEX media_objects_stored ON gateway.media_objects (id) WHERE state = 'erased' AND storage_key IS NOT NULL;
CREATE INDEX media_objects_deleted ON gateway.media_objects (id) WHERE state = 'erased' AND reason = 'deleted';

-- `motion_id` is the clip of a motion photo.
ALTER TABLE gateway.whatsapp_explorer_messages ADD COLUMN media_id uuid, ADD COLUMN motion_id uuid;
-- Which received files a session wants: {"maxBytes": …, "kinds": […]}; null: all.
ALTER TABLE gateway.whatsapp_sessions ADD COLUMN media_policy jsonb;

GRANT USAGE ON SCHEMA gateway TO gateway_media;
GRANT SELECT, INSERT, UPDATE ON gateway.media_objects TO gateway_functions, gateway_connector, gateway_media;
GRANT SELECT (id, session_id, kind, state, reason, mimetype, file_name, size, sha256, width, height, seconds,
    page_count, waveform, thumbnail_key) ON gateway.media_objects TO gateway_replies, gateway_webhooks;
GRANT SELECT, UPDATE, DELETE ON gateway.media_objects TO gateway_sweeper;
GRANT SELECT ON gateway.whatsapp_explorer_messages, gateway.whatsapp_sessions, gateway.chats, gateway.event_listeners,
    gateway.webhooks TO gateway_media;
GRANT UPDATE (event_seq, event_xid) ON gateway.whatsapp_sessions TO gateway_media;
GRANT SELECT, INSERT ON gateway.events TO gateway_media;
