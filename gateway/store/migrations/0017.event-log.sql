-- One log over all sessions: events are read in the order of (xid, session_id, seq), and only those below the oldest
-- transaction that is still open, so that none that commits late is skipped. `xid` is the writing transaction's id, or
-- that of the session's event before where this is greater: within a session the order is that of `seq`. Only adds: what
-- the release before inserts has the default. Events of before all have the id of this migration.
-- depends: 0016.keys
ALTER TABLE gateway.events ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id();
CREATE INDEX events_in_order ON gateway.events (xid, session_id, seq);

ALTER TABLE gateway.whatsapp_sessions ADD COLUMN event_xid xid8;
GRANT UPDATE (event_xid) ON gateway.whatsapp_sessions TO gateway_replies, gateway_sweeper;

-- The greatest `xid` of an event that was deleted for its age: who has not read beyond it may have missed some.
CREATE TABLE gateway.event_horizon (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    xid      xid8 NOT NULL
);
INSERT INTO gateway.event_horizon (xid) VALUES ('0');
GRANT SELECT ON gateway.event_horizon TO gateway_functions, gateway_sweeper;
GRANT UPDATE ON gateway.event_horizon TO gateway_sweeper;
