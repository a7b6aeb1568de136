-- Webhooks: addresses to which events are sent, and each event that is to be sent to one. Only adds.
-- depends: 0017.event-log

DO $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('gateway.roles'));
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'gateway_webhooks') THEN
        CREATE ROLE gateway_webhooks NOLOGIN;
    END IF;
    ALTER ROLE gateway_webhooks SET statement_timeout = '20s';
    ALTER ROLE gateway_webhooks SET idle_in_transaction_session_timeout = '10s';
END
$$;

CREATE TABLE gateway.webhooks (
    id               uuid PRIMARY KEY,
    -- Whose sessions it sees; null: everybody's.
    user_profile_id  uuid,
    url              text NOT NULL,
    description      text,
    types            text[],
    session_ids      uuid[],
    user_profile_ids uuid[],
    payload          text NOT NULL CHECK (payload IN ('full', 'ids')),
    secret           bytea NOT NULL,
    previous_secret  bytea,
    previous_until   timestamptz,
    status           text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'paused')),
    paused_reason    text CHECK (paused_reason IN ('requested', 'failing', 'gone')),
    paused_at        timestamptz,
    -- Only events of this transaction and later ones are sent.
    since            xid8 NOT NULL DEFAULT pg_snapshot_xmin(pg_current_snapshot()),
    failures         integer NOT NULL DEFAULT 0,
    failing_since    timestamptz,
    -- Nothing is sent before.
    rests_until      timestamptz,
    -- One run at a time sends to it.
    claim            uuid,
    claimed_until    timestamptz,
    -- The moment for which a doorbell is on its way.
    rung_for         timestamptz,
    last_success_at  timestamptz,
    created_at       timestamptz NOT NULL DEFAULT now(),
    updated_at       timestamptz NOT NULL DEFAULT now(),
    deleted_at       timestamptz
);
CREATE INDEX webhooks_active ON gateway.webhooks (user_profile_id) WHERE status = 'active' AND deleted_at IS NULL;

-- One event for one webhook. Within a lane, which is a session, they are sent one after the other; who failed too often
-- leaves it for a lane of its own.
CREATE TABLE gateway.webhook_deliveries (
    id              uuid PRIMARY KEY,
    webhook_id      uuid NOT NULL REFERENCES gateway.webhooks,
    event_id        text NOT NULL,
    type            text NOT NULL,
    -- Null: about no session, and `data` is what it says.
    session_id      uuid,
    seq             bigint,
    data            jsonb,
    lane            uuid NOT NULL,
    status          text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'delivered', 'failed')),
    -- `tries` begins again when it is to be sent once more.
    attempts        integer NOT NULL DEFAULT 0,
    tries           integer NOT NULL DEFAULT 0,
    due_since       timestamptz NOT NULL DEFAULT now(),
    next_attempt_at timestamptz NOT NULL DEFAULT now(),
    created_at      timestamptz NOT NULL DEFAULT now(),
    ended_at        timestamptz,
    UNIQUE (webhook_id, session_id, seq)
);
CREATE INDEX webhook_deliveries_pending ON gateway.webhook_deliveries (webhook_id, lane, seq, next_attempt_at)
    WHERE status = 'pending';
CREATE INDEX webhook_deliveries_by_webhook ON gateway.webhook_deliveries (webhook_id, id DESC);
CREATE INDEX webhook_deliveries_by_session ON gateway.webhook_deliveries (session_id);
CREATE INDEX webhook_deliveries_by_end ON gateway.webhook_deliveries USING brin (ended_at);

CREATE TABLE gateway.webhook_attempts (
    delivery_id uuid NOT NULL REFERENCES gateway.webhook_deliveries ON DELETE CASCADE,
    number      integer NOT NULL,
    at          timestamptz NOT NULL,
    -- HTTP's; null where there was no answer.
    status      integer,
    error       text,
    duration_ms integer NOT NULL,
    answer      text,
    PRIMARY KEY (delivery_id, number)
);

-- How far the log was read for webhooks.
CREATE TABLE gateway.webhook_cursor (
    only_row   boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    xid        xid8 NOT NULL,
    session_id uuid NOT NULL,
    seq        bigint NOT NULL
);
INSERT INTO gateway.webhook_cursor (xid, session_id, seq) VALUES ('0', '00000000-0000-0000-0000-000000000000', 0);

GRANT USAGE ON SCHEMA gateway TO gateway_webhooks;
GRANT SELECT ON gateway.events, gateway.event_horizon, gateway.whatsapp_sessions, gateway.whatsapp_explorer_messages,
    gateway.chats, gateway.merged_chats TO gateway_webhooks;
GRANT SELECT, INSERT, UPDATE ON gateway.webhooks, gateway.webhook_deliveries TO gateway_functions;
GRANT SELECT ON gateway.webhook_attempts TO gateway_functions;
GRANT SELECT, UPDATE ON gateway.webhooks, gateway.webhook_cursor TO gateway_webhooks;
GRANT SELECT, INSERT, UPDATE ON gateway.webhook_deliveries TO gateway_webhooks;
GRANT SELECT, INSERT ON gateway.webhook_attempts TO gateway_webhooks;
GRANT SELECT ON gateway.webhooks TO gateway_connector, gateway_replies;
GRANT SELECT, UPDATE, DELETE ON gateway.webhooks, gateway.webhook_deliveries TO gateway_sweeper;
GRANT SELECT, DELETE ON gateway.webhook_attempts TO gateway_sweeper;
GRANT SELECT ON gateway.webhook_cursor TO gateway_sweeper;
