// Sends forms without reloading the page. Without this file the browser sends them itself.

import { pollSoon, showOutage, showResponse } from "./live.js";

const TYPING_PAUSE_MS = 250;

export function installForms() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.hasAttribute("data-no-fetch")) return;
    event.preventDefault();
    if (form.method === "get") get(form);
    else post(form, event.submitter);
  });
  let timer = null;
  document.addEventListener("input", (event) => {
    if (!event.target.matches("[data-submit]")) return;
    clearTimeout(timer);
    const pause = event.target.tagName === "SELECT" ? 0 : TYPING_PAUSE_MS;
    timer = setTimeout(() => event.target.form.requestSubmit(), pause);
  });
}

async function get(form) {
  const url = new URL(form.action);
  url.search = new URLSearchParams(new FormData(form)).toString();
  history.replaceState(null, "", url);
  await follow(fetch(url, { cache: "no-store" }));
}

async function post(form, button) {
  if (form.getAttribute("aria-busy") === "true") return;
  form.setAttribute("aria-busy", "true");
  button?.setAttribute("aria-disabled", "true");
  const body = new URLSearchParams(new FormData(form));
  if (form.hasAttribute("data-composer")) body.set("key", idempotencyKey(form, body));
  const response = await follow(fetch(form.action, { method: "POST", body }));
  form.removeAttribute("aria-busy");
  button?.removeAttribute("aria-disabled");
  if (response?.ok) {
    reset(form);
    pollSoon();
  }
}

// Shows the page that the request ended at; null where there was no response.
async function follow(request) {
  let response;
  try {
    response = await request;
  } catch {
    showOutage("The Explorer does not answer; nothing was done. Try again in a moment.");
    return null;
  }
  const { pathname, search } = new URL(response.url);
  if (response.redirected && pathname + search !== location.pathname + location.search) {
    history.pushState(null, "", response.url);
  }
  await showResponse(response);
  return response;
}

// The same text sent again after an outage is the same message.
function idempotencyKey(form, body) {
  const content = body.get("to") + "\n" + body.get("text");
  if (form.dataset.content !== content) {
    form.dataset.content = content;
    form.dataset.key = crypto.randomUUID();
  }
  return form.dataset.key;
}

function reset(form) {
  delete form.dataset.content;
  if (!form.isConnected) return;
  if (form.hasAttribute("data-no-reset")) {
    for (const secret of form.querySelectorAll("[type=password]")) secret.value = "";
    return;
  }
  form.reset();
  for (const details of document.querySelectorAll("details.confirm[open]")) details.open = false;
  for (const input of form.querySelectorAll("textarea, [data-number]")) {
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }
}
