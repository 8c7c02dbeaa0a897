/** The most rooms that are made at once. */
const MOST = 500;

/**
 * Room numbers as people say them: `0301-0312, 0315`; letters may stand before the digits, as in `A101-A110`. `undefined` if it says none or too
 * many.
 */
export function numbersOf(text: string): string[] | undefined {
  const found: string[] = [];
  for (const part of text.split(/[,，、;；\s]+/).filter((one) => one !== "")) {
    const match = /^([A-Za-z]*)(\d+)(?:[-–~到](?:\1)?(\d+))?$/.exec(part);
    if (!match) return undefined;
    const [, letters = "", first = "", last = first] = match;
    const [from, to] = [Number(first), Number(last)];
    if (to < from || to - from > MOST) return undefined;
    for (let n = from; n <= to; n += 1) found.push(letters + String(n).padStart(first.length, "0"));
  }
  return found.length > MOST ? undefined : [...new Set(found)];
}

/** A share as somebody types it in percent, in basis points; `undefined` if it is none. */
export function readShare(text: string): number | undefined {
  const match = /^(\d{1,3})(?:[.。](\d{1,2}))?$/.exec(text.trim().replace(/[%％]$/, ""));
  return match ? Number(match[1]) * 100 + Number((match[2] ?? "").padEnd(2, "0")) : undefined;
}
