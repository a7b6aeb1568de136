// Threads of messages stay scrolled to their end, and load older messages when their beginning is reached.

const AT_END_PIXELS = 40;
const watched = new WeakSet();

export function recordScrolling() {
  const scrolling = new Map();
  for (const thread of document.querySelectorAll("[data-thread]")) {
    const atEnd = thread.scrollHeight - thread.scrollTop - thread.clientHeight < AT_END_PIXELS;
    scrolling.set(thread.dataset.thread, atEnd);
  }
  return scrolling;
}

export function restoreScrolling(scrolling) {
  for (const thread of document.querySelectorAll("[data-thread]")) {
    if (scrolling.get(thread.dataset.thread) ?? true) thread.scrollTop = thread.scrollHeight;
  }
  watchOlder();
}

function watchOlder() {
  const link = document.querySelector("[data-older]");
  if (link === null || watched.has(link)) return;
  watched.add(link);
  const observer = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    observer.disconnect();
    loadOlder(link).catch(() => watched.delete(link));
  }, { root: link.closest("[data-thread]") });
  observer.observe(link);
  link.addEventListener("click", (event) => {
    event.preventDefault();
    observer.disconnect();
    loadOlder(link).catch(() => watched.delete(link));
  });
}

async function loadOlder(link) {
  const response = await fetch(link.href, { cache: "no-store" });
  if (!response.ok) throw new Error(response.statusText);
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const thread = link.closest("[data-thread]");
  const list = thread.querySelector("[data-keep-older]");
  const height = thread.scrollHeight;
  const older = [...page.querySelectorAll("[data-keep-older] > li")].filter((item) => !document.getElementById(item.id));
  list.prepend(...older.map((item) => document.importNode(item, true)));
  pointFurtherBack(link, page.querySelector("[data-older]"));
  thread.scrollTop += thread.scrollHeight - height;
  document.dispatchEvent(new Event("older-messages"));
}

// The link then leads further back than the one of the polled page, which must not overwrite it.
function pointFurtherBack(link, next) {
  const holder = link.parentElement;
  holder.setAttribute("data-keep", "");
  if (next === null) {
    holder.hidden = true;
    return;
  }
  link.href = next.href;
  watched.delete(link);
}
