// Link a number, send a message, follow what comes: typed by the gateway's own OpenAPI document.
// `make typescript` writes gateway.d.ts; both files can be copied into a Next.js app.
import createClient from "openapi-fetch";
import type { components, paths } from "./gateway";

export type Session = components["schemas"]["SessionBody"];
export type Message = components["schemas"]["MessageBody"];

// The key belongs on a server: never build this client in a page.
export function gateway(baseUrl: string, apiKey: string) {
  return createClient<paths>({ baseUrl, headers: { "X-API-Key": apiKey } });
}

type Gateway = ReturnType<typeof gateway>;

/** A new session, connecting; answers its QR code as a data URL as soon as there is one. */
export async function link(
  client: Gateway,
  sessionName: string,
  userProfileId?: string, // whose it is; an app key must say so
): Promise<{ session: Session; qrCode: string }> {
  const { data: session, error } = await client.POST("/sessions", { body: { sessionName, userProfileId } });
  if (error) throw new Error(error.detail);
  const params = { path: { session_id: session.id } };
  await client.POST("/sessions/{session_id}/connect", { params });
  for (;;) {
    const { data: status } = await client.GET("/sessions/{session_id}/status", { params });
    if (status?.qrCode) return { session, qrCode: status.qrCode };
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

/** Sends once, however often it is repeated with the same key. */
export async function send(client: Gateway, sessionId: string, to: string, text: string, key = crypto.randomUUID()) {
  const { data, error } = await client.POST("/sessions/{session_id}/messages", {
    params: { path: { session_id: sessionId }, header: { "Idempotency-Key": key } },
    body: { to, text },
  });
  if (error) throw new Error(error.detail);
  return data.status;
}

/** Messages as they come in, from the event log. */
export async function* follow(client: Gateway, sessionId: string, after = 0): AsyncGenerator<Message> {
  const path = { session_id: sessionId };
  for (;;) {
    const { data } = await client.GET("/sessions/{session_id}/events", { params: { path, query: { after } } });
    for (const event of data?.events ?? []) {
      if (event.type !== "message.received") continue;
      const { data: message } = await client.GET("/sessions/{session_id}/messages/{message_id}", {
        params: { path: { ...path, message_id: String(event.data.id) } },
      });
      if (message) yield message;
    }
    after = data?.nextAfter ?? after;
    if (!data?.events.length) await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}
