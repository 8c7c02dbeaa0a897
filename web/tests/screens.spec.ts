import { expect, test } from "@playwright/test";
import { screensOf } from "./addresses";
import { PROPERTY, settled, speak } from "./desk";
import { axeFaults, ibmFaults, misfits } from "./faults";

const SIZES = { desktop: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } } as const;

for (const [size, viewport] of Object.entries(SIZES)) {
  test.describe(size, () => {
    test.use({ viewport });

    for (const theme of ["light", "dark"] as const) {
      test(`no screen has a serious fault of access, ${theme}`, async ({ page }) => {
        test.setTimeout(600_000);
        await speak(page, theme === "light" ? "zh-CN" : "en", theme);
        for (const [name, path] of await screensOf(page)) {
          await page.goto("about:blank");
          await page.goto(path);
          await settled(page);
          expect.soft(await axeFaults(page), `${name}, axe`).toEqual([]);
          expect.soft(await ibmFaults(page), `${name}, IBM`).toEqual([]);
        }
      });
    }

    test("texts two fifths longer break no layout", async ({ page }) => {
      test.setTimeout(600_000);
      await speak(page, "long");
      for (const [name, path] of await screensOf(page)) {
        await page.goto("about:blank");
        await page.goto(path);
        await settled(page);
        expect.soft(await misfits(page), name).toEqual([]);
      }
    });
  });
}

test("a bad page is found out", async ({ page }) => {
  await speak(page, "en");
  await page.goto(`/p/${PROPERTY}/today`);
  await settled(page);
  await page.evaluate(() => {
    const main = document.querySelector("main");
    const button = document.createElement("button");
    const text = document.createElement("p");
    text.textContent = "hardly to be read";
    text.style.color = "#ccc";
    text.style.background = "#fff";
    const wide = document.createElement("div");
    wide.style.width = "4000px";
    wide.textContent = "much too wide";
    main?.append(button, text, wide);
  });
  const axe = (await axeFaults(page)).join("\n");
  expect(axe).toContain("button-name");
  expect(axe).toContain("color-contrast");
  const ibm = (await ibmFaults(page)).join("\n");
  expect(ibm).toContain("input_label_exists");
  expect(ibm).toContain("text_contrast_sufficient");
  expect((await misfits(page)).join("\n")).toContain("wide");
});

test("addresses outside of the app are answered as before", async ({ page, request }) => {
  for (const [path, type] of [
    ["/docs", "text/html"],
    ["/search", "text/html"],
    ["/openapi.json", "application/json"],
    ["/healthz", "application/json"],
  ] as const) {
    const answer = await request.get(path);
    expect(answer.status(), path).toBe(200);
    expect(answer.headers()["content-type"], path).toContain(type);
  }
  expect((await request.get("/api/v1/nothing")).status()).toBe(404);
  const answer = await page.goto(`/p/${PROPERTY}/today`);
  expect(answer?.headers()["content-security-policy"]).not.toContain("unsafe");
});
