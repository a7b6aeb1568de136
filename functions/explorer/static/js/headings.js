// The headings between messages: each day once, and the line above what was unread when the chat was opened.

import { showTimes } from "./times.js";

// The line stays while the chat is open, also once everything is read.
let line = { chat: null, before: null, text: "" };

// The server heads the messages of one page; with older ones above them, and after an update, that is done anew.
export function showHeadings(thread, isNew) {
  const list = thread.querySelector("[data-keep-older]");
  if (list === null) return;
  remember(thread, isNew);
  for (const heading of thread.querySelectorAll(".heading")) {
    if (heading.parentElement === list) heading.remove();
    else heading.hidden = true;
  }
  let day = null;
  for (const bubble of [...list.children]) {
    if (bubble.dataset.day !== day) bubble.before(dayOf(bubble));
    if (bubble.id === line.before) bubble.before(heading("unread", line.text));
    day = bubble.dataset.day;
  }
  showTimes(list);
}

// What comes while the end of the open chat is in view is seen at once and gets no line.
function remember(thread, isNew) {
  const drawn = thread.querySelector("[data-before]");
  if (isNew || line.chat !== thread.dataset.thread) line = { chat: thread.dataset.thread, before: null, text: "" };
  else if (line.before !== null || !document.hidden) return;
  if (drawn) line = { ...line, before: drawn.dataset.before, text: drawn.textContent };
}

function dayOf(bubble) {
  const time = document.createElement("time");
  time.setAttribute("datetime", bubble.dataset.at);
  time.dataset.style = "date";
  return heading("day", time);
}

function heading(kind, content) {
  const item = document.createElement("li");
  item.className = `heading ${kind}`;
  item.append(content);
  return item;
}
