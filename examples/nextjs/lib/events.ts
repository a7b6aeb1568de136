import type { GatewayEvent } from "whatsapp-gateway";

/** What the app does when something happened. An event may come twice: store its `id` with the effect, and do it once. */
export async function handle(event: GatewayEvent): Promise<void> {
  switch (event.type) {
    case "message.received":
      if (!event.data.fromMe) console.log("message", event.userProfileId, event.data.message?.content);
      break;
    case "message.status":
      if (event.data.status === "failed") console.log("not sent", event.data.id, event.data.error);
      break;
    case "session.state":
      console.log("session", event.sessionId, event.data.status);
      break;
  }
}
