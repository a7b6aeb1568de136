// The texts that are still to be sent, oldest first; the next page of this browser tab goes on with them.

const WAITING = "outbox";
const RETURNED = "outbox returned";
const list = JSON.parse(sessionStorage.getItem(WAITING) ?? "[]");

// `state` is waiting, failed (then with `reason`) or accepted (until the page shows the message itself).
export function entries() {
  return list;
}

export function add(entry) {
  list.push(entry);
  remember();
}

export function forget(entry) {
  list.splice(list.indexOf(entry), 1);
  remember();
}

export function remember() {
  sessionStorage.setItem(WAITING, JSON.stringify(list.filter((entry) => entry.state !== "accepted")));
}

// The text that came back into its field.
export function returned() {
  return JSON.parse(sessionStorage.getItem(RETURNED) ?? "null");
}

export function rememberReturned({ action, to, text, reply, key }) {
  sessionStorage.setItem(RETURNED, JSON.stringify({ action, to, text, reply, key }));
}

export function isEmpty() {
  return list.every((entry) => entry.state === "accepted");
}

export function forgetAll() {
  list.length = 0;
  sessionStorage.removeItem(WAITING);
  sessionStorage.removeItem(RETURNED);
}
