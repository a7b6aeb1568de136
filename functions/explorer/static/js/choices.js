// Input that sends its form by itself: searching as one types, and lists from which one chooses.

const TYPING_PAUSE_MS = 250;
const byKey = new WeakSet();
let timer = null;

export function installChoices() {
  document.addEventListener("input", (event) => {
    if (!event.target.matches("[data-submit]")) return;
    clearTimeout(timer);
    if (event.target.tagName !== "SELECT") timer = setTimeout(() => event.target.form.requestSubmit(), TYPING_PAUSE_MS);
    else if (byKey.has(event.target)) offer(event.target, true);
    else choose(event.target);
  });
  document.addEventListener("keydown", (event) => {
    if (!event.target.matches?.("select[data-submit]")) return;
    const key = event.key;
    // Enter and the space bar choose from the open list; other keys only move within the closed one.
    if (key !== "Enter" && key !== " ") return byKey.add(event.target);
    byKey.delete(event.target);
    if (key !== "Enter" || !isOffered(event.target)) return;
    event.preventDefault();
    choose(event.target);
  });
  document.addEventListener("pointerdown", (event) => byKey.delete(event.target));
}

function choose(select) {
  offer(select, false);
  select.form.requestSubmit();
  // Where the person stays, because something is not saved, the list must not name another session.
  if (select.form.hasAttribute("data-no-fetch")) select.form.reset();
}

function offer(select, wanted) {
  const button = select.form.querySelector("[data-show]");
  if (button) button.hidden = !wanted;
}

function isOffered(select) {
  return select.form.querySelector("[data-show]:not([hidden])") !== null;
}
