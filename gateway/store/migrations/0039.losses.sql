-- Whoever takes a session over looks in its log for changes and for what was set aside, each by its message's id.
-- Built beside what is written, which waits for none of it. A run that was interrupted begins again.
-- depends: 0036.upkeep
-- transactional: false
DROP INDEX CONCURRENTLY IF EXISTS gateway.events_of_changes;
CREATE INDEX CONCURRENTLY events_of_changes ON gateway.events (session_id, (data ->> 'changeId'))
    WHERE type IN ('message.edited', 'message.deleted');
DROP INDEX CONCURRENTLY IF EXISTS gateway.events_unprocessed;
CREATE INDEX CONCURRENTLY events_unprocessed ON gateway.events (session_id, (data ->> 'messageId'))
    WHERE type = 'message.unprocessed';
