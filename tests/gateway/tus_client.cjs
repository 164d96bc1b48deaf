// Uploads a file by tus-js-client as people use it: in chunks, stopped in the middle, and resumed from the address that it kept.
const fs = require("fs");
const tus = require("tus-js-client");

const [endpoint, authorization, path] = process.argv.slice(2);
const urlStorage = new tus.FileUrlStorage(`${path}.urls.json`);

function begin(onProgress) {
  return new Promise((resolve, reject) => {
    const upload = new tus.Upload(fs.createReadStream(path), {
      endpoint,
      urlStorage,
      headers: { Authorization: authorization },
      chunkSize: 1 << 20,
      uploadSize: fs.statSync(path).size,
      metadata: { filename: "clip.mov", filetype: "video/quicktime" },
      fingerprint: () => Promise.resolve("the-file"),
      retryDelays: [0, 200, 1000, 3000],
      onError: reject,
      onSuccess: () => resolve(upload.url),
      onChunkComplete: (_, accepted) => onProgress(accepted, upload, resolve),
    });
    upload.findPreviousUploads().then((found) => {
      if (found.length) upload.resumeFromPreviousUpload(found[0]);
      upload.start();
    });
  });
}

(async () => {
  const stopped = await begin((accepted, upload, resolve) => {
    if (accepted >= 2 << 20) upload.abort().then(() => resolve(null));
  });
  if (stopped !== null) throw new Error("it was not stopped in the middle");
  let first = 0;
  const url = await begin((accepted) => (first = first || accepted));
  if (first <= 2 << 20) throw new Error(`it began anew: ${first}`);
  console.log(url);
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
