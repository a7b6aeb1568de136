// Updates an element in place to look like a new one, changing only what differs: focus, scrolling and input stay.

const KEPT_ATTRIBUTES = new Map([
  ["DETAILS", new Set(["open"])],
  ["PROGRESS", new Set(["value"])],
]);

export function morph(from, to) {
  if (from.hasAttribute("data-keep")) return;
  morphAttributes(from, to);
  // times.js has written this time in the reader's own zone.
  if (from.tagName === "TIME" && from.dataset.shown === to.getAttribute("datetime")) return;
  if (from.hasAttribute("data-keep-input") && from.tagName !== "SELECT") return;
  morphChildren(from, to);
}

function morphAttributes(from, to) {
  const kept = KEPT_ATTRIBUTES.get(from.tagName) ?? new Set();
  for (const { name } of [...from.attributes]) {
    if (!to.hasAttribute(name) && !kept.has(name) && name !== "data-shown") from.removeAttribute(name);
  }
  for (const { name, value } of to.attributes) {
    if (!kept.has(name) && from.getAttribute(name) !== value) from.setAttribute(name, value);
  }
}

function morphChildren(from, to) {
  const byId = new Map([...from.children].filter((child) => child.id).map((child) => [child.id, child]));
  let place = afterOlder(from, to, byId);
  for (const wanted of [...to.childNodes]) {
    const match = findMatch(wanted, place, byId);
    if (match === null) {
      from.insertBefore(document.importNode(wanted, true), place);
      continue;
    }
    if (match === place) place = place.nextSibling;
    else from.insertBefore(match, place);
    if (match.nodeType === Node.ELEMENT_NODE) morph(match, wanted);
    else if (match.data !== wanted.data) match.data = wanted.data;
  }
  while (place !== null) {
    const next = place.nextSibling;
    place.remove();
    place = next;
  }
}

function findMatch(wanted, place, byId) {
  if (wanted.id) {
    const match = byId.get(wanted.id);
    return match?.tagName === wanted.tagName ? match : null;
  }
  const fits = place !== null && place.nodeType === wanted.nodeType && place.nodeName === wanted.nodeName && !place.id;
  return fits ? place : null;
}

// The first node to compare: behind the older messages that were loaded above. Ids grow with time.
function afterOlder(from, to, byId) {
  const first = to.firstElementChild;
  if (!from.hasAttribute("data-keep-older") || first === null || !byId.has(first.id)) return from.firstChild;
  let place = from.firstElementChild;
  while (place !== null && place.id < first.id) place = place.nextElementSibling;
  return place;
}
