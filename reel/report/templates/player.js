// Of a video of ours: a bar that shows its storyboard, links to its moments, and the sound beside a rung that has none.
"use strict";

function seconds(text) {
  return text.trim().split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
}

function clock(at) {
  const whole = Math.floor(at);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
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

async function text(player, base) {
  // A page that was opened from disk may fetch nothing: it has the cues with it.
  if (player.dataset.cues) return player.dataset.cues;
  const answer = await fetch(base);
  return answer.ok ? answer.text() : "";
}

async function storyboard(player, video) {
  const base = new URL(player.dataset.storyboard, location.href);
  const found = cues(await text(player, base), base);
  if (!found.length) return;
  const pictures = new Map();
  const picture = (address) => {
    if (!pictures.has(address)) pictures.set(address, Object.assign(new Image(), {src: address}));
    return pictures.get(address);
  };

  const until = found[found.length - 1].until;
  const scrub = Object.assign(document.createElement("div"), {className: "scrub"});
  const range = Object.assign(document.createElement("input"), {type: "range", min: 0, max: until, step: 0.1, value: 0});
  range.setAttribute("aria-label", "Look through the video");
  const seen = Object.assign(document.createElement("figure"), {hidden: true});
  seen.setAttribute("aria-hidden", "true");
  const canvas = document.createElement("canvas");
  const told = document.createElement("figcaption");
  seen.append(canvas, told);
  scrub.append(seen, range);
  player.append(scrub);

  let wanted = null;
  const show = (at) => {
    const cue = found.find((each) => at < each.until) || found[found.length - 1];
    const [x, y, width, height] = cue.box;
    const sheet = picture(cue.picture);
    wanted = at;
    range.setAttribute("aria-valuetext", `${Math.floor(at / 60)} min ${Math.floor(at % 60)} s`);
    if (!sheet.complete) {
      sheet.addEventListener("load", () => wanted === at && show(at), {once: true});
      return;
    }
    if (!sheet.naturalWidth) return;
    seen.hidden = false;
    Object.assign(canvas, {width, height});
    canvas.getContext("2d").drawImage(sheet, x, y, width, height, 0, 0, width, height);
    told.textContent = clock(at);
    const free = scrub.clientWidth - seen.offsetWidth;
    seen.style.left = `${Math.max(0, Math.min(free, (at / until) * scrub.clientWidth - seen.offsetWidth / 2))}px`;
  };
  const hide = () => {
    wanted = null;
    seen.hidden = true;
  };
  range.addEventListener("input", () => show(Number(range.value)));
  range.addEventListener("focus", () => show(Number(range.value)));
  range.addEventListener("pointermove", (event) => {
    const box = range.getBoundingClientRect();
    show(Math.max(0, Math.min(until, ((event.clientX - box.left) / box.width) * until)));
  });
  range.addEventListener("pointerleave", hide);
  range.addEventListener("blur", hide);
  range.addEventListener("change", () => { video.currentTime = Number(range.value); });
  video.addEventListener("timeupdate", () => { if (document.activeElement !== range) range.value = video.currentTime; });
}

function moments(links, video) {
  for (const link of links) {
    link.addEventListener("click", (event) => {
      event.preventDefault(); // without scripts, it opens the file there
      video.currentTime = Number(link.dataset.at);
      video.scrollIntoView({block: "nearest"});
      video.play().catch(() => {});
    });
  }
}

function soundBeside(video) {
  let sound = null;
  video.addEventListener("loadedmetadata", () => {
    sound?.pause();
    const played = [...video.querySelectorAll("source")].find((each) => each.src === video.currentSrc);
    sound = played?.dataset.sound ? new Audio(played.dataset.sound) : null;
  });
  const follow = () => {
    if (!sound) return;
    Object.assign(sound, {volume: video.volume, muted: video.muted, playbackRate: video.playbackRate});
    if (Math.abs(sound.currentTime - video.currentTime) > 0.15) sound.currentTime = video.currentTime;
    if (video.paused || video.seeking || video.ended) sound.pause();
    else if (sound.paused) sound.play().catch(() => {});
  };
  for (const type of ["play", "playing", "pause", "seeking", "seeked", "timeupdate", "ratechange", "volumechange", "ended"]) {
    video.addEventListener(type, follow);
  }
}

for (const player of document.querySelectorAll("[data-player]")) {
  const video = player.querySelector("video");
  const note = player.querySelector("[data-needs-hls]");
  if (note && video.canPlayType("application/vnd.apple.mpegurl")) note.hidden = true;
  moments(player.parentElement.querySelectorAll("a[data-at]"), video);
  soundBeside(video);
  if (player.dataset.storyboard) storyboard(player, video).catch(() => {}); // without it, the video plays all the same
}
