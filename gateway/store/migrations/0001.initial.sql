-- The gateway's own tables. Nothing is granted to PUBLIC; roles log in only where a deployment lets them.
-- depends:

DO $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('gateway.roles'));
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'gateway_functions') THEN
        CREATE ROLE gateway_functions NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'gateway_connector') THEN
        CREATE ROLE gateway_connector NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'gateway_whatsmeow') THEN
        CREATE ROLE gateway_whatsmeow NOLOGIN;
        EXECUTE format('GRANT gateway_whatsmeow TO %I', current_user);
    END IF;
    -- A stopped or hung process must not hold a row lock for longer than its successor waits.
    ALTER ROLE gateway_functions SET statement_timeout = '10s';
    ALTER ROLE gateway_functions SET idle_in_transaction_session_timeout = '10s';
    ALTER ROLE gateway_connector SET statement_timeout = '30s';
    ALTER ROLE gateway_connector SET idle_in_transaction_session_timeout = '5s';
    -- whatsmeow never closes its pools; its idle connections go by themselves.
    ALTER ROLE gateway_whatsmeow SET search_path = 'whatsmeow';
    ALTER ROLE gateway_whatsmeow SET idle_session_timeout = '60s';
END
$$;

CREATE SCHEMA IF NOT EXISTS gateway;
REVOKE ALL ON SCHEMA gateway FROM PUBLIC;
CREATE SCHEMA IF NOT EXISTS whatsmeow AUTHORIZATION gateway_whatsmeow;
REVOKE ALL ON SCHEMA whatsmeow FROM PUBLIC;

CREATE TABLE gateway.api_keys (
    id              uuid PRIMARY KEY,
    user_profile_id uuid NOT NULL,
    name            text NOT NULL,
    prefix          text NOT NULL,
    secret_hash     bytea NOT NULL UNIQUE,
    created_at      timestamptz NOT NULL DEFAULT now(),
    last_used_at    timestamptz,
    revoked_at      timestamptz
);

-- Generic cell rate algorithm: one row a key, the theoretical arrival time of its next request.
CREATE TABLE gateway.rate_limits (
    key        text PRIMARY KEY,
    arrival_at timestamptz NOT NULL
);

CREATE TABLE gateway.whatsapp_sessions (
    id                   uuid PRIMARY KEY,
    user_profile_id      uuid NOT NULL,
    session_name         text NOT NULL,
    phone_number         text,
    connection_status    text NOT NULL DEFAULT 'disconnected'
        CHECK (connection_status IN ('disconnected', 'connecting', 'qr_pending', 'connected', 'logged_out')),
    auth_state           jsonb NOT NULL DEFAULT '{}',
    is_active            boolean NOT NULL DEFAULT true,
    last_connected_at    timestamptz,
    last_disconnected_at timestamptz,
    created_at           timestamptz NOT NULL DEFAULT now(),
    updated_at           timestamptz NOT NULL DEFAULT now(),
    desired_state        text NOT NULL DEFAULT 'disconnected' CHECK (desired_state IN ('connected', 'disconnected')),
    device_jid           text GENERATED ALWAYS AS (auth_state ->> 'deviceJid') STORED,
    lid                  text,
    reason               text,
    reason_detail        text,
    reason_expires_at    timestamptz,
    qr_code              text,
    qr_expires_at        timestamptz,
    qr_sets              smallint NOT NULL DEFAULT 0,
    pairing_phone        text,
    pairing_code         text,
    pairing_key          bytea,
    accounted_until      text,
    shard                integer NOT NULL,
    epoch                bigint NOT NULL DEFAULT 0,
    event_seq            bigint NOT NULL DEFAULT 0,
    command_seq          bigint NOT NULL DEFAULT 0,
    idempotency_key      text,
    fingerprint          bytea,
    UNIQUE (user_profile_id, idempotency_key)
);
CREATE INDEX whatsapp_sessions_by_user ON gateway.whatsapp_sessions (user_profile_id, id DESC) WHERE is_active;
CREATE INDEX whatsapp_sessions_by_shard ON gateway.whatsapp_sessions (shard);
CREATE UNIQUE INDEX whatsapp_sessions_by_device ON gateway.whatsapp_sessions (device_jid) WHERE device_jid IS NOT NULL;

CREATE TABLE gateway.workers (
    id           text PRIMARY KEY,
    started_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    heartbeat_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    draining     boolean NOT NULL DEFAULT false
);

CREATE TABLE gateway.shard_leases (
    shard       integer PRIMARY KEY,
    owner       text,
    epoch       bigint NOT NULL DEFAULT 0,
    acquired_at timestamptz,
    expires_at  timestamptz,
    handoff_to  text
);

CREATE TABLE gateway.commands (
    id             uuid PRIMARY KEY,
    session_id     uuid NOT NULL REFERENCES gateway.whatsapp_sessions,
    seq            bigint NOT NULL,
    kind           text NOT NULL,
    payload        jsonb NOT NULL DEFAULT '{}',
    status         text NOT NULL DEFAULT 'queued'
        CHECK (status IN ('queued', 'running', 'done', 'failed', 'unknown')),
    epoch          bigint,
    device_jid     text,
    error          text,
    error_detail   text,
    correlation_id text,
    created_at     timestamptz NOT NULL DEFAULT now(),
    started_at     timestamptz,
    finished_at    timestamptz,
    expires_at     timestamptz NOT NULL,
    UNIQUE (session_id, seq)
);
CREATE INDEX commands_unfinished ON gateway.commands (session_id, seq) WHERE status IN ('queued', 'running');

