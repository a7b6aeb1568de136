-- What an app knows a session by, and what lists are filtered by. Only adds: the previous release keeps running.
-- depends: 0003.message-indexes
ALTER TABLE gateway.whatsapp_sessions
    ADD COLUMN external_id text,
    ADD COLUMN metadata    jsonb NOT NULL DEFAULT '{}';
CREATE INDEX whatsapp_sessions_by_external_id ON gateway.whatsapp_sessions (user_profile_id, external_id)
    WHERE external_id IS NOT NULL;
-- What did not arrive is what people look for, and rare. Every other filter of messages finds a page soon or reads the
-- index of its session.
CREATE INDEX messages_not_sent ON gateway.whatsapp_explorer_messages (session_id, id DESC)
    WHERE status IN ('queued', 'sending', 'unknown', 'failed');
