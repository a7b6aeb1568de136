import createClient, { type Client, type Middleware } from "openapi-fetch";
import { pause, retryAfter } from "./waiting.js";
import type { paths } from "./schema.js";

export type Gateway = Client<paths>;

export type GatewayOptions = {
  /** Where the API is, such as http://127.0.0.1:3001. */
  url: string;
  /** A key: on a server only, never in a page. */
  apiKey?: string;
  /** A token of `POST /tokens`: what a page has in place of a key. */
  token?: string;
  /** How often a request is sent at most: again after 429, 503 and lost connections. */
  attempts?: number;
  fetch?: (request: Request) => Promise<Response>;
};

const LONGEST_WAIT_SECONDS = 20;
// What these make is shown once: a second one would be made, and nobody would know the first.
const SHOWN_ONCE = /^\/(keys|tokens|webhooks)\b/;
const RETRIED = new Set([429, 503]);

/** The gateway as one key or token sees it: a method for each endpoint, typed by its OpenAPI document. */
export function createGateway({ url, apiKey, token, attempts = 5, fetch = globalThis.fetch }: GatewayOptions): Gateway {
  const gateway = createClient<paths>({ baseUrl: url, fetch: (request) => again(request, attempts, fetch) });
  gateway.use(headers(apiKey, token));
  return gateway;
}

function headers(apiKey?: string, token?: string): Middleware {
  return {
    onRequest({ request, schemaPath }) {
      if (apiKey) request.headers.set("X-API-Key", apiKey);
      if (token) request.headers.set("Authorization", `Bearer ${token}`);
      // Repeated, it is the same request, and done once.
      if (request.method !== "GET" && !request.headers.has("Idempotency-Key") && !SHOWN_ONCE.test(schemaPath)) {
        request.headers.set("Idempotency-Key", crypto.randomUUID());
      }
      return request;
    },
  };
}

async function again(request: Request, attempts: number, fetch: (request: Request) => Promise<Response>) {
  const repeatable = request.method !== "POST" || request.headers.has("Idempotency-Key");
  for (let attempt = 1; ; attempt++) {
    const isLast = attempt >= attempts;
    let seconds = Math.min(0.25 * 2 ** (attempt - 1), LONGEST_WAIT_SECONDS) * (0.5 + Math.random() / 2);
    try {
      const response = await fetch(request.clone());
      const asked = retryAfter(response);
      if (isLast || !RETRIED.has(response.status) || (asked ?? 0) > LONGEST_WAIT_SECONDS) return response;
      await response.body?.cancel();
      seconds = asked ?? seconds;
    } catch (error) {
      if (isLast || !repeatable || request.signal.aborted) throw error;
    }
    await pause(seconds, request.signal);
  }
}
