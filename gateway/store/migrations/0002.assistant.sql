-- The assistant: its settings, its turns, what it used. Only adds: the previous release keeps running.
-- depends: 0001.initial

DO $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('gateway.roles'));
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'gateway_replies') THEN
        CREATE ROLE gateway_replies NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'gateway_sweeper') THEN
        CREATE ROLE gateway_sweeper NOLOGIN;
    END IF;
    ALTER ROLE gateway_replies SET statement_timeout = '10s';
    ALTER ROLE gateway_replies SET idle_in_transaction_session_timeout = '10s';
    ALTER ROLE gateway_sweeper SET statement_timeout = '20s';
    ALTER ROLE gateway_sweeper SET idle_in_transaction_session_timeout = '10s';
END
$$;

CREATE TABLE gateway.ai_configs (
    session_id       uuid PRIMARY KEY REFERENCES gateway.whatsapp_sessions,
    enabled          boolean NOT NULL DEFAULT false,
    system_prompt    text NOT NULL DEFAULT '',
    model            text,
    base_url         text,
    key_ciphertext   bytea,
    key_last4        text,
    temperature      double precision,
    max_tokens       integer NOT NULL DEFAULT 500,
    history_messages integer NOT NULL DEFAULT 30,
    history_tokens   integer NOT NULL DEFAULT 3000,
    history_hours    integer NOT NULL DEFAULT 24,
    debounce_seconds integer NOT NULL DEFAULT 4,
    max_age_seconds  integer NOT NULL DEFAULT 120,
    groups           text NOT NULL DEFAULT 'never' CHECK (groups IN ('never', 'mentioned')),
    allow            text[] NOT NULL DEFAULT '{}',
    deny             text[] NOT NULL DEFAULT '{}',
    takeover_minutes integer NOT NULL DEFAULT 30,
    fallback_text    text,
    daily_tokens     bigint DEFAULT 200000,
    keep_prompts     boolean NOT NULL DEFAULT false,
    -- Written by functions/replies: after failures in a row, or a refused key, the model is left alone for a while.
    failures         integer NOT NULL DEFAULT 0,
    paused_until     timestamptz,
    problem          text,
    problem_detail   text,
    problem_at       timestamptz,
    created_at       timestamptz NOT NULL DEFAULT now(),
    updated_at       timestamptz NOT NULL DEFAULT now(),
    CHECK ((key_ciphertext IS NULL) = (key_last4 IS NULL))
);

-- One decision about what a contact wrote; ids of messages are our own, kept when a message goes.
CREATE TABLE gateway.turns (
    id                uuid PRIMARY KEY,
    session_id        uuid NOT NULL REFERENCES gateway.whatsapp_sessions,
    chat_id           uuid REFERENCES gateway.chats,
    kind              text NOT NULL CHECK (kind IN ('reply', 'test')),
    status            text NOT NULL
        CHECK (status IN ('waiting', 'running', 'replied', 'skipped', 'failed', 'superseded')),
    reason            text,
    detail            text,
    first_message_id  uuid,
    last_message_id   uuid,
    heard_at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    due_at            timestamptz NOT NULL DEFAULT clock_timestamp(),
    not_before        timestamptz,
    claim             integer NOT NULL DEFAULT 0,
    lease_until       timestamptz,
    retries           integer NOT NULL DEFAULT 0,
    restarts          integer NOT NULL DEFAULT 0,
    superseded_by     uuid,
    reserved_tokens   bigint NOT NULL DEFAULT 0,
    reserved_on       date,
    model             text,
    prompt_tokens     integer,
    completion_tokens integer,
    latency_ms        integer,
    input             text,
    prompt            jsonb,
    output            text,
    created_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    started_at        timestamptz,
    ended_at          timestamptz,
    CHECK ((kind = 'reply') = (chat_id IS NOT NULL))
);
-- At most one turn of a chat waits and one runs: the row is the mutex of the conversation.
CREATE UNIQUE INDEX turns_waiting ON gateway.turns (chat_id) WHERE status = 'waiting';
CREATE UNIQUE INDEX turns_running ON gateway.turns (chat_id) WHERE status = 'running';
CREATE UNIQUE INDEX turns_by_message ON gateway.turns (last_message_id);
CREATE INDEX turns_by_session ON gateway.turns (session_id, id DESC);
CREATE INDEX turns_by_chat ON gateway.turns (chat_id, id DESC);
CREATE INDEX turns_unfinished ON gateway.turns (due_at) WHERE status IN ('waiting', 'running');
CREATE INDEX turns_by_end ON gateway.turns USING brin (ended_at);

