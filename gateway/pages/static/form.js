// The frame of a template as its form is filled in, and several files at once. Both work without, one step at a time.
"use strict";

const PAUSE_MS = 350;

function liveFrame(form) {
  const image = document.querySelector("[data-shown]");
  const told = document.querySelector("[data-frame-told]");
  let timer = 0;
  let asking = null;

  const show = async () => {
    asking?.abort();
    const mine = asking = new AbortController();
    told.textContent = "Making the frame …";
    try {
      const answer = await fetch(`${form.dataset.frame}?${new URLSearchParams(new FormData(form))}`, {signal: mine.signal});
      if (!answer.ok) {
        told.textContent = (await answer.json()).detail;
        return;
      }
      const blob = await answer.blob();
      if (image.src.startsWith("blob:")) URL.revokeObjectURL(image.src);
      image.src = URL.createObjectURL(blob);
      image.hidden = false;
      told.textContent = "";
    } catch (error) {
      if (error.name !== "AbortError") told.textContent = "The frame cannot be fetched at present.";
    }
  };
  form.addEventListener("input", (event) => {
    if (event.target.name === "project") return;
    clearTimeout(timer);
    timer = setTimeout(show, PAUSE_MS);
  });
  if (image.hidden) show();
}

function uploads(form) {
  const chosen = form.querySelector("input[type=file]");
  const told = form.querySelector("[data-uploaded]");
  chosen.multiple = true;

  const send = (file, number, of) => new Promise((resolve, reject) => {
    const fields = new FormData();
    fields.append("folder", form.elements.folder.value);
    fields.append("file", file);
    const request = new XMLHttpRequest(); // which tells how far it is, as fetch does not
    request.open("POST", form.action);
    request.upload.onprogress = (event) => {
      told.textContent = `${file.name}: ${Math.floor((100 * event.loaded) / event.total)} % (${number} of ${of})`;
    };
    request.onload = () => (request.status < 400 ? resolve() : reject(new Error(`${file.name} was refused.`)));
    request.onerror = () => reject(new Error(`${file.name} could not be sent.`));
    request.send(fields);
  });

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const files = [...chosen.files];
    try {
      for (const [index, file] of files.entries()) await send(file, index + 1, files.length);
      location.assign(form.action.replace(/\/upload$/, ""));
    } catch (error) {
      told.textContent = error.message;
      form.querySelectorAll("button").forEach((button) => { button.disabled = false; });
    }
  });
}

const ordered = document.querySelector("[data-frame]");
if (ordered) liveFrame(ordered);
const uploaded = document.querySelector("[data-upload]");
if (uploaded) uploads(uploaded);
