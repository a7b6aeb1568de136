// Bubbles of what is still to be sent, and the line that says so on pages where they are not seen.

import { entries, forget } from "./outbox_store.js";

export function showOutbox(form, toEnd) {
  dropWhatThePageShows(form);
  const own = entries().filter((entry) => isShownIn(form, entry));
  const list = document.getElementById("outbox");
  if (list !== null) {
    const visible = own.filter((entry) => !isAnswered(entry));
    const blocked = visible.findIndex((entry) => entry.state === "failed");
    list.replaceChildren(...visible.map((entry, i) => bubble(entry, blocked >= 0 && i > blocked)));
    const thread = list.closest("[data-thread]");
    if (toEnd) thread.scrollTop = thread.scrollHeight;
  }
  showFailedElsewhere(form);
}

// The id of the newest own message that is known here. Ids grow with time.
export function newestOwn() {
  const shown = [...document.querySelectorAll(".chat .bubble.mine[id]")].map((each) => each.id);
  const accepted = entries().filter((entry) => entry.state === "accepted").map((entry) => `m-${entry.message}`);
  return [...shown, ...accepted].sort().at(-1) ?? "";
}

export function isShownIn(form, entry) {
  return form?.getAttribute("action") === entry.action && (form.elements.chat?.value ?? "") === entry.chat;
}

function dropWhatThePageShows(form) {
  for (const entry of entries().filter((each) => each.state === "accepted")) {
    if (!isShownIn(form, entry) || document.getElementById(`m-${entry.message}`)) forget(entry);
  }
}

// A poll may show the message before the answer to the request has come.
function isAnswered(entry) {
  return entry.state === "waiting" && entry.after !== undefined && newestOwn() > entry.after;
}

function bubble(entry, blocked) {
  const item = document.createElement("li");
  item.className = `bubble mine ${entry.state}`;
  item.dataset.key = entry.key;
  item.append(paragraph("text", entry.text));
  if (entry.state === "failed") item.append(failure(entry));
  else item.append(paragraph("meta", blocked ? "Waits for the one above." : "Sending …"));
  return item;
}

function failure(entry) {
  const box = document.createElement("div");
  box.className = "failure";
  box.append(paragraph("", `Not sent: ${entry.reason}`), button("again", "Send again"), button("discard", "Discard"));
  return box;
}

function paragraph(name, text) {
  const element = document.createElement("p");
  element.className = name;
  element.textContent = text;
  if (name === "text") element.dir = "auto";
  return element;
}

function button(name, label) {
  const element = document.createElement("button");
  Object.assign(element, { type: "button", textContent: label });
  element.setAttribute(`data-${name}`, "");
  return element;
}

function showFailedElsewhere(form) {
  const entry = entries().find((each) => each.state === "failed" && !isShownIn(form, each));
  const box = document.getElementById("unsent");
  box.hidden = entry === undefined;
  if (entry === undefined) return box.replaceChildren();
  const link = document.createElement("a");
  const session = entry.action.split("/")[3];
  link.href = `/explorer/messaging?${new URLSearchParams({ session, ...(entry.chat ? { chat: entry.chat } : { new: 1 }) })}`;
  link.textContent = "Show it";
  box.replaceChildren("A message was not sent. ", link);
}
