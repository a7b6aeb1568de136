import assert from "node:assert/strict";
import test from "node:test";
import { createGateway, follow, GatewayError } from "../dist/index.js";
import { event, json, serve, streamed } from "./server.mjs";

const STREAM = { "Content-Type": "text/event-stream" };

async function collect(url, last, options) {
  const numbers = [];
  const events = follow(createGateway({ url, token: "t", attempts: 1 }), { interval: 0.01, ...options });
  for await (const each of events) {
    numbers.push(each.seq);
    if (each.seq === last) break;
  }
  return numbers;
}

test("a stream is opened again behind the last event, whatever ended it", async (t) => {
  const answers = [
    (response) => response.end(`retry: 5\nid: id-0\n\n${streamed(1, 2)}`),
    (response) => response.destroy(),
    (response) => json(response, 503, {}, { "Retry-After": "0" }),
    // Cut within an event: it does not count.
    (response) => response.write(streamed(3, 3) + streamed(4, 4).slice(0, 60), () => response.destroy()),
    (response) => json(response, 429, {}, { "Retry-After": "0" }),
    (response) => response.write(`: heartbeat\n\n${streamed(4, 5)}`),
  ];
  const { url, asked } = await serve(t, (_, number, response) => {
    if (![1, 2, 4].includes(number)) response.writeHead(200, STREAM);
    answers[number](response);
  });
  assert.deepEqual(await collect(url, 5, { after: "earliest", types: ["message.received"] }), [1, 2, 3, 4, 5]);
  const cursors = asked.map((each) => each.searchParams.get("after"));
  assert.deepEqual(cursors, ["earliest", "id-2", "id-2", "id-2", "id-3", "id-3"]);
  assert.equal(asked[0].searchParams.get("types"), "message.received");
});

for (const [name, refuse] of [
  ["refused", (response) => json(response, 405, {})],
  ["another page", (response) => response.writeHead(200, { "Content-Type": "text/html" }).end("Welcome")],
]) {
  test(`where streams do not pass it polls: ${name}`, async (t) => {
    const { url, asked } = await serve(t, (where, number, response) => {
      if (where.pathname === "/events/stream") return refuse(response);
      const after = where.searchParams.get("after");
      if (after === "latest") return json(response, 200, { events: [], nextCursor: "id-0" });
      const next = Number(after.slice(3)) + 1;
      // Every other answer is a failure.
      return number % 2 ? json(response, 500, {}) : json(response, 200, { events: [event(next)], nextCursor: `id-${next}` });
    });
    assert.deepEqual(await collect(url, 3), [1, 2, 3]);
    assert.equal(asked.filter((each) => each.pathname === "/events/stream").length, 1);
  });
}

test("what nobody can mend by waiting is thrown", async (t) => {
  const said = { code: "cursor_expired", detail: "Events after this cursor are not kept any more." };
  const { url } = await serve(t, (where, number, response) => {
    if (where.searchParams.get("after") === "old") return json(response, 410, said);
    return response.writeHead(200, STREAM).end(`event: stream.ended\ndata: ${JSON.stringify(said)}\n\n`);
  });
  for (const after of ["old", "earliest"]) {
    const expired = (error) => error instanceof GatewayError && error.code === "cursor_expired" && error.status === 410;
    await assert.rejects(collect(url, 1, { after }), expired);
  }
});

for (const streams of [true, false]) {
  test(`the end of the one session is thrown, ${streams ? "streamed" : "polled"}`, async (t) => {
    const gone = { code: "not_found", detail: "There is no such session." };
    const { url, asked } = await serve(t, (where, number, response) => {
      if (where.pathname === "/sessions/s/events/stream") {
        if (!streams) return json(response, 405, {});
        return response.writeHead(200, STREAM).end(`${streamed(1, 1)}event: stream.ended\ndata: ${JSON.stringify(gone)}\n\n`);
      }
      if (where.pathname === "/sessions/s") return json(response, 404, gone);
      const events = where.searchParams.get("after") === "earliest" ? [event(1)] : [];
      return json(response, 200, { events, nextCursor: "id-1" });
    });
    const ended = (error) => error instanceof GatewayError && error.status === 404;
    await assert.rejects(collect(url, 2, { after: "earliest", sessionId: "s" }), ended);
    const polled = asked.filter((each) => each.pathname === "/events");
    assert.ok(polled.every((each) => each.searchParams.get("sessionIds") === "s"));
    assert.equal(polled.length > 0, !streams);
  });
}

test("it ends when it is told to, also while it waits", async (t) => {
  let isClosed;
  const closed = new Promise((resolve) => (isClosed = resolve));
  const { url } = await serve(t, (where, number, response) => {
    response.writeHead(200, STREAM).write(streamed(1, 1));
    response.on("close", isClosed);
  });
  const ending = new AbortController();
  const events = follow(createGateway({ url }), { after: "earliest", signal: ending.signal });
  await events.next();
  const waiting = events.next();
  ending.abort(new Error("enough"));
  await assert.rejects(waiting, /enough/);
  await closed;
});
