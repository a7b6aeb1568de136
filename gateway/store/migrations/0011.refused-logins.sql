-- What a session's owner keeps so that a refused login is tried again, by itself, by whoever owns the session then; and
-- what tells those who wait for a code where they stand, and the owner whether anybody still looks at one.
-- depends: 0003.message-indexes

ALTER TABLE gateway.whatsapp_sessions
    ADD COLUMN refusals smallint NOT NULL DEFAULT 0,
    ADD COLUMN refused_build text,
    ADD COLUMN link_position integer,
    ADD COLUMN status_read_at timestamptz;
