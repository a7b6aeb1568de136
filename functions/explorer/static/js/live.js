// Polls the page and updates it in place; says so while the Explorer or the gateway cannot be reached.

import { announce, announceChanges, collectAnnouncements } from "./announce.js";
import { showCopying } from "./copying.js";
import { showDraft } from "./drafts.js";
import { keepUnsaved } from "./leaving.js";
import { morph } from "./morph.js";
import { show as showOutbox } from "./outbox.js";
import { showPictures } from "./pictures.js";
import { showRecording } from "./recording.js";
import { showSecrets } from "./secrets.js";
import { recordScrolling, restoreScrolling } from "./thread.js";
import { showRemaining, showTimes } from "./times.js";
import { restoreTray } from "./tray.js";

const OUTAGE_POLL_MS = 2000;
// After a form was accepted its effect follows within moments.
const EFFECT_POLLS_MS = [300, 900, 2000];
let etag = null;
// Of the page as it is shown; that of a hidden one may be ahead.
let title = document.title;
let timer = null;
let nextPolls = [];
let polling = false;

export function start() {
  refresh(new Map());
  setInterval(showRemaining, 1000);
  document.addEventListener("older-messages", () => showTimes());
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) schedule();
    else poll();
  });
  schedule();
}

export function pollSoon() {
  nextPolls = [...EFFECT_POLLS_MS];
  schedule();
}

export function pollNow() {
  nextPolls = [...EFFECT_POLLS_MS];
  clearTimeout(timer);
  poll();
}

function schedule() {
  clearTimeout(timer);
  const usual = Number(document.body.dataset.poll) * 1000;
  const outage = !document.getElementById("outage").hidden;
  const visible = () => nextPolls.shift() ?? (outage ? OUTAGE_POLL_MS : usual);
  const wait = document.hidden ? Number(document.body.dataset.backgroundPoll) * 1000 : visible();
  if (wait > 0) timer = setTimeout(poll, wait);
}

async function poll() {
  if (polling) return schedule();
  polling = true;
  const url = location.href;
  const hidden = document.hidden;
  try {
    const response = await fetch(url, { cache: "no-store", headers: etag ? { "If-None-Match": etag } : {} });
    if (location.href === url) await (hidden ? showTitle(response) : showPolled(response));
  } catch {
    if (!hidden) showOutage("The Explorer does not answer. This page tries again by itself.");
  } finally {
    polling = false;
    schedule();
  }
}

async function showPolled(response) {
  if (isSignIn(response)) return signInAgain();
  if (response.status === 304) return showOutage("");
  if (response.redirected) history.replaceState(null, "", response.url);
  const page = await parse(response);
  const error = errorOf(page);
  // A page that somebody reads or writes in stays, whatever happened to the gateway or the session.
  if (error !== null && !document.querySelector("main [data-error]")) {
    return showOutage(response.status === 503 ? `${error} What you see may be old; this page tries again by itself.` : error);
  }
  showOutage("");
  show(response, page, { polled: true });
}

// Of a page in the background nothing else is seen.
async function showTitle(response) {
  if (response.status === 304) document.title = title;
  else if (response.ok && !isSignIn(response)) document.title = (await parse(response)).title;
}

// Shows the page that a form's request ended at. Returns why it was refused: null where it was not, the empty text
// where the page says so itself.
export async function follow(request, how) {
  let response;
  let page;
  try {
    response = await request;
    page = isSignIn(response) ? null : await parse(response);
  } catch {
    return "The Explorer does not answer. Try again in a moment.";
  }
  if (page === null) return signInAgain();
  const error = errorOf(page);
  if (error !== null && (how.keeps || how.polled || response.status === 503)) return error;
  const { pathname, search } = new URL(response.url);
  if ((response.redirected || how.opens) && pathname + search !== location.pathname + location.search) {
    history.pushState(null, "", response.url);
  }
  showOutage("");
  show(response, page, response.ok ? how : { ...how, accepted: null });
  return response.ok ? null : "";
}

// Goes on from a new message to the chat that it has become.
export async function openChat(address) {
  const reason = await follow(fetch(address, { cache: "no-store" }), { polled: true, opens: true });
  if (reason === null) pollSoon();
}

// Where a sign-in that ran out left off.
export function signInAgain() {
  keepUnsaved();
  location.assign(`/explorer/sign-in?${new URLSearchParams({ ended: 1, next: location.pathname + location.search })}`);
  return "";
}

function isSignIn(response) {
  return response.redirected && new URL(response.url).pathname === "/explorer/sign-in";
}

async function parse(response) {
  return new DOMParser().parseFromString(await response.text(), "text/html");
}

function errorOf(page) {
  if (page.getElementById("main") === null) return "The Explorer failed to answer.";
  return page.querySelector("main [data-error]")?.dataset.error ?? null;
}

function show(response, page, how) {
  etag = response.status === 200 ? response.headers.get("ETag") : null;
  update(page, how);
}

function update(page, how) {
  const announcements = collectAnnouncements();
  const scrolling = recordScrolling();
  const focused = document.activeElement;
  const trail = ancestorIds(focused);
  morph(document.getElementById("main"), page.getElementById("main"), how);
  morph(document.querySelector(".top"), page.querySelector(".top"), how);
  document.body.dataset.poll = page.body.dataset.poll;
  document.body.dataset.backgroundPoll = page.body.dataset.backgroundPoll;
  document.title = title = page.title;
  showDraft(how.opens);
  showOutbox();
  refresh(scrolling);
  if (!document.contains(focused)) refocus(trail);
  showSecrets();
  announceChanges(announcements);
}

function refresh(scrolling) {
  showCopying();
  showRecording();
  restoreTray();
  showPictures();
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
