import { mkdirSync } from "node:fs";
import { test } from "@playwright/test";
import { screensOf } from "./addresses";
import { LANGUAGES, settled, speak } from "./desk";

const FOLDER = process.env.HEFU_SHOTS ?? "shots";
const ONLY = process.env.HEFU_SHOTS_ONLY?.split(",");

for (const language of LANGUAGES) {
  for (const theme of ["light", "dark"] as const) {
    for (const [size, width, height, scale] of [
      ["desktop", 1440, 900, 1],
      ["phone", 390, 844, 2],
    ] as const) {
      test(`${language} ${theme} ${size}`, async ({ browser }) => {
        test.setTimeout(240_000);
        mkdirSync(FOLDER, { recursive: true });
        const context = await browser.newContext({ viewport: { width, height }, deviceScaleFactor: scale });
        const page = await context.newPage();
        await speak(page, language, theme);
        for (const [name, path] of await screensOf(page)) {
          if (ONLY && !ONLY.includes(name)) continue;
          await page.goto("about:blank");
          await page.goto(path);
          await settled(page);
          await page.screenshot({ path: `${FOLDER}/${name}-${size}-${language}-${theme}.png` });
        }
        await context.close();
      });
    }
  }
}
