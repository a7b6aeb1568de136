export { GatewayError, unwrap, type Problem } from "./errors.js";
export { follow, type FollowOptions } from "./follow.js";
export { createGateway, type Gateway, type GatewayOptions } from "./gateway.js";
export { done, OperationPending } from "./operations.js";
export { pages } from "./pages.js";
export { verifyWebhook, WebhookVerificationError } from "./webhooks.js";
export type { components, operations, paths } from "./schema.js";

import type { components } from "./schema.js";

type Schemas = components["schemas"];
export type Session = Schemas["SessionBody"];
export type Status = Schemas["StatusBody"];
export type Message = Schemas["MessageBody"];
export type Chat = Schemas["ChatBody"];
export type Contact = Schemas["ContactBody"];
export type CheckedNumber = Schemas["NumberBody"];
export type Group = Schemas["GroupBody"];
export type GroupDetail = Schemas["GroupDetail"];
export type Participant = Schemas["ParticipantBody"];
export type Outcome = Schemas["OutcomeBody"];
export type Presence = Schemas["PresenceBody"];
export type Receipt = Schemas["ReceiptBody"];
/** What was asked of WhatsApp beside messages. */
export type Operation = Schemas["OperationBody"];
export type AssistantSettings = Schemas["AssistantBody"];
/** An event of any type, told apart by `type`. */
export type GatewayEvent = Schemas["AnyEvent"];
