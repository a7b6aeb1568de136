// Threads of messages stay scrolled to their end, and load older messages for as long as their beginning is in view.

import { showHeadings } from "./headings.js";
import { showReading } from "./reading.js";

const AT_END_PIXELS = 40;
// What is loaded this far above the messages in view is there before it is seen.
const AHEAD = "400px 0px 0px 0px";
const RETRY_MS = 3000;
let observer = null;
let loading = false;

export function recordScrolling() {
  const scrolling = new Map();
  for (const thread of threads()) scrolling.set(thread.dataset.thread, isAtEnd(thread));
  return scrolling;
}

// Called after each update of the page; a thread that was not there before is new.
export function restoreScrolling(scrolling) {
  for (const thread of threads()) {
    const wasAtEnd = scrolling.get(thread.dataset.thread);
    const isNew = wasAtEnd === undefined;
    showHeadings(thread, isNew);
    if (isNew) showBeginning(thread);
    else if (wasAtEnd) scrollToEnd(thread);
    showReading(thread, isNew);
  }
  watchOlder();
}

export function isAtEnd(thread) {
  return thread.scrollHeight - thread.scrollTop - thread.clientHeight < AT_END_PIXELS;
}

export function scrollToEnd(thread) {
  thread.scrollTop = thread.scrollHeight;
}

function threads() {
  return document.querySelectorAll("[data-thread]");
}

// A chat is opened at what is unread, or at the message that was found, else at its end.
function showBeginning(thread) {
  const found = thread.querySelector(".bubble.found") ?? thread.querySelector("li.unread");
  scrollToEnd(thread);
  const above = found ? found.getBoundingClientRect().top - thread.getBoundingClientRect().top : 0;
  if (above < 0) thread.scrollTop += above - thread.clientHeight / 4;
}

// Observing anew tells at once whether the link is in view: it is asked after each update and each page that came.
function watchOlder() {
  observer?.disconnect();
  const link = document.querySelector("[data-older]");
  if (link === null || link.parentElement.hidden) return;
  pointToOldest(link);
  observer = new IntersectionObserver((entries) => {
    if (entries.some((entry) => entry.isIntersecting)) loadOlder(link);
  }, { root: link.closest("[data-thread]"), rootMargin: AHEAD });
  observer.observe(link);
}

export function installThread() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("[data-older]");
    if (!link) return;
    event.preventDefault();
    loadOlder(link);
  });
}

// Where an update replaced all messages, because too many had come, the link leads back from these.
function pointToOldest(link) {
  const list = listOf(link);
  if (link.dataset.oldest === undefined || link.dataset.oldest === list.firstElementChild?.id) return;
  const holder = link.parentElement;
  holder.removeAttribute("data-keep");
  delete link.dataset.oldest;
  link.href = list.dataset.olderPage ?? link.href;
}

async function loadOlder(link) {
  if (loading) return;
  loading = true;
  observer?.disconnect();
  try {
    await prependOlder(link);
    watchOlder();
  } catch {
    setTimeout(watchOlder, RETRY_MS);
  } finally {
    loading = false;
  }
}

async function prependOlder(link) {
  const response = await fetch(link.href, { cache: "no-store" });
  if (!response.ok || response.redirected) throw new Error(response.statusText);
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  if (!link.isConnected) return;
  const thread = link.closest("[data-thread]");
  const list = listOf(link);
  const height = thread.scrollHeight;
  const older = [...page.querySelectorAll("[data-keep-older] > li")].filter((item) => !document.getElementById(item.id));
  list.prepend(...older.map((item) => document.importNode(item, true)));
  showHeadings(thread, false);
  pointFurtherBack(link, page.querySelector("[data-older]"), list);
  thread.scrollTop += thread.scrollHeight - height;
  document.dispatchEvent(new Event("older-messages"));
}

function listOf(link) {
  return link.closest("[data-thread]").querySelector("[data-keep-older]");
}

// The link then leads further back than the one of the polled page, which must not overwrite it.
function pointFurtherBack(link, next, list) {
  const holder = link.parentElement;
  holder.setAttribute("data-keep", "");
  link.dataset.oldest = list.firstElementChild?.id ?? "";
  if (next === null) holder.hidden = true;
  else link.href = next.href;
}
