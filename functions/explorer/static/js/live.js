// Keeps the page as the server would draw it now, and says so when it cannot be asked.

import { announce, announceChanges, collect } from "./announce.js";
import { morph } from "./morph.js";
import { notePlaces, restorePlaces } from "./thread.js";
import { showRemaining, showTimes } from "./times.js";

const AFTER_OUTAGE = 2000;
const SOON = [300, 900, 2000];
let tag = null;
let timer = null;
let soon = [];
let busy = false;

export function start() {
  refresh(new Map());
  setInterval(showRemaining, 1000);
  document.addEventListener("changed", () => showTimes());
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) look();
  });
  schedule();
}

// After somebody did something its effect follows within moments.
export function lookSoon() {
  soon = [...SOON];
  schedule();
}

function schedule() {
  clearTimeout(timer);
  const usual = Number(document.body.dataset.poll) * 1000;
  const outage = !document.getElementById("outage").hidden;
  const wait = soon.shift() ?? (outage ? AFTER_OUTAGE : usual);
  if (wait > 0) timer = setTimeout(look, wait);
}

async function look() {
  // A page that nobody sees asks for nothing.
  if (document.hidden || busy) return schedule();
  busy = true;
  const asked = location.href;
  try {
    const answer = await fetch(asked, { cache: "no-store", headers: tag ? { "If-None-Match": tag } : {} });
    if (location.href === asked) await show(answer);
  } catch {
    outage("The Explorer does not answer. This page tries again by itself.");
  } finally {
    busy = false;
    schedule();
  }
}

export async function show(answer) {
  if (answer.redirected && new URL(answer.url).pathname === "/explorer/sign-in") {
    location.assign(answer.url);
    return;
  }
  if (answer.status === 304) return outage("");
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const main = page.getElementById("main");
  if (main === null) return outage("The Explorer failed to answer. This page tries again by itself.");
  const trouble = main.querySelector("[data-trouble]");
  if (answer.status === 503 && trouble !== null && !document.querySelector("main [data-trouble]")) {
    return outage(`${trouble.dataset.trouble} What you see may be old; this page tries again by itself.`);
  }
  outage("");
  tag = answer.status === 200 ? answer.headers.get("ETag") : null;
  apply(page, main);
}

function apply(page, main) {
  const before = collect();
  const places = notePlaces();
  const focused = document.activeElement;
  const trail = ancestors(focused);
  morph(document.getElementById("main"), main);
  document.body.dataset.poll = page.body.dataset.poll;
  document.title = page.title;
  refresh(places);
  if (!document.contains(focused)) refocus(trail);
  announceChanges(before);
}

function refresh(places) {
  showTimes();
  showRemaining();
  restorePlaces(places);
}

function ancestors(element) {
  const ids = [];
  for (let each = element; each !== null && each !== undefined; each = each.parentElement) {
    if (each.id) ids.push(each.id);
  }
  return ids;
}

// What was focused is gone: the keyboard goes on where it stood.
function refocus(trail) {
  const next = trail.map((id) => document.getElementById(id)).find((element) => element !== null);
  if (!next) return;
  if (next.tabIndex < 0) next.setAttribute("tabindex", "-1");
  next.focus({ preventScroll: true });
}

export function outage(text) {
  const box = document.getElementById("outage");
  if (!text && !box.hidden) announce("The connection is back.");
  box.hidden = !text;
  if (box.textContent !== text) box.textContent = text;
  document.body.classList.toggle("out", Boolean(text));
}
