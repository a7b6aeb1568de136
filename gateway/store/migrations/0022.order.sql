-- The order of a chat is that of WhatsApp's time. Only adds: the release before goes on by id. The table may be large, so
-- that the index is built beside what is written, outside of a transaction; a run that was interrupted begins again.
-- depends: 0020.push
-- transactional: false
ALTER TABLE gateway.whatsapp_explorer_messages ADD COLUMN IF NOT EXISTS placed_at timestamptz;
DROP INDEX CONCURRENTLY IF EXISTS gateway.messages_by_time;
CREATE INDEX CONCURRENTLY messages_by_time ON gateway.whatsapp_explorer_messages (chat_id, timestamp DESC, id DESC);
-- What is sent again gets a new time, by which it is found, and keeps its id.
DROP INDEX CONCURRENTLY IF EXISTS gateway.messages_sent_again;
CREATE INDEX CONCURRENTLY messages_sent_again ON gateway.whatsapp_explorer_messages (session_id, queued_at)
    WHERE earlier_attempts IS NOT NULL;
