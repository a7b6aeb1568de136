import { createServer } from "node:http";

/** An HTTP server for a test; `answer` is called with each request's URL, its number from 0, the response and the request. */
export async function serve(test, answer) {
  const asked = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url, "http://localhost");
    asked.push(url);
    answer(url, asked.length - 1, response, request);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  test.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${server.address().port}`, asked };
}

export function json(response, status, document, headers = {}) {
  response.writeHead(status, { "Content-Type": "application/json", ...headers });
  response.end(JSON.stringify(document));
}

export const event = (number, text = "") => ({
  id: `id-${number}`,
  type: "message.received",
  timestamp: "2026-08-21T09:40:05.120Z",
  sessionId: "0198c7a5-9a4e-7c3e-8d0f-3f6f6f1f2a10",
  userProfileId: "5b0e3b8e-4a57-4a0e-9d0c-6a6f8f6f0c11",
  seq: number,
  data: { message: { content: text } },
});

/** What a stream carries of events from one number to another, both included. */
export const streamed = (from, to) =>
  Array.from({ length: to - from + 1 }, (_, index) => event(from + index, `text\u2028${from + index}`))
    .map((each) => `id: ${each.id}\nevent: ${each.type}\ndata: ${JSON.stringify(each)}\n\n`)
    .join("");
