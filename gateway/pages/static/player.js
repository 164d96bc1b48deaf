// Scrubbing by the storyboard: pictures of a sprite, whose places and times are in a WebVTT file beside it.
"use strict";

function seconds(text) {
  return text.trim().split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
}

function cues(text, base) {
  const found = [];
  for (const block of text.split(/\r?\n\r?\n/)) {
    const read = /([\d:.]+) --> ([\d:.]+).*\r?\n(\S+)#xywh=(\d+),(\d+),(\d+),(\d+)/.exec(block);
    if (!read) continue;
    const [, from, until, file, ...box] = read;
    found.push({from: seconds(from), until: seconds(until), picture: new URL(file, base).href, box: box.map(Number)});
  }
  return found;
}

async function storyboard(player) {
  const video = player.querySelector("video");
  const base = new URL(player.dataset.storyboard, location.href);
  const answer = await fetch(base);
  if (!answer.ok) return;
  const found = cues(await answer.text(), base);
  if (!found.length) return;
  const pictures = new Map(found.map((cue) => [cue.picture, Object.assign(new Image(), {src: cue.picture})]));

  const scrub = Object.assign(document.createElement("div"), {className: "scrub"});
  const range = Object.assign(document.createElement("input"), {
    type: "range", min: 0, max: found[found.length - 1].until, step: 0.1, value: 0,
  });
  range.setAttribute("aria-label", "Look through the video");
  const canvas = document.createElement("canvas");
  canvas.hidden = true;
  canvas.setAttribute("aria-hidden", "true");
  scrub.append(range, canvas);
  player.append(scrub);

  const show = (at) => {
    const cue = found.find((each) => at < each.until) || found[found.length - 1];
    const [x, y, width, height] = cue.box;
    const picture = pictures.get(cue.picture);
    if (!picture.complete || !picture.naturalWidth) return;
    Object.assign(canvas, {width, height, hidden: false});
    canvas.getContext("2d").drawImage(picture, x, y, width, height, 0, 0, width, height);
    const whole = Math.floor(at);
    range.setAttribute("aria-valuetext", `${Math.floor(whole / 60)} min ${whole % 60} s`);
  };
  range.addEventListener("input", () => show(Number(range.value)));
  range.addEventListener("pointermove", (event) => {
    const box = range.getBoundingClientRect();
    show(((event.clientX - box.left) / box.width) * Number(range.max));
  });
  range.addEventListener("pointerleave", () => { canvas.hidden = true; });
  range.addEventListener("blur", () => { canvas.hidden = true; });
  range.addEventListener("change", () => { video.currentTime = Number(range.value); });
  video.addEventListener("timeupdate", () => { if (document.activeElement !== range) range.value = video.currentTime; });
}

for (const player of document.querySelectorAll("[data-player]")) {
  const note = player.querySelector("[data-needs-hls]");
  if (note && player.querySelector("video").canPlayType("application/vnd.apple.mpegurl")) note.hidden = true;
  if (player.dataset.storyboard) storyboard(player).catch(() => {}); // without it, the video plays all the same
}
