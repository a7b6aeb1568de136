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
-- subscribed). The `token_…` are null where it came with a key. `subscription` counts: what a push says of an earlier one
-- counts no more.
CREATE TABLE gateway.push_connections (
    id                text PRIMARY KEY,
    key_id            uuid NOT NULL REFERENCES gateway.api_keys (id),
    token_scopes      text[],
    token_session_ids uuid[],
    token_ends_at     timestamptz,
    expires_at        timestamptz NOT NULL,
    types             text[],
    session_ids       uuid[],
    payload           text NOT NULL DEFAULT 'full' CHECK (payload IN ('full', 'ids')),
    cursor            text,
    subscription      integer NOT NULL DEFAULT 0
);
CREATE INDEX push_connections_by_end ON gateway.push_connections (expires_at);
GRANT SELECT, INSERT, UPDATE, DELETE ON gateway.push_connections TO gateway_functions;
GRANT SELECT, DELETE ON gateway.push_connections TO gateway_sweeper;

-- Which run of functions/pushes pushes to them: one at a time.
CREATE TABLE gateway.push_lease (
    only_row   boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    holder     uuid,
    expires_at timestamptz NOT NULL
);
INSERT INTO gateway.push_lease (expires_at) VALUES ('-infinity');
GRANT SELECT, UPDATE ON gateway.push_lease TO gateway_functions;
GRANT SELECT ON gateway.push_lease TO gateway_sweeper;
