// Make a live element look like a new one, touching only what differs: focus, scrolling and what is typed stay.

const KEPT_ATTRIBUTES = new Map([
  ["DETAILS", new Set(["open"])],
  ["PROGRESS", new Set(["value"])],
]);

export function morph(from, to) {
  if (from.hasAttribute("data-moved")) return;
  morphAttributes(from, to);
  // The text of a time is in the reader's own zone.
  if (from.tagName === "TIME" && from.dataset.shown === to.getAttribute("datetime")) return;
  // What somebody types is theirs.
  if (from.hasAttribute("data-own") && from.tagName !== "SELECT") return;
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
  const known = new Map([...from.children].filter((child) => child.id).map((child) => [child.id, child]));
  let place = afterOlder(from, to, known);
  for (const wanted of [...to.childNodes]) {
    const match = findMatch(wanted, place, known);
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

function findMatch(wanted, place, known) {
  if (wanted.id) {
    const match = known.get(wanted.id);
    return match?.tagName === wanted.tagName ? match : null;
  }
  const fits = place !== null && place.nodeType === wanted.nodeType && place.nodeName === wanted.nodeName && !place.id;
  return fits ? place : null;
}

// A list of messages keeps the older ones that were loaded above; ids grow with time.
function afterOlder(from, to, known) {
  const first = to.firstElementChild;
  if (!from.hasAttribute("data-keyed") || first === null || !known.has(first.id)) return from.firstChild;
  let place = from.firstElementChild;
  while (place !== null && place.id < first.id) place = place.nextElementSibling;
  return place;
}
