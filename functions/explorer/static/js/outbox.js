// Sends what was written, one text after the other. A text leaves its field when it is sent and is a bubble at once;
// only a failure brings it back, and never over what was typed meanwhile.

import { endReply } from "./acts.js";
import { announce } from "./announce.js";
import { openChat, pollNow, signInAgain } from "./live.js";
import { dismissNotice, showNotice } from "./notices.js";
import { add, entries, forget, remember, rememberReturned, returned } from "./outbox_store.js";
import { isShownIn, newestOwn, showOutbox } from "./outbox_view.js";

let sending = false;
let leaving = false;

export function installOutbox() {
  window.addEventListener("pagehide", () => { leaving = true; });
  // A page that the browser kept does not know what others have sent since.
  window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-again], [data-discard]");
    if (button) decide(button);
  });
  show();
  run();
}

export function take(form) {
  const { text, to, chat, reply_to: reply } = form.elements;
  if (text.value.trim() === "") return;
  const content = { action: form.getAttribute("action"), to: to.value, text: text.value, reply: reply?.value ?? "" };
  add({ ...content, chat: chat?.value ?? "", key: keyFor(content), state: "waiting" });
  write(text, "");
  endReply(form);
  dismissNotice(form);
  show({ toEnd: true });
  run();
}

export function show({ toEnd = false } = {}) {
  showOutbox(composer(), toEnd);
}

// A text that came back and is sent as it was is the same message: its failure may have hidden that it was sent.
function keyFor(content) {
  const before = returned();
  const same = before !== null && ["action", "to", "text", "reply"].every((name) => before[name] === content[name]);
  return same ? before.key : crypto.randomUUID();
}

async function run() {
  const token = document.querySelector("input[name=token]")?.value;
  const entry = next();
  if (sending || !entry || !token) return;
  sending = true;
  entry.after = newestOwn();
  const answer = await send(entry, token);
  sending = false;
  // What was cut off by leaving the page is sent again by the next one, under the same key.
  if (leaving) return;
  if (answer.ended) return signInAgain();
  if (answer.error) fail(entry, answer.error);
  else accept(entry, answer);
  run();
}

// The oldest that does not stand behind a failed one to the same person: texts arrive in their order.
function next() {
  const stopped = new Set();
  for (const entry of entries()) {
    if (entry.state === "accepted") continue;
    if (entry.state === "waiting" && !stopped.has(line(entry))) return entry;
    stopped.add(line(entry));
  }
  return null;
}

function line(entry) {
  return `${entry.action} ${entry.chat || entry.to}`;
}

async function send(entry, token) {
  const body = new URLSearchParams({ to: entry.to, chat: entry.chat, text: entry.text, reply_to: entry.reply, key: entry.key, token });
  try {
    const headers = { Accept: "application/json" };
    const response = await fetch(entry.action, { method: "POST", body, headers, keepalive: true });
    if (response.redirected) return { ended: true };
    return await response.json();
  } catch {
    return { error: "The Explorer does not answer. Try again in a moment." };
  }
}

function accept(entry, { message, chat }) {
  const form = composer();
  const opens = entry.chat === "" && isShownIn(form, entry) && form.elements.to.value === entry.to;
  Object.assign(entry, { state: "accepted", message });
  for (const each of entries()) {
    if (each.chat === "" && line(each) === line(entry)) each.chat = chat;
  }
  remember();
  if (!opens) return pollNow();
  openChat(`/explorer/messaging?${new URLSearchParams({ session: entry.action.split("/")[3], chat })}`);
}

function fail(entry, reason) {
  const form = composer();
  const alone = entries().filter((each) => each.state !== "accepted" && line(each) === line(entry)).length === 1;
  if (alone && isShownIn(form, entry) && form.elements.text.value === "") {
    forget(entry);
    rememberReturned(entry);
    write(form.elements.text, entry.text);
    showNotice(form, reason);
  } else {
    Object.assign(entry, { state: "failed", reason });
    remember();
    announce(`Not sent: ${reason}`);
  }
  show();
}

function decide(button) {
  const entry = entries().find((each) => each.key === button.closest("li").dataset.key);
  if (!entry) return;
  if (button.hasAttribute("data-discard")) forget(entry);
  else Object.assign(entry, { state: "waiting", reason: "" });
  remember();
  show();
  composer()?.elements.text.focus();
  run();
}

function composer() {
  return document.querySelector("[data-composer]");
}

function write(field, value) {
  field.value = value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}
