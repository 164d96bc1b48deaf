/**
 * Bundle the slideshow, render its first frame, then its first FRAMES frames; the seconds of each go to times.json.
 *
 *     node render.mjs BROWSER FRAMES PROPERTIES
 */

import { writeFileSync } from "node:fs";
import path from "node:path";
import { bundle } from "@remotion/bundler";
import { renderMedia, selectComposition } from "@remotion/renderer";

const [browserExecutable, frames, properties] = process.argv.slice(2);
const here = (name) => path.join(import.meta.dirname, name);

const shared = {
  // Without the cache every run of the bench bundles alike.
  serveUrl: await bundle({
    entryPoint: here("slideshow.jsx"),
    publicDir: here("public"),
    outDir: here("bundle"),
    enableCaching: false,
  }),
  inputProps: JSON.parse(properties),
  browserExecutable,
  // Remotion's other mode is for the headless shell: it asks for the old headless mode, which Chromium no longer has.
  chromeMode: "chrome-for-testing",
};
const composition = await selectComposition({ ...shared, id: "slideshow" });
// Its zero is the start of the process: loading the modules counts as well.
const start = performance.now() / 1000;

/** Seconds that a render of the first frames takes. */
const render = async (count) => {
  const began = performance.now();
  await renderMedia({
    ...shared,
    composition,
    outputLocation: here("slideshow.mp4"),
    frameRange: [0, count - 1],
    codec: "h264",
    x264Preset: "fast",
    crf: 21.5,
    muted: true,
  });
  return (performance.now() - began) / 1000;
};

const first = await render(1);
const all = await render(Number(frames));
writeFileSync(here("times.json"), JSON.stringify({ start, first, all }));
