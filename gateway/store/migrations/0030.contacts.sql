-- Contacts are the people that have a chat, with messages or without: what they are called, whether they are blocked, their
-- picture. And how many numbers a session had WhatsApp asked for. Only adds: the release before writes `name` alone.
-- depends: 0027.history 0026.groups

-- `name` is the best of them: the phone's address book, a business profile, what people call themselves.
ALTER TABLE gateway.chats
    ADD COLUMN saved_name       text,
    ADD COLUMN business_name    text,
    ADD COLUMN push_name        text,
    ADD COLUMN blocked          boolean NOT NULL DEFAULT false,
    ADD COLUMN picture_state    text CHECK (picture_state IN ('set', 'hidden', 'not_set')),
    -- WhatsApp's id of the picture, and the file of it.
    ADD COLUMN picture_id       text,
    ADD COLUMN picture_file     uuid,
    ADD COLUMN picture_asked_at timestamptz;
CREATE INDEX chats_by_name ON gateway.chats (session_id, lower(coalesce(name, phone_number, lid)), id)
    WHERE kind = 'user';

-- Pictures are files that come without a message, and without a key.
ALTER TABLE gateway.media_objects DROP CONSTRAINT media_objects_origin_check;
ALTER TABLE gateway.media_objects ADD CONSTRAINT media_objects_origin_check
    CHECK (origin IN ('received', 'upload', 'prepared', 'picture')) NOT VALID;

-- For which device the address book and the block list were read.
CREATE TABLE gateway.contact_lists (
    session_id uuid PRIMARY KEY REFERENCES gateway.whatsapp_sessions ON DELETE CASCADE,
    device_jid text NOT NULL,
    read_at    timestamptz NOT NULL
);

-- How many numbers WhatsApp was asked for, by day of UTC.
CREATE TABLE gateway.number_checks (
    session_id uuid NOT NULL REFERENCES gateway.whatsapp_sessions ON DELETE CASCADE,
    day        date NOT NULL,
    count      integer NOT NULL,
    PRIMARY KEY (session_id, day)
);

GRANT SELECT ON gateway.contact_lists TO gateway_functions;
GRANT SELECT, INSERT, UPDATE, DELETE ON gateway.contact_lists TO gateway_connector;
GRANT SELECT, INSERT, UPDATE, DELETE ON gateway.number_checks TO gateway_functions;
