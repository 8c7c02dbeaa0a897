import { greyOf } from "./picture";
import { readPicture } from "./read";

/** Longest side at which a picture is read, dots: a character of a zone is then some thirty wide. */
const LONGEST = 1_800;

/** What the page asks: the picture, and the date that says which century is meant. */
export interface Asked {
  picture: Blob;
  today: string;
}

// The picture is read beside the page, so that nothing waits for it, and is gone with the answer.
self.addEventListener("message", ({ data }: MessageEvent<Asked>) => {
  void (async () => {
    const bitmap = await createImageBitmap(data.picture);
    const scale = Math.min(1, LONGEST / Math.max(bitmap.width, bitmap.height));
    const [width, height] = [Math.round(bitmap.width * scale), Math.round(bitmap.height * scale)];
    const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
    if (!context) throw new Error("no canvas");
    context.imageSmoothingQuality = "high";
    context.drawImage(bitmap, 0, 0, width, height);
    bitmap.close();
    const { data: rgba } = context.getImageData(0, 0, width, height);
    self.postMessage({ scan: readPicture(greyOf(rgba, width, height), data.today) });
  })().catch(() => self.postMessage({ scan: undefined }));
});
