-- Only adds: the previous release keeps running.
-- depends: 0003.message-indexes

-- The number by which WhatsApp knows the account, where it is not the one it was asked for.
ALTER TABLE gateway.numbers ADD COLUMN answered text;
-- The broadcast list by which a message came into its sender's chat: its receipts go there.
ALTER TABLE gateway.whatsapp_explorer_messages ADD COLUMN list_jid text;
