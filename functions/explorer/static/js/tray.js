// The files that are about to be sent: chosen, dropped, pasted or recorded, each with a preview and what it is sent as.

import { announce } from "./announce.js";

const PICTURES = ["image/jpeg", "image/png", "image/webp", "image/gif"];
const NAMES = { image: "Photo", video: "Video", audio: "Audio", voice: "Voice message", sticker: "Sticker", document: "Document" };
const items = [];

export function installTray() {
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-files]")) {
      addFiles([...event.target.files]);
      event.target.value = "";
      event.target.closest("details").open = false;
    } else if (event.target.matches("[data-tray] select")) {
      itemOf(event.target).kind = event.target.value;
      showTray();
    }
  });
  document.addEventListener("click", (event) => {
    if (event.target.matches?.("[data-tray] [data-remove]")) remove(itemOf(event.target));
  });
  document.addEventListener("paste", (event) => {
    if (tray() && event.clipboardData?.files.length > 0) {
      event.preventDefault();
      addFiles([...event.clipboardData.files]);
    }
  });
  document.addEventListener("dragover", (event) => {
    if (!tray() || !event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    document.querySelector(".chat").classList.add("dropping");
  });
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) document.querySelector(".chat")?.classList.remove("dropping");
  });
  document.addEventListener("drop", (event) => {
    document.querySelector(".chat")?.classList.remove("dropping");
    if (!tray() || !event.dataTransfer?.files.length) return;
    event.preventDefault();
    addFiles([...event.dataTransfer.files]);
  });
}

// `kind` is what the files are sent as, where their type does not say it.
export function addFiles(files, kind) {
  for (const file of files) {
    items.push({ file, kind: kind ?? kindOf(file.type), key: crypto.randomUUID(), preview: URL.createObjectURL(file) });
  }
  showTray();
  announce(`${files.length === 1 ? files[0].name : `${files.length} files`} will be sent.`);
  form().elements.text.focus();
}

export function trayItems() {
  return items;
}

export function remove(item) {
  item.request?.abort();
  items.splice(items.indexOf(item), 1);
  URL.revokeObjectURL(item.preview);
  showTray();
  form()?.elements.text.focus();
}

export function takesCaption(item) {
  return ["image", "video", "document"].includes(item.kind);
}

// Why it cannot be sent; null where it can.
export function refusalOf(item) {
  const largest = JSON.parse(form().dataset.fileLimits)[item.kind];
  if (item.file.size === 0) return "The file is empty.";
  if (item.kind === "image" && !PICTURES.includes(item.file.type)) return "Send this picture as a document.";
  if (item.file.size <= largest) return null;
  const better = item.kind === "document" ? "" : " Send it as a document.";
  return `Too large: ${NAMES[item.kind].toLowerCase()}s may have ${largest / 1e6} MB.${better}`;
}

export function showTray() {
  const list = tray();
  if (list === null) return;
  list.replaceChildren(...items.map(row));
  restoreTray();
}

// After an update of the page, which may have brought another composer.
export function restoreTray() {
  const list = tray();
  if (list === null) return;
  if (list.children.length !== items.length) return showTray();
  form().elements.text.required = items.length === 0;
}

export function showProgress(item, share) {
  const progress = tray()?.querySelector(`[data-key="${item.key}"] progress`);
  if (progress) Object.assign(progress, { hidden: false, value: share });
}

function row(item) {
  const element = document.createElement("li");
  element.dataset.key = item.key;
  const what = document.createElement("div");
  const refusal = item.reason ?? refusalOf(item);
  what.append(text("strong", item.file.name), text("span", sizeOf(item.file.size), "facts"));
  if (refusal) what.append(text("span", refusal, "wrong"));
  element.append(preview(item), what, choice(item), progress(item), removal(item));
  return element;
}

function preview(item) {
  const tag = { image: "img", sticker: "img", video: "video", audio: "audio", voice: "audio" }[item.kind] ?? "span";
  const element = document.createElement(tag);
  element.className = "preview";
  if (tag === "span") element.classList.add("file-icon");
  else element.src = item.preview;
  if (tag === "img") element.alt = "";
  if (tag === "audio") element.controls = true;
  if (tag !== "span" && tag !== "img") element.setAttribute("aria-label", item.file.name);
  return element;
}

function choice(item) {
  const select = document.createElement("select");
  select.setAttribute("aria-label", `Send ${item.file.name} as`);
  select.append(...kindsFor(item).map((kind) => new Option(NAMES[kind], kind, false, kind === item.kind)));
  return select;
}

function progress(item) {
  const element = document.createElement("progress");
  Object.assign(element, { max: 1, value: 0, hidden: !item.request });
  element.setAttribute("aria-label", `Upload of ${item.file.name}`);
  return element;
}

function removal(item) {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "quiet", textContent: "✕" });
  button.setAttribute("aria-label", `Do not send ${item.file.name}`);
  button.setAttribute("data-remove", "");
  return button;
}

function text(tag, content, name = "") {
  const element = document.createElement(tag);
  Object.assign(element, { className: name, textContent: content, dir: "auto" });
  return element;
}

function kindOf(type) {
  if (PICTURES.includes(type)) return "image";
  const [kind] = type.split("/");
  return kind === "video" || kind === "audio" ? kind : "document";
}

function kindsFor(item) {
  const usual = { image: ["image", "sticker"], video: ["video"], audio: ["audio", "voice"] }[kindOf(item.file.type)] ?? [];
  return [...new Set([item.kind, ...usual, "document"])];
}

function sizeOf(octets) {
  return octets >= 1e6 ? `${(octets / 1e6).toFixed(1)} MB` : `${Math.max(1, Math.round(octets / 1000))} kB`;
}

function itemOf(element) {
  return items.find((item) => item.key === element.closest("li").dataset.key);
}

function tray() {
  return document.querySelector("[data-tray]");
}

function form() {
  return tray()?.closest("form");
}
