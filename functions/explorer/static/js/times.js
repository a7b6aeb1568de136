// Times in the reader's own zone and language.

const formats = {
  full: new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" }),
  day: new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" }),
  clock: new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" }),
  date: new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long", year: "numeric" }),
  exact: new Intl.DateTimeFormat(undefined, { dateStyle: "short", timeStyle: "medium" }),
};

const relativeDay = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
const DAY_MS = 86_400_000;
// What is written differently as time goes by.
const CHANGING = new Set(["short", "until", "date"]);

// Tells the server where a day begins for who reads.
export function tellZone() {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  if (zone) document.cookie = `explorer_zone=${zone}; Path=/explorer; Max-Age=31536000; SameSite=Strict${secure}`;
}

export function showTimes(root = document) {
  for (const time of root.querySelectorAll("time[datetime]")) {
    const datetime = time.getAttribute("datetime");
    if (time.dataset.shown === datetime && !CHANGING.has(time.dataset.style)) continue;
    const moment = new Date(datetime);
    const text = format(moment, time.dataset.style);
    if (time.textContent !== text) time.textContent = text;
    time.title = formats.full.format(moment);
    time.dataset.shown = datetime;
  }
}

function format(moment, style) {
  if (!CHANGING.has(style)) return (formats[style] ?? formats.full).format(moment);
  const days = daysFromToday(moment);
  if (style === "date") return Math.abs(days) < 2 ? capital(relativeDay.format(days, "day")) : formats.date.format(moment);
  if (days === 0) return formats.clock.format(moment);
  return (style === "until" ? formats.full : formats.day).format(moment);
}

function daysFromToday(moment) {
  const [day, today] = [moment, new Date()].map((each) => Date.UTC(each.getFullYear(), each.getMonth(), each.getDate()));
  return Math.round((day - today) / DAY_MS);
}

function capital(text) {
  return text.charAt(0).toLocaleUpperCase() + text.slice(1);
}

export function showRemaining() {
  for (const progress of document.querySelectorAll("progress[data-until]")) {
    const left = Math.max(0, Math.round((new Date(progress.dataset.until) - Date.now()) / 1000));
    progress.value = left;
    const label = progress.parentElement.querySelector("[data-remaining]");
    const text = left > 0 ? label.dataset.left.replace("{}", `${left} s`) : label.dataset.over;
    if (label.textContent !== text) label.textContent = text;
  }
}
