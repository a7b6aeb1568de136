// Small forms in which one writes fast: each press sends what was typed, one after the other. It leaves its fields at
// once, and comes back where it was refused, never over what was typed meanwhile.

import { isChanged, setDefault, setValue, typedFields, valueOf, valuesOf } from "./fields.js";
import { follow, pollSoon, showOutage } from "./live.js";
import { dismissNotice, showNotice } from "./notices.js";

const queues = new Map();

export function enqueue(form) {
  const entry = { body: new URLSearchParams(new FormData(form)), typed: valuesOf(form) };
  typedFields(form).forEach(clear);
  entry.left = valuesOf(form);
  dismissNotice(form);
  const queue = queues.get(form.id) ?? [];
  queue.push(entry);
  if (queues.has(form.id)) return;
  queues.set(form.id, queue);
  run(form, queue);
}

// The next text goes to the same person. A suggestion is no beginning of it.
function clear(field) {
  if (field.name === "text") setValue(field, "");
  else if (field.name !== "to") setDefault(field);
}

async function run(form, queue) {
  while (queue.length > 0) {
    const { body, left } = queue[0];
    const request = fetch(form.getAttribute("action"), { method: "POST", body });
    const reason = await follow(request, { form, accepted: left, keeps: true });
    // What stands behind a refused one would arrive without it.
    if (reason !== null) giveBack(form, queue.splice(0), reason);
    else queue.shift();
  }
  queues.delete(form.id);
  for (const field of typedFields(form)) suggestAgain(field);
  pollSoon();
}

function giveBack(form, [refused, ...waiting], reason) {
  const untouched = form.isConnected && [...refused.left].every(([field, value]) => valueOf(field) === value);
  if (untouched) for (const [field, value] of refused.typed) setValue(field, value);
  const unsent = (untouched ? waiting : [refused, ...waiting]).map(({ body }) => `“${body.get("text") ?? body.get("kind")}”`);
  const texts = unsent.length > 0 ? `Not sent: ${unsent.join(", ")}.` : "";
  const notice = [reason, texts].filter(Boolean).join(" ");
  if (!notice) return;
  if (form.isConnected) showNotice(form, notice);
  else showOutage(notice);
}

// Not where somebody writes.
function suggestAgain(field) {
  if (field.name === "text" && field.value === "" && isChanged(field) && field !== document.activeElement) setDefault(field);
}
