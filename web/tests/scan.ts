import type { Page } from "@playwright/test";
import { checkDigit } from "../src/screens/checkin/mrz";

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
