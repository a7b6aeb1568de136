-- What a send carries beside what people see of it: whom it mentions, how often it was forwarded, what it changes. And the
-- time after which messages of a chat disappear. Only adds. What is not a plain text is queued as a command of a kind of
-- its own, `send_message`: an owner of the release before fails the command and sends nothing, and the sweeper then
-- fails its message.
-- depends: 0020.push
-- In the order of those who write: they wait for a moment, and for nothing that waits for them.
LOCK TABLE gateway.chats, gateway.whatsapp_explorer_messages IN ACCESS EXCLUSIVE MODE;

ALTER TABLE gateway.whatsapp_explorer_messages ADD COLUMN outgoing jsonb;
ALTER TABLE gateway.chats
    ADD COLUMN disappearing_seconds integer,
    ADD COLUMN disappearing_set_at  timestamptz;
