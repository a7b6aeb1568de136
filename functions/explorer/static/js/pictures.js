// Pictures beside names: one that WhatsApp was not asked for is asked for once it is in view, one after the other, and
// shown by a later update of the page; one that is still being fetched is tried again.

const RETRY_MS = 1000;
const RETRIES = 6;
const asked = new Set();
const retries = new WeakMap();
let queue = Promise.resolve();

const inView = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) if (isIntersecting) ask(target.dataset.look);
});

export function installPictures() {
  document.addEventListener("error", ({ target }) => {
    if (target.closest?.(".avatar, .picture")) retry(target);
  }, { capture: true });
}

export function showPictures() {
  for (const each of document.querySelectorAll("[data-look]")) inView.observe(each);
}

function ask(address) {
  if (!address || asked.has(address)) return;
  asked.add(address);
  queue = queue.then(() => fetch(address)).catch(() => undefined);
}

function retry(picture) {
  const count = retries.get(picture) ?? 0;
  if (count >= RETRIES) return;
  retries.set(picture, count + 1);
  setTimeout(() => {
    if (picture.isConnected) picture.src = picture.getAttribute("src");
  }, RETRY_MS * 2 ** count);
}
