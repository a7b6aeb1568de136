-- How often the processing of a received event was begun: one that kills its worker is found by the next one.
-- depends: 0003.message-indexes
ALTER TABLE gateway.inbox ADD COLUMN attempts integer NOT NULL DEFAULT 0;