CREATE TABLE gateway.ai_usage (
    session_id        uuid NOT NULL REFERENCES gateway.whatsapp_sessions,
    day               date NOT NULL,
    prompt_tokens     bigint NOT NULL DEFAULT 0,
    completion_tokens bigint NOT NULL DEFAULT 0,
    reserved_tokens   bigint NOT NULL DEFAULT 0,
    calls             integer NOT NULL DEFAULT 0,
    PRIMARY KEY (session_id, day)
);

ALTER TABLE gateway.chats
    ADD COLUMN takeover_until timestamptz,
    ADD COLUMN handed_back_at timestamptz,
    ADD COLUMN opted_out_at   timestamptz,
    ADD COLUMN fallback_at    timestamptz;

ALTER TABLE gateway.whatsapp_explorer_messages
    ADD COLUMN turn_id   uuid,
    ADD COLUMN turn_part smallint;
CREATE UNIQUE INDEX messages_by_turn ON gateway.whatsapp_explorer_messages (turn_id, turn_part)
    WHERE turn_id IS NOT NULL;
-- A message that came in may be the work of another session's assistant.
CREATE INDEX messages_by_assistant ON gateway.whatsapp_explorer_messages (message_id)
    WHERE origin = 'ai' AND message_id IS NOT NULL;
CREATE INDEX messages_by_assistant_in_doubt ON gateway.whatsapp_explorer_messages (session_id)
    WHERE origin = 'ai' AND status IN ('sending', 'unknown');
CREATE INDEX messages_by_person ON gateway.whatsapp_explorer_messages (chat_id, timestamp DESC)
    WHERE origin IN ('phone', 'api');

-- What retention looks for.
CREATE INDEX events_by_time ON gateway.events USING brin (created_at);
CREATE INDEX commands_by_end ON gateway.commands USING brin (finished_at);
CREATE INDEX commands_queued ON gateway.commands (created_at) WHERE status = 'queued';
CREATE INDEX commands_expiring ON gateway.commands (expires_at) WHERE status = 'queued';
CREATE INDEX inbox_set_aside ON gateway.inbox (received_at) WHERE error IS NOT NULL;
CREATE INDEX whatsapp_sessions_deleted ON gateway.whatsapp_sessions (updated_at) WHERE NOT is_active;

-- The API writes the encrypted key and can never read it; the connector needs the rules only.
GRANT SELECT (session_id, enabled, system_prompt, model, base_url, key_last4, temperature, max_tokens,
              history_messages, history_tokens, history_hours, debounce_seconds, max_age_seconds, groups, allow, deny,
              takeover_minutes, fallback_text, daily_tokens, keep_prompts, failures, paused_until, problem,
              problem_detail, problem_at, created_at, updated_at)
    ON gateway.ai_configs TO gateway_functions, gateway_connector;
GRANT INSERT, UPDATE ON gateway.ai_configs TO gateway_functions;
GRANT SELECT, INSERT, UPDATE ON gateway.turns TO gateway_functions, gateway_connector;
GRANT SELECT ON gateway.ai_usage TO gateway_functions, gateway_connector;

GRANT USAGE ON SCHEMA gateway TO gateway_replies, gateway_sweeper;
GRANT SELECT ON
    gateway.whatsapp_sessions, gateway.shard_leases, gateway.chats, gateway.whatsapp_explorer_messages,
    gateway.commands, gateway.events, gateway.turns, gateway.ai_configs, gateway.ai_usage
    TO gateway_replies, gateway_sweeper;
-- Its lock on a session's row, and the numbers of commands and events.
GRANT UPDATE (command_seq, event_seq) ON gateway.whatsapp_sessions TO gateway_replies, gateway_sweeper;
GRANT UPDATE (last_message_id, last_message_at, unread_count, first_sent_at, fallback_at)
    ON gateway.chats TO gateway_replies;
GRANT UPDATE (failures, paused_until, problem, problem_detail, problem_at) ON gateway.ai_configs TO gateway_replies;
GRANT INSERT ON gateway.whatsapp_explorer_messages, gateway.commands, gateway.events TO gateway_replies;
GRANT UPDATE ON gateway.turns TO gateway_replies;
GRANT INSERT, UPDATE ON gateway.ai_usage TO gateway_replies;

GRANT UPDATE ON gateway.commands, gateway.whatsapp_explorer_messages, gateway.turns, gateway.ai_usage
    TO gateway_sweeper;
GRANT INSERT ON gateway.events TO gateway_sweeper;
GRANT SELECT ON gateway.inbox, gateway.early_receipts, gateway.rate_limits, gateway.numbers, gateway.workers
    TO gateway_sweeper;
GRANT DELETE ON
    gateway.whatsapp_sessions, gateway.chats, gateway.whatsapp_explorer_messages, gateway.commands, gateway.events,
    gateway.turns, gateway.ai_configs, gateway.ai_usage, gateway.inbox, gateway.early_receipts, gateway.rate_limits,
    gateway.numbers, gateway.workers
    TO gateway_sweeper;
