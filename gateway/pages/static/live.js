// Progress as it happens, by server-sent events: of one generation, or of those in a list. Texts are only ever set as texts.
"use strict";

const WORDS = {
  queued: "Queued", fetching: "Fetching assets", rendering: "Rendering", saving: "Saving",
  done: "Done", failed: "Failed", cancelled: "Cancelled",
};
const LAST = ["done", "failed", "cancelled"];
const TYPES = [
  "generation.queued", "generation.started", "generation.rendering", "generation.saving", "generation.progress",
  "generation.state", "generation.done", "generation.failed", "generation.cancelled",
];

function listen(address, hear) {
  const source = new EventSource(address);
  for (const type of TYPES) {
    source.addEventListener(type, (event) => hear(JSON.parse(event.data).data, type, source));
  }
}

function setStatus(within, status) {
  const shown = within.querySelector("[data-status]");
  if (!shown || !(status in WORDS)) return;
  shown.textContent = WORDS[status];
  shown.className = `status ${status}`;
}

function inWords(seconds) {
  return seconds < 90 ? `about ${Math.ceil(seconds)} s to go` : `about ${Math.round(seconds / 60)} min to go`;
}

function show(panel, told) {
  const progress = told.progress || told;
  if (typeof progress.percent !== "number") return;
  panel.querySelector("progress").value = progress.percent;
  panel.querySelector("[data-percent]").textContent = `${Math.floor(progress.percent)} %`;
  panel.querySelector("[data-doing]").textContent = progress.doing || "";
  panel.querySelector("[data-eta]").textContent = progress.eta_seconds ? inWords(progress.eta_seconds) : "";
}

const panel = document.querySelector("[data-live]");
if (panel) {
  listen(panel.dataset.live, (told, type, source) => {
    setStatus(document, told.status);
    show(panel, told);
    if (LAST.includes(told.status)) {
      source.close();
      location.reload(); // its files, or what went wrong, are on the page then
    }
  });
}

const news = document.querySelector("[data-live-list]");
if (news) {
  listen(news.dataset.liveList, (told, type) => {
    const row = document.querySelector(`[data-generation="${CSS.escape(told.generation)}"]`);
    if (row) {
      setStatus(row, told.status);
      const percent = told.status === "done" ? 100 : (told.progress || told).percent;
      if (typeof percent === "number") row.querySelector("[data-percent]").textContent = `${Math.floor(percent)} %`;
    } else if (type === "generation.queued" && news.hidden) {
      news.prepend(news.dataset.words);
      news.hidden = false;
    }
  });
}
