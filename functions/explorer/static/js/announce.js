// Announces changes of the page to screen readers.

export function collectAnnouncements() {
  const texts = new Map();
  for (const element of document.querySelectorAll("[data-announce]")) {
    texts.set(element.id || element.className, element.dataset.announce);
  }
  const ids = new Set([...document.querySelectorAll("[data-announce-new]")].map((element) => element.id));
  return { texts, ids };
}

export function announceChanges(before) {
  const now = collectAnnouncements();
  const texts = [...now.texts].filter(([key, text]) => before.texts.get(key) !== text).map(([, text]) => text);
  // Where there was no item before, the whole list is new; it is read by whoever goes there.
  if (before.ids.size > 0) {
    for (const id of now.ids) {
      if (!before.ids.has(id)) texts.push(document.getElementById(id).dataset.announceNew);
    }
  }
  if (texts.length > 0) announce(texts.slice(-3).join(". "));
}

export function announce(text) {
  document.getElementById("announcer").textContent = text;
}
