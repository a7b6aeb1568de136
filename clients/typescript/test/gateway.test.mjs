import assert from "node:assert/strict";
import { createHmac, randomBytes } from "node:crypto";
import test from "node:test";
import { createGateway, done, GatewayError, OperationPending, pages, unwrap, verifyWebhook, WebhookVerificationError } from "../dist/index.js";
import { event, json, serve } from "./server.mjs";

const session = { path: { session_id: "0198c7a5-9a4e-7c3e-8d0f-3f6f6f1f2a10" } };
const body = { to: "+4915112345678", text: "Hello" };

test("a send is repeated through failures with one Idempotency-Key", async (t) => {
  const keys = [];
  const { url } = await serve(t, (_, number, response, request) => {
    keys.push(request.headers["idempotency-key"]);
    if (number === 0) return response.destroy();
    if (number === 1) return json(response, 503, {}, { "Retry-After": "0" });
    return json(response, 200, { id: "x", status: request.headers["x-api-key"] });
  });
  const gateway = createGateway({ url, apiKey: "wag_x" });
  const sent = await unwrap(gateway.POST("/sessions/{session_id}/messages", { params: session, body }));
  assert.equal(sent.status, "wag_x");
  assert.equal(keys.length, 3);
  assert.equal(new Set(keys).size, 1);
  assert.match(keys[0], /^[0-9a-f-]{36}$/);
});

test("what is shown once is not made twice", async (t) => {
  const { url, asked } = await serve(t, (_, number, response) => response.destroy());
  const made = createGateway({ url, apiKey: "wag_x" }).POST("/keys", { body: { name: "x", scopes: ["read"] } });
  await assert.rejects(made);
  assert.equal(asked.length, 1);
});

test("a list is read page by page", async (t) => {
  const { url, asked } = await serve(t, (url, number, response) => {
    const cursor = url.searchParams.get("cursor");
    json(response, 200, { contacts: [{ name: `page ${number} at ${cursor}` }], nextCursor: number < 2 ? `c${number}` : null });
  });
  const gateway = createGateway({ url, apiKey: "wag_x" });
  const read = (cursor) => unwrap(gateway.GET("/sessions/{session_id}/contacts", { params: { ...session, query: { cursor } } }));
  const names = [];
  for await (const { contacts } of pages(read)) names.push(...contacts.map((contact) => contact.name));
  assert.deepEqual(names, ["page 0 at null", "page 1 at c0", "page 2 at c1"]);
  assert.equal(asked.length, 3);
});

test("what is asked of WhatsApp is done once, or pending, or refused", async (t) => {
  const keys = [];
  const { url } = await serve(t, (_, number, response, request) => {
    keys.push(request.headers["idempotency-key"]);
    if (number === 0) return response.destroy();
    if (number === 1) return json(response, 200, { blocked: true });
    if (number === 2) return json(response, 202, { id: "x", operation: "change_block", status: "unknown", errorDetail: "It may have been done." });
    json(response, 422, { code: "operation_refused", reason: "no_such_person", detail: "WhatsApp knows nobody by this address." });
  });
  const gateway = createGateway({ url, apiKey: "wag_x" });
  const params = { path: { ...session.path, contact: "+4915112345678" } };
  const block = () => done(gateway.PUT("/sessions/{session_id}/contacts/{contact}/block", { params }));
  assert.deepEqual(await block(), { blocked: true });
  assert.equal(keys[0], keys[1]);
  assert.match(keys[0], /^[0-9a-f-]{36}$/);
  await assert.rejects(block(), (error) => {
    assert.ok(error instanceof OperationPending);
    assert.deepEqual([error.operation.status, error.message], ["unknown", "It may have been done."]);
    return true;
  });
  await assert.rejects(block(), (error) => error instanceof GatewayError && error.code === "operation_refused");
  assert.equal(new Set(keys).size, 3);
});

test("a problem is an error with its code and fields", async (t) => {
  const problem = { code: "invalid_phone_number", detail: "Write it with its country code.", errors: [{ field: "to", detail: "x" }] };
  const { url } = await serve(t, (_, number, response) => json(response, 422, problem));
  const sent = unwrap(createGateway({ url }).POST("/sessions/{session_id}/messages", { params: session, body }));
  await assert.rejects(sent, (error) => {
    assert.ok(error instanceof GatewayError);
    assert.deepEqual([error.status, error.code, error.errors[0].field], [422, problem.code, "to"]);
    assert.equal(error.message, problem.detail);
    return true;
  });
});

// As https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md says, by hand.
function signed(key, payload, seconds = Date.now() / 1000) {
  const [id, timestamp] = ["id-1", String(Math.floor(seconds))];
  const signature = createHmac("sha256", key).update(`${id}.${timestamp}.${payload}`).digest("base64");
  return { "Webhook-Id": id, "Webhook-Timestamp": timestamp, "Webhook-Signature": `v1,AAAA v1,${signature}` };
}

test("a webhook is verified and typed", () => {
  const key = randomBytes(24);
  const secret = `whsec_${key.toString("base64")}`;
  const payload = JSON.stringify(event(1, "Grüße 👋"));
  for (const headers of [signed(key, payload), new Headers(signed(key, payload))]) {
    assert.equal(verifyWebhook(secret, payload, headers).data.message.content, "Grüße 👋");
  }
  const wrong = [
    [payload + " ", signed(key, payload)],
    [payload, signed(randomBytes(24), payload)],
    [payload, signed(key, payload, Date.now() / 1000 - 600)],
    [payload, {}],
  ];
  for (const [text, headers] of wrong) {
    assert.throws(() => verifyWebhook(secret, text, headers), WebhookVerificationError);
  }
});
