import { EventSourceParserStream, type EventSourceMessage } from "eventsource-parser/stream";
import { GatewayError, unwrap } from "./errors.js";
import type { Gateway } from "./gateway.js";
import type { components } from "./schema.js";
import { pause, retryAfter } from "./waiting.js";

type Event = components["schemas"]["AnyEvent"];

export type FollowOptions = {
  /** The `id` of an event, `earliest` or `latest`: keep the last `id` to go on after a restart. */
  after?: string;
  types?: Event["type"][];
  sessionIds?: string[];
  /** Only this one; throws a GatewayError of status 404 when it has been deleted. */
  sessionId?: string;
  /** `ids`: without messages. */
  payload?: "full" | "ids";
  /** Ends it, with the signal's reason. */
  signal?: AbortSignal;
  /** Seconds between attempts, and between requests where streams do not pass. */
  interval?: number;
};

type Wanted = { types?: string; payload?: "full" | "ids" };
/** Where a reader is: behind the last event that whoever iterates has come back from. */
type Reader = {
  gateway: Gateway;
  cursor: string;
  wanted: Wanted;
  sessionIds?: string;
  sessionId?: string;
  interval: number;
  signal?: AbortSignal;
};
/** Why a stream ended: it is opened again after `seconds`, or streams do not pass at all. */
type Ended = { seconds: number } | "impassable";

// Several times the gateway's heartbeat.
const SILENCE_SECONDS = 50;
const IMPASSABLE = new Set([405, 406, 501]);
const STATUSES: Record<string, number> = { unauthenticated: 401, forbidden: 403, not_found: 404, cursor_expired: 410 };

/** Events as they happen, for ever, through outages: none is skipped, none comes twice. Throws GatewayError. */
export async function* follow(gateway: Gateway, options: FollowOptions = {}): AsyncGenerator<Event, void> {
  const { after = "latest", types, sessionIds, sessionId, payload, signal, interval = 1 } = options;
  const wanted = { types: types?.join(), payload };
  const reader: Reader = { gateway, cursor: after, wanted, sessionIds: sessionIds?.join(), sessionId, interval, signal };
  if (after === "latest") reader.cursor = (await page(reader)).nextCursor;
  for (;;) {
    const ended = yield* stream(reader);
    if (ended === "impassable") return yield* poll(reader);
    await pause(ended.seconds, signal);
  }
}

async function* poll(reader: Reader): AsyncGenerator<Event, void> {
  for (;;) {
    const { events, nextCursor } = await page(reader);
    for (const event of events) {
      yield event;
      reader.cursor = event.id;
    }
    reader.cursor = nextCursor;
    if (events.length) continue;
    await requireSession(reader);
    await pause(reader.interval, reader.signal);
  }
}

function page(reader: Reader) {
  const { gateway, cursor, wanted, sessionIds, sessionId, signal } = reader;
  const query = { ...wanted, sessionIds: sessionId ?? sessionIds, after: cursor };
  return throughOutages(reader, () => unwrap(gateway.GET("/events", { params: { query }, signal })));
}

/** The log of all sessions does not say that one has been deleted. */
async function requireSession(reader: Reader): Promise<void> {
  const { gateway, sessionId, signal } = reader;
  if (!sessionId) return;
  const params = { path: { session_id: sessionId } };
  await throughOutages(reader, () => unwrap(gateway.GET("/sessions/{session_id}", { params, signal })));
}

async function throughOutages<T>({ interval, signal }: Reader, ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof GatewayError && error.status !== 429 && error.status < 500) throw error;
    }
    await pause(interval, signal);
  }
}

async function* stream(reader: Reader): AsyncGenerator<Event, Ended> {
  const silence = new Silence(reader.signal);
  let seconds = reader.interval;
  try {
    const body = await open(reader, silence.signal);
    if (!(body instanceof ReadableStream)) return body;
    for await (const message of messages(body, silence, (milliseconds) => (seconds = milliseconds / 1000))) {
      yield eventOf(message);
      reader.cursor = message.id ?? reader.cursor;
    }
  } catch (error) {
    reader.signal?.throwIfAborted();
    if (error instanceof GatewayError) throw error;
    return silence.isUnbroken ? "impassable" : { seconds: Math.max(seconds, reader.interval) };
  } finally {
    silence.end();
  }
  return { seconds };
}

async function open(reader: Reader, signal: AbortSignal): Promise<ReadableStream<Uint8Array> | Ended> {
  const opened = await requestStream(reader, signal);
  const { response } = opened;
  if (response.status === 429 || (response.status >= 500 && response.status !== 501)) {
    return { seconds: Math.max(retryAfter(response) ?? 0, reader.interval) };
  }
  if (IMPASSABLE.has(response.status)) return "impassable";
  if (!response.ok) throw new GatewayError(response.status, opened.error);
  if (!response.headers.get("Content-Type")?.startsWith("text/event-stream") || !response.body) return "impassable";
  return response.body;
}

function requestStream({ gateway, cursor, wanted, sessionIds, sessionId }: Reader, signal: AbortSignal) {
  const query = { ...wanted, after: cursor };
  if (!sessionId) {
    return gateway.GET("/events/stream", { params: { query: { ...query, sessionIds } }, parseAs: "stream", signal });
  }
  const params = { path: { session_id: sessionId }, query };
  return gateway.GET("/sessions/{session_id}/events/stream", { params, parseAs: "stream", signal });
}

/** The messages of a stream; cancels it when nobody wants more. */
async function* messages(body: ReadableStream<Uint8Array>, silence: Silence, onRetry: (milliseconds: number) => void) {
  const heard = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      silence.broken();
      controller.enqueue(chunk);
    },
  });
  const parsed = body
    .pipeThrough(heard)
    .pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>)
    .pipeThrough(new EventSourceParserStream({ onRetry }))
    .getReader();
  try {
    for (let read = await parsed.read(); !read.done; read = await parsed.read()) yield read.value;
  } finally {
    await parsed.cancel().catch(() => undefined);
  }
}

function eventOf(message: EventSourceMessage): Event {
  const document = JSON.parse(message.data);
  // No event of the log: why the stream cannot be opened again.
  if (message.event === "stream.ended") throw new GatewayError(STATUSES[document.code] ?? 400, document);
  return document;
}

/** Aborts what is silent for too long: something holds the stream back, or the connection is dead. */
class Silence {
  isUnbroken = false;
  #heard = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #abort = new AbortController();
  readonly signal: AbortSignal;

  constructor(signal?: AbortSignal) {
    this.signal = signal ? AbortSignal.any([signal, this.#abort.signal]) : this.#abort.signal;
    this.#restart();
  }

  broken() {
    this.#heard = true;
    this.#restart();
  }

  end() {
    clearTimeout(this.#timer);
    this.#abort.abort();
  }

  #restart() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.isUnbroken = !this.#heard;
      this.#abort.abort();
    }, SILENCE_SECONDS * 1000);
  }
}