CREATE TABLE gateway.chats (
    id              uuid PRIMARY KEY,
    session_id      uuid NOT NULL REFERENCES gateway.whatsapp_sessions,
    kind            text NOT NULL CHECK (kind IN ('user', 'group', 'broadcast', 'status', 'newsletter', 'other')),
    lid             text,
    phone_number    text,
    jid             text,
    name            text,
    unread_count    integer NOT NULL DEFAULT 0,
    last_message_id uuid,
    last_message_at timestamptz,
    first_sent_at   timestamptz,
    created_at      timestamptz NOT NULL DEFAULT now(),
    UNIQUE (session_id, lid),
    UNIQUE (session_id, phone_number),
    UNIQUE (session_id, jid),
    CHECK ((kind = 'user') = (jid IS NULL)),
    CHECK (kind <> 'user' OR lid IS NOT NULL OR phone_number IS NOT NULL)
);
CREATE INDEX chats_by_activity ON gateway.chats (session_id, last_message_at DESC NULLS LAST, id DESC);

CREATE TABLE gateway.whatsapp_explorer_messages (
    id              uuid PRIMARY KEY,
    session_id      uuid NOT NULL REFERENCES gateway.whatsapp_sessions,
    chat_id         uuid NOT NULL REFERENCES gateway.chats,
    message_id      text,
    remote_jid      text NOT NULL,
    from_me         boolean NOT NULL,
    message_type    text NOT NULL,
    content         text,
    media_url       text,
    status          text NOT NULL CHECK (status IN
        ('queued', 'sending', 'sent', 'delivered', 'read', 'played', 'failed', 'unknown', 'received')),
    timestamp       timestamptz NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    origin          text NOT NULL CHECK (origin IN ('contact', 'phone', 'api', 'ai')),
    sender_lid      text,
    sender_phone    text,
    push_name       text,
    quoted_id       text,
    target_id       text,
    media           jsonb,
    location        jsonb,
    secret          bytea,
    command_id      uuid,
    error           text,
    error_detail    text,
    queued_at       timestamptz,
    sent_at         timestamptz,
    delivered_at    timestamptz,
    read_at         timestamptz,
    played_at       timestamptz,
    failed_at       timestamptz,
    edited_at       timestamptz,
    deleted_at      timestamptz,
    idempotency_key text,
    fingerprint     bytea,
    UNIQUE (session_id, chat_id, message_id, from_me),
    UNIQUE (session_id, idempotency_key)
);
CREATE INDEX messages_by_session ON gateway.whatsapp_explorer_messages (session_id, id DESC);
CREATE INDEX messages_by_chat ON gateway.whatsapp_explorer_messages (chat_id, id DESC);
CREATE INDEX messages_by_whatsapp_id ON gateway.whatsapp_explorer_messages (session_id, message_id);
CREATE INDEX messages_pacing ON gateway.whatsapp_explorer_messages (session_id, queued_at) WHERE queued_at IS NOT NULL;

-- Receipts that came before the send they belong to was written down.
CREATE TABLE gateway.early_receipts (
    session_id uuid NOT NULL REFERENCES gateway.whatsapp_sessions,
    message_id text NOT NULL,
    status     text NOT NULL,
    at         timestamptz NOT NULL,
    PRIMARY KEY (session_id, message_id, status)
);

CREATE TABLE gateway.inbox (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    session_id  uuid NOT NULL,
    device_jid  text,
    kind        text NOT NULL,
    payload     bytea NOT NULL,
    error       text,
    received_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX inbox_unprocessed ON gateway.inbox (session_id, id) WHERE error IS NULL;

CREATE TABLE gateway.events (
    session_id uuid NOT NULL REFERENCES gateway.whatsapp_sessions,
    seq        bigint NOT NULL,
    type       text NOT NULL,
    data       jsonb NOT NULL,
    correlation_id text,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (session_id, seq)
);

-- What WhatsApp answered when asked whether a number has an account.
CREATE TABLE gateway.numbers (
    phone_number text PRIMARY KEY,
    registered   boolean NOT NULL,
    lid          text,
    checked_at   timestamptz NOT NULL DEFAULT now()
);

GRANT USAGE ON SCHEMA gateway TO gateway_functions, gateway_connector;
GRANT SELECT, INSERT, UPDATE ON
    gateway.whatsapp_sessions, gateway.whatsapp_explorer_messages, gateway.chats, gateway.commands
    TO gateway_functions, gateway_connector;
GRANT SELECT, INSERT ON gateway.events TO gateway_functions, gateway_connector;
GRANT SELECT, UPDATE ON gateway.api_keys TO gateway_functions;
GRANT SELECT, INSERT, UPDATE, DELETE ON gateway.rate_limits TO gateway_functions;
GRANT SELECT ON gateway.shard_leases, gateway.numbers TO gateway_functions;
GRANT DELETE ON gateway.chats, gateway.whatsapp_explorer_messages TO gateway_connector;
GRANT SELECT, INSERT, UPDATE, DELETE ON
    gateway.shard_leases, gateway.workers, gateway.inbox, gateway.numbers, gateway.early_receipts
    TO gateway_connector;
