-- What functions/media needs to have a prepared file stored at WhatsApp, and to fail the messages whose file cannot be
-- sent. Only adds. A send that waits for its file is a command until year 9999: an owner of the release before leaves it
-- alone.
-- depends: 0019.media
GRANT SELECT, INSERT, UPDATE ON gateway.commands TO gateway_media;
GRANT SELECT ON gateway.shard_leases TO gateway_media;
GRANT UPDATE (command_seq) ON gateway.whatsapp_sessions TO gateway_media;
GRANT UPDATE (status, error, error_detail, failed_at) ON gateway.whatsapp_explorer_messages TO gateway_media;
CREATE INDEX media_objects_given ON gateway.media_objects (session_id, sha256) WHERE origin = 'upload';
