-- The indexes that 0019 and 0029 want on the largest table: built beside what is written, which waits for none of it.
-- A run that was interrupted begins again. And the sweeper tells other webhooks of deliveries that it drops.
-- depends: 0029.belonging
-- transactional: false
GRANT INSERT ON gateway.webhook_deliveries TO gateway_sweeper;

DROP INDEX CONCURRENTLY IF EXISTS gateway.whatsapp_explorer_messages_by_media;
CREATE INDEX CONCURRENTLY whatsapp_explorer_messages_by_media ON gateway.whatsapp_explorer_messages (media_id)
    WHERE media_id IS NOT NULL;
DROP INDEX CONCURRENTLY IF EXISTS gateway.whatsapp_explorer_messages_by_motion;
CREATE INDEX CONCURRENTLY whatsapp_explorer_messages_by_motion ON gateway.whatsapp_explorer_messages (motion_id)
    WHERE motion_id IS NOT NULL;
DROP INDEX CONCURRENTLY IF EXISTS gateway.messages_marks;
CREATE INDEX CONCURRENTLY messages_marks ON gateway.whatsapp_explorer_messages (chat_id, target_id)
    WHERE message_type IN ('reaction', 'poll_vote');
DROP INDEX CONCURRENTLY IF EXISTS gateway.messages_of_albums;
CREATE INDEX CONCURRENTLY messages_of_albums ON gateway.whatsapp_explorer_messages (chat_id, target_id)
    WHERE message_type IN ('image', 'video') AND target_id IS NOT NULL;
