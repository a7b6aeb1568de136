// Updates an element in place to look like a new one, changing only what differs: focus, scrolling and input stay.
//
// `update` says where the new page comes from:
//   polled      nobody sent a form: notices and errors stay as well
//   form        the form that was answered: its own notices are replaced by those of the answer
//   accepted    fields and what was sent of them; one that still holds that may be set to what the page says now

import { isChanged, valueOf } from "./fields.js";

const KEPT_ATTRIBUTES = new Map([
  ["DETAILS", ["open"]],
  ["PROGRESS", ["value"]],
]);
const TYPED_ATTRIBUTES = ["value", "checked"];

export function morph(from, to, update) {
  if (from.hasAttribute("data-keep") || stays(from, update)) return;
  const typed = from.hasAttribute("data-keep-input") && isTyped(from, update);
  if (typed && update.polled) return;
  morphAttributes(from, to, typed ? TYPED_ATTRIBUTES : KEPT_ATTRIBUTES.get(from.tagName) ?? []);
  // times.js has written this time in the reader's own zone.
  if (from.tagName === "TIME" && from.dataset.shown === to.getAttribute("datetime")) return;
  if (!typed) morphChildren(from, to, update);
}

function isTyped(field, { accepted }) {
  if (accepted?.get(field) === valueOf(field)) return false;
  return isChanged(field) || field.getAttribute("aria-invalid") === "true";
}

// A notice or an error is there until it is dismissed or its form is sent again.
function stays(node, { polled, form }) {
  if (!node.hasAttribute?.("data-stay")) return false;
  const own = node.closest("form");
  return polled || (own !== null && own !== form);
}

function morphAttributes(from, to, kept) {
  for (const { name } of [...from.attributes]) {
    if (!to.hasAttribute(name) && !kept.includes(name) && name !== "data-shown") from.removeAttribute(name);
  }
  for (const { name, value } of to.attributes) {
    if (!kept.includes(name) && from.getAttribute(name) !== value) from.setAttribute(name, value);
  }
}

function morphChildren(from, to, update) {
  const byId = new Map([...from.children].filter((child) => child.id).map((child) => [child.id, child]));
  let place = afterOlder(from, to, byId);
  for (const wanted of [...to.childNodes]) {
    while (place !== null && stays(place, update) && place.id !== wanted.id) place = place.nextSibling;
    const match = findMatch(wanted, place, byId);
    if (match === null) {
      from.insertBefore(document.importNode(wanted, true), place);
      continue;
    }
    if (match !== place && hasFocus(match)) putBehind(match, place);
    else if (match !== place) from.insertBefore(match, place);
    if (match.nextSibling !== place) place = match.nextSibling;
    if (match.nodeType === Node.ELEMENT_NODE) morph(match, wanted, update);
    else if (match.data !== wanted.data) match.data = wanted.data;
  }
  while (place !== null) {
    const next = place.nextSibling;
    if (!stays(place, update)) place.remove();
    place = next;
  }
}

function hasFocus(node) {
  return node.contains(document.activeElement);
}

// An element that is moved loses the focus: what stands before it moves instead.
function putBehind(match, first) {
  const behind = match.nextSibling;
  for (let each = first; each !== null && each !== match; ) {
    const next = each.nextSibling;
    match.parentNode.insertBefore(each, behind);
    each = next;
  }
}

function findMatch(wanted, place, byId) {
  if (wanted.id) {
    const match = byId.get(wanted.id);
    return match?.tagName === wanted.tagName ? match : null;
  }
  if (wanted.nodeType !== Node.ELEMENT_NODE) return place?.nodeType === wanted.nodeType ? place : null;
  // What came or went in between, such as a notice, must not make another element look new.
  let next = place;
  while (next !== null && (next.nodeType !== Node.ELEMENT_NODE || next.id)) next = next.nextSibling;
  return next?.nodeName === wanted.nodeName ? next : null;
}

// The first node to compare: behind the older messages that were loaded above. Ids grow with time.
function afterOlder(from, to, byId) {
  const first = to.firstElementChild;
  if (!from.hasAttribute("data-keep-older") || first === null || !byId.has(first.id)) return from.firstChild;
  let place = from.firstElementChild;
  while (place !== null && place.id < first.id) place = place.nextElementSibling;
  return place;
}
