import { Webhook, WebhookVerificationError } from "standardwebhooks";
import type { components } from "./schema.js";

export { WebhookVerificationError };

/**
 * The event that a webhook brings. `secret` is the endpoint's (`whsec_…`), `body` what was received, unchanged.
 * Throws WebhookVerificationError where the gateway did not sign it, or more than five minutes ago.
 */
export function verifyWebhook(
  secret: string,
  body: string,
  headers: Headers | Record<string, string | undefined>,
): components["schemas"]["AnyEvent"] {
  const entries = headers instanceof Headers ? [...headers] : Object.entries(headers);
  const named = entries.flatMap(([name, value]) => (value === undefined ? [] : [[name.toLowerCase(), value]]));
  return new Webhook(secret).verify(body, Object.fromEntries(named)) as components["schemas"]["AnyEvent"];
}
