-- Who follows the event log as it grows. Events are announced by NOTIFY only while somebody listens, so that nobody pays
-- for it otherwise; the release before does not announce, and listeners look by themselves, too.
-- depends: 0017.event-log
CREATE TABLE gateway.event_listeners (
    id         uuid PRIMARY KEY,
    expires_at timestamptz NOT NULL
);
GRANT SELECT ON gateway.event_listeners TO gateway_functions, gateway_connector, gateway_replies, gateway_sweeper;
GRANT INSERT, UPDATE, DELETE ON gateway.event_listeners TO gateway_functions;
GRANT DELETE ON gateway.event_listeners TO gateway_sweeper;

-- A WebSocket connection of API Gateway: whose it is, what it wants, and how far it has got (`cursor`; null: it has not
-- subscribed). `token_ends_at` is null where it came with a key.
CREATE TABLE gateway.push_connections (
    id              text PRIMARY KEY,
    key_id          uuid NOT NULL REFERENCES gateway.api_keys (id),
    scopes          text[] NOT NULL,
    session_ids     uuid[],
    token_ends_at   timestamptz,
    connected_at    timestamptz NOT NULL DEFAULT now(),
    expires_at      timestamptz NOT NULL,
    types           text[],
    only_session_ids uuid[],
    payload         text NOT NULL DEFAULT 'full',
    cursor          text,
    subscription    integer NOT NULL DEFAULT 0
);
CREATE INDEX push_connections_by_end ON gateway.push_connections (expires_at);
GRANT SELECT, INSERT, UPDATE, DELETE ON gateway.push_connections TO gateway_functions;
GRANT SELECT, DELETE ON gateway.push_connections TO gateway_sweeper;

-- Which run of the dispatcher pushes to them, one at a time.
CREATE TABLE gateway.push_dispatcher (
    only_row   boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    holder     uuid,
    expires_at timestamptz NOT NULL
);
INSERT INTO gateway.push_dispatcher (holder, expires_at) VALUES (NULL, '-infinity');
GRANT SELECT, UPDATE ON gateway.push_dispatcher TO gateway_functions;
GRANT SELECT ON gateway.push_dispatcher TO gateway_sweeper;
