// Of all pages: times as the browser has them, and forms that are sent once.
"use strict";

for (const time of document.querySelectorAll("time[datetime]")) {
  const moment = new Date(time.dateTime);
  time.title = time.textContent;
  time.textContent = moment.toLocaleString(undefined, {dateStyle: "medium", timeStyle: "short"});
}

document.addEventListener("submit", (event) => {
  // After the form was read, or the button's own name would not be sent.
  setTimeout(() => event.target.method === "post" && event.target.querySelectorAll("button").forEach((button) => { button.disabled = true; }));
});
// Back from another page, which the browser may have kept as it was left.
window.addEventListener("pageshow", () => document.querySelectorAll("button").forEach((button) => { button.disabled = false; }));
