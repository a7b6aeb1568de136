-- The assistant: what contacts are told, media it cannot see, time zones, budgets of users, sends by programs.
-- Only adds: the previous release keeps running. Every added column has a constant default, so no table is rewritten.
-- depends: 0003.message-indexes

ALTER TABLE gateway.ai_configs
    ADD COLUMN language        text CHECK (language IN ('de', 'en', 'es', 'fr', 'it', 'pt')),
    ADD COLUMN time_zone       text NOT NULL DEFAULT 'UTC',
    ADD COLUMN disclose        boolean NOT NULL DEFAULT true,
    ADD COLUMN disclosure_text text,
    ADD COLUMN unseen_media    text NOT NULL DEFAULT 'say' CHECK (unseen_media IN ('say', 'silent', 'hand_over'));

-- How often a turn had to wait for something else than its own failures: such runs are no tries.
ALTER TABLE gateway.turns
    ADD COLUMN postponed            integer NOT NULL DEFAULT 0,
    ADD COLUMN platform_reserved_on date;

-- When contacts were last told that a machine answers, and the message that told them: one that failed did not.
ALTER TABLE gateway.chats
    ADD COLUMN disclosed_at timestamptz,
    ADD COLUMN disclosed_by uuid;

-- Sent through the API by a program, not by a person.
ALTER TABLE gateway.whatsapp_explorer_messages ADD COLUMN automated boolean NOT NULL DEFAULT false;

-- What the sessions of a user spend of the platform's own model key, by day (UTC).
CREATE TABLE gateway.ai_platform_usage (
    user_profile_id uuid NOT NULL,
    day             date NOT NULL,
    tokens          bigint NOT NULL DEFAULT 0,
    reserved_tokens bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (user_profile_id, day)
);

GRANT SELECT (language, time_zone, disclose, disclosure_text, unseen_media)
    ON gateway.ai_configs TO gateway_functions, gateway_connector;
GRANT SELECT ON gateway.ai_platform_usage TO gateway_functions, gateway_connector;
GRANT SELECT, INSERT, UPDATE ON gateway.ai_platform_usage TO gateway_replies;
GRANT SELECT, UPDATE, DELETE ON gateway.ai_platform_usage TO gateway_sweeper;
GRANT UPDATE (disclosed_at, disclosed_by, takeover_until, handed_back_at) ON gateway.chats TO gateway_replies;
