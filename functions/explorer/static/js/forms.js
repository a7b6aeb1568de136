// Sends forms without reloading the page. Without this file the browser sends them itself.

import { typedFields, setDefault, valueOf, valuesOf } from "./fields.js";
import { follow, pollSoon, showOutage } from "./live.js";
import { dismissNotice, showNotice } from "./notices.js";
import { take } from "./outbox.js";
import { enqueue } from "./queue.js";
import { sendFiles } from "./uploads.js";

export function installForms() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.hasAttribute("data-no-fetch")) return;
    event.preventDefault();
    if (form.hasAttribute("data-composer")) sendFiles(form) || take(form);
    else if (form.hasAttribute("data-queue")) enqueue(form);
    else if (form.method === "get") get(form);
    else post(form, event.submitter);
  });
}

async function get(form) {
  const url = new URL(form.action);
  url.search = new URLSearchParams(new FormData(form)).toString();
  history.replaceState(null, "", url);
  const reason = await follow(fetch(url, { cache: "no-store" }), { polled: true });
  if (reason) showOutage(reason);
}

async function post(form, button) {
  if (form.getAttribute("aria-busy") === "true") return;
  form.setAttribute("aria-busy", "true");
  button?.setAttribute("aria-disabled", "true");
  const sent = valuesOf(form);
  const body = new URLSearchParams(new FormData(form, button));
  const request = fetch(form.action, { method: "POST", body });
  const reason = await follow(request, { form, accepted: sent, keeps: typedFields(form).length > 0 });
  form.removeAttribute("aria-busy");
  button?.removeAttribute("aria-disabled");
  if (reason === null) return done(form, sent);
  if (reason && typedFields(form).length > 0) showNotice(form, reason);
  else if (reason) showOutage(reason);
}

// Fields that still hold what was sent are as the page has them now; what was typed meanwhile stays.
function done(form, sent) {
  if (form.isConnected) {
    dismissNotice(form);
    for (const [field, value] of sent) {
      if (field.isConnected && valueOf(field) === value) setDefault(field);
    }
    for (const details of document.querySelectorAll("details.confirm[open]")) details.open = false;
    for (const field of form.querySelectorAll("textarea, [data-number]")) {
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }
  pollSoon();
}
