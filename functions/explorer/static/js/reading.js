// Seeing is reading: a chat that is opened, and what comes while its end is in view, is marked as read.

import { isAtEnd, scrollToEnd } from "./thread.js";

let marked = null;

export function installReading() {
  document.addEventListener("visibilitychange", () => showReading(openThread(), false));
  document.addEventListener("scroll", (event) => {
    if (event.target === openThread()) showReading(event.target, false);
  }, { capture: true, passive: true });
  document.addEventListener("click", (event) => {
    const thread = openThread();
    if (!event.target.closest?.("[data-jump]") || thread.hasAttribute("data-behind")) return;
    event.preventDefault();
    scrollToEnd(thread);
    thread.focus({ preventScroll: true });
  });
}

export function showReading(thread, isNew) {
  if (thread === null || thread !== openThread()) return;
  const atEnd = isAtEnd(thread);
  const jump = document.querySelector("[data-jump]");
  if (jump) jump.hidden = atEnd && !thread.hasAttribute("data-behind");
  if (!document.hidden && (isNew || atEnd)) markRead();
}

function openThread() {
  return document.getElementById("thread");
}

// Asked once for each newest message: what WhatsApp takes no receipts for stays unread.
async function markRead() {
  const form = document.querySelector("[data-read]");
  if (form === null || marked === form.dataset.read) return;
  marked = form.dataset.read;
  try {
    await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
  } catch {
    marked = null;
  }
}
