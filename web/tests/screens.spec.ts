import { expect, test } from "@playwright/test";
import { screensOf } from "./addresses";
import { PROPERTY, settled, speak, turn } from "./desk";
import { axeFaults, ibmFaults, misfits } from "./faults";

const DESKTOP = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };
/** Into so many tests the screens are shared out, which the workers take in turns. */
const PARTS = 8;

test.use({ viewport: DESKTOP });

// A screen is opened once. Both engines look at it in Chinese on a desktop and, with texts two fifths longer, on a phone, in one theme each; in the
// other theme only colours differ. Layouts are looked at wherever the screen comes by.
for (let part = 0; part < PARTS; part += 1) {
  test(`no screen has a serious fault of access or a broken layout, ${part + 1} of ${PARTS}`, async ({ page }) => {
    test.setTimeout(300_000);
    await speak(page, "zh-CN", "light");
    for (const [name, path] of (await screensOf(page)).filter((_, at) => at % PARTS === part)) {
      await page.setViewportSize(DESKTOP);
      await page.goto("about:blank");
      await page.goto(path);
      await settled(page, 300);
      expect.soft(await misfits(page), `${name}, desktop`).toEqual([]);
      expect.soft(await axeFaults(page), `${name}, desktop, axe`).toEqual([]);
      expect.soft(await ibmFaults(page), `${name}, desktop, IBM`).toEqual([]);
      await turn(page, "long", "dark");
      expect.soft(await misfits(page), `${name}, desktop, long texts`).toEqual([]);
      expect.soft(await axeFaults(page, "colours"), `${name}, desktop, dark`).toEqual([]);
      await page.setViewportSize(PHONE);
      await settled(page, 150);
      expect.soft(await misfits(page), `${name}, phone, long texts`).toEqual([]);
      expect.soft(await axeFaults(page), `${name}, phone, dark, axe`).toEqual([]);
      expect.soft(await ibmFaults(page), `${name}, phone, dark, IBM`).toEqual([]);
      await turn(page, "zh-CN", "light");
      expect.soft(await misfits(page), `${name}, phone`).toEqual([]);
      expect.soft(await axeFaults(page, "colours"), `${name}, phone, light`).toEqual([]);
    }
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
  // A colour that only the other theme makes unreadable is found after turning, and the text that was turned is there.
  await page.evaluate(() => {
    const style = new CSSStyleSheet();
    style.replaceSync(':root[data-theme="dark"] h1 { color: #333; background: #222; }');
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, style];
  });
  expect((await axeFaults(page, "colours")).filter((one) => one.includes("h1"))).toEqual([]);
  await turn(page, "long", "dark");
  expect((await axeFaults(page, "colours")).filter((one) => one.includes("h1"))).not.toEqual([]);
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
