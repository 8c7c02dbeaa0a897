import type { Scanned } from "../mrz";
import type { Asked } from "./worker";

/** How long a picture is read at most, milliseconds. */
const PATIENCE = 20_000;

/** Reads a document in a picture, on this machine. The picture is kept nowhere. */
export function readPhoto(picture: Blob, today: string): Promise<Scanned | undefined> {
  return new Promise((resolve) => {
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    const end = (scan: Scanned | undefined) => {
      clearTimeout(timer);
      worker.terminate();
      resolve(scan);
    };
    const timer = setTimeout(() => end(undefined), PATIENCE);
    worker.addEventListener("message", ({ data }: MessageEvent<{ scan: Scanned | undefined }>) => end(data.scan));
    worker.addEventListener("error", () => end(undefined));
    worker.postMessage({ picture, today } satisfies Asked);
  });
}
