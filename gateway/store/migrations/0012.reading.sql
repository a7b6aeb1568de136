-- What people read: the reactions to a message, and how its earlier attempts to be sent ended. Only adds.
-- depends: 0003.message-indexes

CREATE INDEX messages_reactions ON gateway.whatsapp_explorer_messages (chat_id, target_id)
    WHERE message_type = 'reaction';

-- Each with queuedAt, failedAt, error and errorDetail, oldest first; of messages that were sent again.
ALTER TABLE gateway.whatsapp_explorer_messages ADD COLUMN earlier_attempts jsonb;
