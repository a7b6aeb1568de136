-- Keys that act for every user profile, with scopes, limits to sessions and an end. Only adds: to the release before, a
-- key without a user profile reaches nothing. Keys of before keep what they could do; only new ones may make keys.
-- depends: 0011.refused-logins
ALTER TABLE gateway.api_keys
    ALTER COLUMN user_profile_id DROP NOT NULL,
    ADD COLUMN scopes      text[] NOT NULL DEFAULT '{read,send,manage}'
        CHECK (scopes <@ '{read,send,manage,admin}' AND cardinality(scopes) > 0),
    ADD COLUMN session_ids uuid[],
    ADD COLUMN expires_at  timestamptz;
CREATE INDEX api_keys_by_user ON gateway.api_keys (user_profile_id, id DESC);
GRANT INSERT ON gateway.api_keys TO gateway_functions;
