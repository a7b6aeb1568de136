-- What belongs to a message: votes and reactions, the pictures of an album, its earlier texts; whom it mentions, how often
-- it was forwarded, who deleted it; where a live location is now. Only adds.
-- depends: 0025.epochs
ALTER TABLE gateway.whatsapp_explorer_messages
    ADD COLUMN forwarding_score smallint,
    ADD COLUMN mentions         jsonb,
    -- Each with content and at, oldest first.
    ADD COLUMN edits            jsonb,
    -- With fromMe, lid and phoneNumber.
    ADD COLUMN deleted_by       jsonb,
    -- When an event last told that a live location moved.
    ADD COLUMN move_told_at     timestamptz;
