// Says to screen readers what has changed on the page.

export function collect() {
  const said = new Map();
  for (const element of document.querySelectorAll("[data-announce]")) {
    said.set(element.id || element.className, element.dataset.announce);
  }
  const ids = new Set([...document.querySelectorAll("[data-announce-new]")].map((element) => element.id));
  return { said, ids };
}

export function announceChanges(before) {
  const now = collect();
  const texts = [...now.said].filter(([key, text]) => before.said.get(key) !== text).map(([, text]) => text);
  // A list that appears as a whole is read by whoever goes there.
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
