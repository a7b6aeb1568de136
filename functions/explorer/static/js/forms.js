// Forms without reloading the page; without this file they work as forms do.

import { lookSoon, outage, show } from "./live.js";

const TYPING_PAUSE = 250;

export function installForms() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.hasAttribute("data-plain")) return;
    event.preventDefault();
    if (form.method === "get") look(form);
    else post(form, event.submitter);
  });
  let timer = null;
  document.addEventListener("input", (event) => {
    if (!event.target.matches("[data-submit]")) return;
    clearTimeout(timer);
    const pause = event.target.tagName === "SELECT" ? 0 : TYPING_PAUSE;
    timer = setTimeout(() => event.target.form.requestSubmit(), pause);
  });
}

async function look(form) {
  const url = new URL(form.action);
  url.search = new URLSearchParams(new FormData(form)).toString();
  history.replaceState(null, "", url);
  await answered(fetch(url, { cache: "no-store" }));
}

async function post(form, button) {
  if (form.getAttribute("aria-busy") === "true") return;
  form.setAttribute("aria-busy", "true");
  button?.setAttribute("aria-disabled", "true");
  const body = new URLSearchParams(new FormData(form));
  if (form.hasAttribute("data-composer")) body.set("key", keyOf(form, body));
  const answer = await answered(fetch(form.action, { method: "POST", body }));
  form.removeAttribute("aria-busy");
  button?.removeAttribute("aria-disabled");
  if (answer?.ok) {
    clear(form);
    lookSoon();
  }
}

async function answered(request) {
  let answer;
  try {
    answer = await request;
  } catch {
    outage("The Explorer does not answer; nothing was done. Try again in a moment.");
    return null;
  }
  const { pathname, search } = new URL(answer.url);
  if (answer.redirected && pathname + search !== location.pathname + location.search) {
    history.pushState(null, "", answer.url);
  }
  await show(answer);
  return answer;
}

// The same text sent again after an outage is the same message.
function keyOf(form, body) {
  const content = body.get("to") + "\n" + body.get("text");
  if (form.dataset.content !== content) {
    form.dataset.content = content;
    form.dataset.key = crypto.randomUUID();
  }
  return form.dataset.key;
}

function clear(form) {
  delete form.dataset.content;
  if (!form.isConnected) return;
  if (form.hasAttribute("data-keeps")) {
    for (const secret of form.querySelectorAll("[type=password]")) secret.value = "";
    return;
  }
  form.reset();
  for (const details of document.querySelectorAll("details.confirm[open]")) details.open = false;
  for (const input of form.querySelectorAll("textarea, [data-number]")) {
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }
}
