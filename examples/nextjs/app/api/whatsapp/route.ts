import { verifyWebhook, WebhookVerificationError, type GatewayEvent } from "whatsapp-gateway";
import { handle } from "../../../lib/events";

/** Where the gateway's webhook delivers events. An answer of 2xx says that the event is safe: others are repeated. */
export async function POST(request: Request): Promise<Response> {
  let event: GatewayEvent;
  try {
    event = verifyWebhook(process.env.GATEWAY_WEBHOOK_SECRET ?? "", await request.text(), request.headers);
  } catch (error) {
    if (!(error instanceof WebhookVerificationError)) throw error;
    return new Response("The signature is wrong.", { status: 401 });
  }
  await handle(event);
  return new Response(null, { status: 204 });
}
