// Of all pages: times as the browser has them, and forms that are sent once.
"use strict";

for (const time of document.querySelectorAll("time[datetime]")) {
  const moment = new Date(time.dateTime);
  time.title = time.textContent;
  time.textContent = moment.toLocaleString(undefined, {dateStyle: "medium", timeStyle: "short"});
}

// What is still looked at: the page is loaded again once that has changed.
const waits = document.querySelector("[data-waits]");
const look = async () => {
  const answer = await fetch(location.href);
  if (answer.ok && (await answer.text()).includes(`data-waits="${waits.dataset.waits}"`)) setTimeout(look, 2000);
  else location.reload();
};
if (waits) setTimeout(() => look().catch(() => {}), 2000);

document.addEventListener("submit", (event) => {
  // After the form was read, or the button's own name would not be sent.
  setTimeout(() => event.target.method === "post" && event.target.querySelectorAll("button").forEach((button) => { button.disabled = true; }));
});
// Back from another page, which the browser may have kept as it was left.
window.addEventListener("pageshow", () => document.querySelectorAll("button").forEach((button) => { button.disabled = false; }));
