// Polls the page and updates it in place; says so while the Explorer or the gateway cannot be reached.

import { announce, announceChanges, collectAnnouncements } from "./announce.js";
import { showCopying } from "./copying.js";
import { morph } from "./morph.js";
import { recordScrolling, restoreScrolling } from "./thread.js";
import { showRemaining, showTimes } from "./times.js";

const OUTAGE_POLL_MS = 2000;
// After a form was accepted its effect follows within moments.
const EFFECT_POLLS_MS = [300, 900, 2000];
let etag = null;
let timer = null;
let nextPolls = [];
let polling = false;

export function start() {
  refresh(new Map());
  setInterval(showRemaining, 1000);
  document.addEventListener("older-messages", () => showTimes());
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) poll();
  });
  schedule();
}

export function pollSoon() {
  nextPolls = [...EFFECT_POLLS_MS];
  schedule();
}

function schedule() {
  clearTimeout(timer);
  const usual = Number(document.body.dataset.poll) * 1000;
  const outage = !document.getElementById("outage").hidden;
  const wait = nextPolls.shift() ?? (outage ? OUTAGE_POLL_MS : usual);
  if (wait > 0) timer = setTimeout(poll, wait);
}

async function poll() {
  // A page in the background is not polled.
  if (document.hidden || polling) return schedule();
  polling = true;
  const url = location.href;
  try {
    const response = await fetch(url, { cache: "no-store", headers: etag ? { "If-None-Match": etag } : {} });
    if (location.href === url) await showResponse(response);
  } catch {
    showOutage("The Explorer does not answer. This page tries again by itself.");
  } finally {
    polling = false;
    schedule();
  }
}

export async function showResponse(response) {
  if (response.redirected && new URL(response.url).pathname === "/explorer/sign-in") {
    location.assign(response.url);
    return;
  }
  if (response.status === 304) return showOutage("");
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const main = page.getElementById("main");
  if (main === null) return showOutage("The Explorer failed to answer. This page tries again by itself.");
  const error = main.querySelector("[data-error]");
  if (response.status === 503 && error !== null && !document.querySelector("main [data-error]")) {
    return showOutage(`${error.dataset.error} What you see may be old; this page tries again by itself.`);
  }
  showOutage("");
  etag = response.status === 200 ? response.headers.get("ETag") : null;
  update(page, main);
}

function update(page, main) {
  const announcements = collectAnnouncements();
  const scrolling = recordScrolling();
  const focused = document.activeElement;
  const trail = ancestorIds(focused);
  morph(document.getElementById("main"), main);
  document.body.dataset.poll = page.body.dataset.poll;
  document.title = page.title;
  refresh(scrolling);
  if (!document.contains(focused)) refocus(trail);
  announceChanges(announcements);
}

function refresh(scrolling) {
  showCopying();
  showTimes();
  showRemaining();
  restoreScrolling(scrolling);
}

function ancestorIds(element) {
  const ids = [];
  for (let each = element; each !== null && each !== undefined; each = each.parentElement) {
    if (each.id) ids.push(each.id);
  }
  return ids;
}

// The focused element was removed: the focus moves to its nearest ancestor that is left.
function refocus(trail) {
  const next = trail.map((id) => document.getElementById(id)).find((element) => element !== null);
  if (!next) return;
  if (next.tabIndex < 0) next.setAttribute("tabindex", "-1");
  next.focus({ preventScroll: true });
}

// An empty text ends the outage.
export function showOutage(text) {
  const box = document.getElementById("outage");
  if (!text && !box.hidden) announce("The connection is back.");
  box.hidden = !text;
  if (box.textContent !== text) box.textContent = text;
  document.body.classList.toggle("out", Boolean(text));
}
