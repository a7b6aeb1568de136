// Times in the reader's own zone and language.

const formats = {
  full: new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" }),
  day: new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" }),
  clock: new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" }),
  exact: new Intl.DateTimeFormat(undefined, { dateStyle: "short", timeStyle: "medium" }),
};

export function showTimes(root = document) {
  for (const time of root.querySelectorAll("time[datetime]")) {
    const datetime = time.getAttribute("datetime");
    if (time.dataset.shown === datetime) continue;
    const moment = new Date(datetime);
    time.textContent = format(moment, time.dataset.style);
    time.title = formats.full.format(moment);
    time.dataset.shown = datetime;
  }
}

function format(moment, style) {
  if (style !== "short") return (formats[style] ?? formats.full).format(moment);
  const today = moment.toDateString() === new Date().toDateString();
  return (today ? formats.clock : formats.day).format(moment);
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
