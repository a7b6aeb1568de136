// Sets a group's picture: whatever the browser can draw is cut to a square, uploaded as JPEG and given to the form.

import { showNotice } from "./notices.js";
import { upload } from "./uploads.js";

const SIDE = 640;
const QUALITY = 0.9;

export function installPortrait() {
  document.addEventListener("change", (event) => {
    const form = event.target.form;
    if (event.target.type === "file" && form?.hasAttribute("data-portrait")) set(form, event.target);
  });
}

async function set(form, field) {
  const [chosen] = field.files;
  if (!chosen || form.getAttribute("aria-busy") === "true") return;
  try {
    const file = await square(chosen);
    form.elements.picture.value = await upload({ file, kind: "image" }, form.dataset.portrait, form.elements.token.value);
    field.value = "";
    form.requestSubmit();
  } catch (error) {
    showNotice(form, error.sentence ?? "The picture could not be uploaded. Try again in a moment.");
  }
}

async function square(chosen) {
  const picture = await createImageBitmap(chosen).catch(() => {
    throw { sentence: "The browser cannot show this file as a picture." };
  });
  const edge = Math.min(picture.width, picture.height);
  const canvas = Object.assign(document.createElement("canvas"), { width: SIDE, height: SIDE });
  const drawing = canvas.getContext("2d");
  // What is transparent would become black.
  drawing.fillStyle = "#fff";
  drawing.fillRect(0, 0, SIDE, SIDE);
  drawing.drawImage(picture, (picture.width - edge) / 2, (picture.height - edge) / 2, edge, edge, 0, 0, SIDE, SIDE);
  const jpeg = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
  return new File([jpeg], "picture.jpg", { type: "image/jpeg" });
}
