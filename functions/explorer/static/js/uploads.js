// Sends what is in the tray, one file after the other: each is uploaded to S3 by a form of the API, then its message is
// queued. What was not sent stays in the tray with the reason, and is sent with the next press.

import { announce } from "./announce.js";
import { endReply } from "./acts.js";
import { pollNow, signInAgain } from "./live.js";
import { refusalOf, remove, showProgress, showTray, takesCaption, trayItems } from "./tray.js";

const NO_ANSWER = "The Explorer does not answer. Try again in a moment.";
let sending = false;

// Returns whether there is anything to send. The text becomes the caption of the first file that can have one.
export function sendFiles(form) {
  if (trayItems().length === 0) return false;
  if (sending || trayItems().some(refusalOf)) return true;
  const { text, to, chat, reply_to: reply } = form.elements;
  const target = { action: form.getAttribute("action"), to: to.value, chat: chat?.value ?? "", token: form.elements.token.value };
  const captioned = trayItems().find((item) => takesCaption(item) && !item.caption);
  if (captioned && text.value.trim()) {
    captioned.caption = text.value;
    text.value = "";
    text.dispatchEvent(new Event("input", { bubbles: true }));
  }
  for (const item of trayItems()) item.reply_to ??= reply?.value ?? "";
  endReply(form);
  run(target);
  return true;
}

async function run(target) {
  sending = true;
  for (const item of [...trayItems()]) {
    delete item.reason;
    const answer = await send(item, target);
    if (answer.ended) return signInAgain();
    // It was taken out of the tray meanwhile.
    if (!trayItems().includes(item)) continue;
    if (!answer.error) {
      remove(item);
      continue;
    }
    item.reason = answer.error;
    announce(`Not sent: ${answer.error}`);
    showTray();
  }
  sending = false;
  pollNow();
}

async function send(item, { action, to, chat, token }) {
  try {
    // What was uploaded is not uploaded again because its message was refused.
    item.media ??= await upload(item, action.replace(/messages$/, "uploads"), token);
    const fields = { to, chat, kind: item.kind, media: item.media, caption: item.caption ?? "", reply_to: item.reply_to, key: item.key };
    return await ask(action, { ...fields, token });
  } catch (error) {
    return { error: error.sentence ?? NO_ANSWER, ended: error.ended };
  }
}

// Returns the id of what was uploaded.
export async function upload(item, address, token) {
  const offered = await ask(address, { kind: item.kind, name: item.file.name, token });
  if (offered.error || offered.ended) throw { sentence: offered.error, ended: offered.ended };
  if (item.file.size > offered.max_bytes) throw { sentence: `Too large: at most ${offered.max_bytes / 1e6} MB are allowed.` };
  const body = new FormData();
  for (const [name, value] of Object.entries(offered.fields)) body.append(name, value);
  body.append("file", item.file);
  await store(item, offered.url, body);
  return offered.id;
}

// fetch tells nothing of how far an upload is.
function store(item, url, body) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    item.request = request;
    request.upload.addEventListener("progress", ({ loaded, total }) => showProgress(item, loaded / total));
    request.addEventListener("loadend", () => {
      delete item.request;
      if (request.status >= 200 && request.status < 300) resolve();
      else reject({ sentence: "The file could not be uploaded. Try again in a moment." });
    });
    request.open("POST", url);
    request.send(body);
  });
}

async function ask(address, fields) {
  const response = await fetch(address, { method: "POST", body: new URLSearchParams(fields), headers: { Accept: "application/json" } });
  return response.redirected ? { ended: true } : await response.json();
}
