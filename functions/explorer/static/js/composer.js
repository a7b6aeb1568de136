// Checks a message and its phone number while they are typed; Enter sends the message where there is a keyboard.

const NUMBER_CHECK_DELAY_MS = 300;
// The share of the limit from which on the characters that are left are shown.
const COUNTDOWN_FROM = 0.8;

// On a touch screen Enter is the only way to a new line.
const touch = matchMedia("(pointer: coarse)");

export function installComposer() {
  document.addEventListener("keydown", (event) => {
    const sends = event.key === "Enter" && !event.shiftKey && !event.isComposing && !touch.matches;
    if (sends && event.target.matches?.("[data-composer] textarea")) {
      event.preventDefault();
      event.target.form.requestSubmit();
    }
  });
  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-composer] textarea")) checkText(event.target);
    if (event.target.matches("[data-number]")) checkNumberSoon(event.target);
  });
  // Something may have been typed before this file was loaded.
  for (const area of document.querySelectorAll("[data-composer] textarea")) checkText(area);
  for (const input of document.querySelectorAll("[data-number]")) checkNumberSoon(input);
}

function checkText(area) {
  const limit = Number(area.form.dataset.limit);
  // Code points, as the API counts them.
  const length = [...area.value].length;
  const hint = area.form.querySelector("[data-text-hint]");
  hint.dataset.usual ??= touch.matches ? "Enter begins a new line." : "Enter sends, Shift and Enter begins a new line.";
  const excess = length - limit;
  area.setCustomValidity(excess > 0 ? `The message is ${excess} characters too long.` : "");
  area.setAttribute("aria-invalid", String(excess > 0));
  if (excess > 0) hint.textContent = area.validationMessage;
  else hint.textContent = length > limit * COUNTDOWN_FROM ? `${limit - length} characters left.` : hint.dataset.usual;
  hint.classList.toggle("wrong", excess > 0);
}

const timers = new WeakMap();

function checkNumberSoon(input) {
  clearTimeout(timers.get(input));
  input.setCustomValidity("");
  timers.set(input, setTimeout(() => checkNumber(input), NUMBER_CHECK_DELAY_MS));
}

async function checkNumber(input) {
  if (!input.isConnected) return;
  const typed = input.value;
  const hint = input.parentElement.querySelector("[data-hint]");
  hint.dataset.usual ??= hint.textContent;
  if (typed.trim() === "") return showHint(input, hint, hint.dataset.usual, false);
  const body = new URLSearchParams({ number: typed, token: input.form.elements.token.value });
  const response = await fetch(input.form.action.replace(/messages$/, "number"), { method: "POST", body }).catch(() => null);
  if (!response?.ok || input.value !== typed || !input.isConnected) return;
  const { number, error } = await response.json();
  showHint(input, hint, error ?? number, Boolean(error));
}

function showHint(input, hint, text, wrong) {
  hint.textContent = text;
  hint.classList.toggle("wrong", wrong);
  input.setCustomValidity(wrong ? text : "");
  input.setAttribute("aria-invalid", String(wrong));
}
