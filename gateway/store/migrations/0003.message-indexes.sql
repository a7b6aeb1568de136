-- depends: 0002.assistant
-- Every index is written with every message: one by WhatsApp's id serves lookups and uniqueness, and few messages have
-- an idempotency key. From before the first deployment: on a large table this would have to be done CONCURRENTLY.
ALTER TABLE gateway.whatsapp_explorer_messages ADD UNIQUE (session_id, message_id, chat_id, from_me);
ALTER TABLE gateway.whatsapp_explorer_messages
    DROP CONSTRAINT whatsapp_explorer_messages_session_id_chat_id_message_id_fr_key;
DROP INDEX gateway.messages_by_whatsapp_id;
ALTER TABLE gateway.whatsapp_explorer_messages DROP CONSTRAINT whatsapp_explorer_messages_session_id_idempotency_key_key;
CREATE UNIQUE INDEX messages_by_idempotency_key ON gateway.whatsapp_explorer_messages (session_id, idempotency_key)
    WHERE idempotency_key IS NOT NULL;
