// Threads of messages: they stay at their end, and load what is older when their beginning is reached.

const NEAR = 40;
const seen = new WeakSet();

export function notePlaces() {
  const places = new Map();
  for (const thread of document.querySelectorAll("[data-thread]")) {
    const atEnd = thread.scrollHeight - thread.scrollTop - thread.clientHeight < NEAR;
    places.set(thread.dataset.thread, atEnd);
  }
  return places;
}

export function restorePlaces(places) {
  for (const thread of document.querySelectorAll("[data-thread]")) {
    if (places.get(thread.dataset.thread) ?? true) thread.scrollTop = thread.scrollHeight;
  }
  watchOlder();
}

function watchOlder() {
  const link = document.querySelector("[data-older]");
  if (link === null || seen.has(link)) return;
  seen.add(link);
  const observer = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    observer.disconnect();
    loadOlder(link).catch(() => seen.delete(link));
  }, { root: link.closest("[data-thread]") });
  observer.observe(link);
  link.addEventListener("click", (event) => {
    event.preventDefault();
    observer.disconnect();
    loadOlder(link).catch(() => seen.delete(link));
  });
}

async function loadOlder(link) {
  const answer = await fetch(link.href, { cache: "no-store" });
  if (!answer.ok) throw new Error(answer.statusText);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const thread = link.closest("[data-thread]");
  const list = thread.querySelector("[data-keyed]");
  const height = thread.scrollHeight;
  const older = [...page.querySelectorAll("[data-keyed] > li")].filter((item) => !document.getElementById(item.id));
  list.prepend(...older.map((item) => document.importNode(item, true)));
  moveOn(link, page.querySelector("[data-older]"));
  thread.scrollTop += thread.scrollHeight - height;
  document.dispatchEvent(new Event("changed"));
}

// The link now leads further back than the one in the page that is polled.
function moveOn(link, next) {
  const holder = link.parentElement;
  holder.setAttribute("data-moved", "");
  if (next === null) {
    holder.hidden = true;
    return;
  }
  link.href = next.href;
  seen.delete(link);
}
