import { deflateSync } from "node:zlib";
import type { Page } from "@playwright/test";
import { checkDigit } from "../src/screens/checkin/mrz";
import type { Grey } from "../src/screens/checkin/photo/picture";

/** A passport of an invented person, as a reader types it. */
export function passport(surname: string, given: string, number: string): string {
  const fill = (text: string, width: number) => text.padEnd(width, "<");
  const checked = (text: string) => text + checkDigit(text);
  const id = checked(fill(number, 9));
  const dates = [checked("900307"), checked("350630")] as const;
  const rest = checked(fill("", 14));
  const last = checkDigit(id + dates[0] + dates[1] + rest);
  return `${fill(`P<UTO${surname}<<${given}`, 44)}\n${id}UTO${dates[0]}F${dates[1]}${rest}${last}`;
}

/** Types as a scanner does: into the page, with no field in the focus. */
export async function scan(page: Page, text: string): Promise<void> {
  await page.evaluate((typed) => {
    (document.activeElement as HTMLElement | null)?.blur();
    for (const character of typed)
      document.body.dispatchEvent(
        new KeyboardEvent("keydown", {
          key: character === "\n" ? "Enter" : character,
          bubbles: true,
          cancelable: true,
        }),
      );
  }, text);
}

/** A picture as a PNG, in shades of grey (RFC 2083). */
export function pngOf({ width, height, at }: Grey): Buffer {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  // Eight bits of grey.
  head[8] = 8;
  const rows = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y += 1)
    Buffer.from(at.subarray(y * width, (y + 1) * width)).copy(rows, y * (width + 1) + 1);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", head),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(kind: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(kind, "latin1"), data]);
  let crc = 0xffffffff;
  for (const byte of body) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE((crc ^ 0xffffffff) >>> 0, 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}
