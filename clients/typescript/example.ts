// Link a number, send a message, follow what comes: typed by the gateway's own OpenAPI document.
// `make typescript` writes gateway.d.ts; both files can be copied into a Next.js app.
import createClient from "openapi-fetch";
import type { components, paths } from "./gateway";

export type Session = components["schemas"]["SessionBody"];
export type Message = components["schemas"]["MessageBody"];
export type GatewayEvent = components["schemas"]["AnyEvent"]; // told apart by its type

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
  const { error: refused } = await client.POST("/sessions/{session_id}/connect", { params });
  if (refused) throw new Error(refused.detail);
  for (;;) {
    const status = await read(() => client.GET("/sessions/{session_id}/status", { params }));
    if (status?.qrCode) return { session, qrCode: status.qrCode };
    if (status?.status !== "connecting") throw new Error(status?.reasonDetail ?? "No code came.");
    await pause();
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

/** Events as they come, through outages; keep the `seq` of the last to continue after a restart. */
export async function* events(client: Gateway, sessionId: string, after = 0): AsyncGenerator<GatewayEvent> {
  for (;;) {
    const params = { path: { session_id: sessionId }, query: { after } };
    const page = await read(() => client.GET("/sessions/{session_id}/events", { params }));
    if (!page) throw new Error("The session is gone.");
    for (const event of page.events) yield event;
    after = page.nextAfter; // only now: all of it was read, and handled by whoever iterates
    if (!page.events.length) await pause();
  }
}

/** Messages as they come in. */
export async function* follow(client: Gateway, sessionId: string, after = 0): AsyncGenerator<Message> {
  for await (const event of events(client, sessionId, after)) {
    if (event.type !== "message.received") continue;
    const params = { path: { session_id: sessionId, message_id: event.data.id } };
    const message = await read(() => client.GET("/sessions/{session_id}/messages/{message_id}", { params }));
    if (message) yield message;
  }
}

type Answer<T> = { data?: T; error?: { detail: string }; response: Response };

/** Reads until it succeeds: again after network errors, 429 and 5xx. Undefined for what is gone; other errors are thrown. */
async function read<T>(request: () => Promise<Answer<T>>): Promise<T | undefined> {
  for (;;) {
    const answer = await request().catch(() => undefined); // fetch rejects when the network fails
    if (answer?.response.ok) return answer.data;
    if (answer?.response.status === 404) return undefined;
    if (answer && answer.response.status !== 429 && answer.response.status < 500) {
      throw new Error(answer.error?.detail ?? `HTTP ${answer.response.status}`);
    }
    await pause(Number(answer?.response.headers.get("Retry-After")) || 1);
  }
}

const pause = (seconds = 1) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));
