import { expect, type Page, test as plain } from "@playwright/test";
import { NAMES, screensOf } from "./addresses";
import { PROPERTY, settled, speak, turn } from "./desk";
import { axeFaults, ibmFaults, misfits, newlySeen } from "./faults";

const DESKTOP = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };
/** The screen at which the frame is looked at on a phone, too, that is the same around all of them. */
const FRAMED = "today";

/** A page in which a worker opens one screen after the other, and where they are on its server. */
interface Opened {
  page: Page;
  addresses: ReadonlyMap<string, string>;
}

const test = plain.extend<object, { opened: Opened }>({
  opened: [
    async ({ browser }, give, { project }) => {
      const { baseURL, reducedMotion } = project.use;
      const context = await browser.newContext({ baseURL, reducedMotion, viewport: DESKTOP });
      const page = await context.newPage();
      await speak(page, "zh-CN", "light");
      await give({ page, addresses: new Map(await screensOf(page)) });
      await context.close();
    },
    { scope: "worker", timeout: 60_000 },
  ],
});

// A screen is opened once. Both engines look at it in Chinese and light on a desktop. With texts two fifths longer and dark, axe looks at the colours there
// and at everything on a phone. What a phone alone shows is looked at by both engines, in both themes. Layouts are looked at wherever the screen comes by.
for (const name of NAMES) {
  test(`screen ${name}: no serious fault of access, no broken layout`, async ({ opened: { page, addresses } }) => {
    const look = (where: string, faults: () => Promise<string[]>) =>
      test.step(where, async () => expect.soft(await faults(), `${name}, ${where}`).toEqual([]));
    await page.setViewportSize(DESKTOP);
    await page.goto("about:blank");
    await page.goto(addresses.get(name) ?? "");
    await settled(page, 300);
    await look("desktop, layout", () => misfits(page));
    await look("desktop, light, axe", () => axeFaults(page));
    await look("desktop, light, IBM", () => ibmFaults(page));
    await turn(page, "long", "dark");
    await look("desktop, layout with long texts", () => misfits(page));
    await look("desktop, dark, axe", () => axeFaults(page, "colours"));
    await newlySeen(page);
    await page.setViewportSize(PHONE);
    await settled(page, 150);
    const isOwn = name === FRAMED || (await newlySeen(page)) > 0;
    await look("phone, layout with long texts", () => misfits(page));
    await look("phone, dark, axe", () => axeFaults(page));
    if (isOwn) await look("phone, dark, IBM", () => ibmFaults(page));
    await turn(page, "zh-CN", "light");
    await look("phone, layout", () => misfits(page));
    if (isOwn) await look("phone, light, axe", () => axeFaults(page, "colours"));
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

test("what a phone alone shows is noticed", async ({ page }) => {
  await speak(page, "en");
  await page.goto(`/p/${PROPERTY}/today`);
  await settled(page);
  await newlySeen(page);
  await page.setViewportSize(PHONE);
  expect(await newlySeen(page)).toBeGreaterThan(0);
  await page.setViewportSize(DESKTOP);
  await page.evaluate(() => {
    const style = new CSSStyleSheet();
    style.replaceSync("@media (min-width: 760px) { .for-phones { display: none; } }");
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, style];
    const text = document.createElement("p");
    text.className = "for-phones";
    text.textContent = "for phones";
    document.querySelector("main")?.append(text);
  });
  await newlySeen(page);
  await page.setViewportSize(PHONE);
  expect(await newlySeen(page)).toBe(1);
  expect(await newlySeen(page)).toBe(0);
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
