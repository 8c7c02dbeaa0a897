import AxeBuilder from "@axe-core/playwright";
import { expect, type Page, test } from "@playwright/test";
import { screensOf } from "./addresses";
import { PROPERTY, settled, speak } from "./desk";

const SIZES = { desktop: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } } as const;

/** What a test finds of serious faults. */
async function faults(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"])
    .analyze();
  return violations
    .filter((one) => one.impact === "serious" || one.impact === "critical")
    .flatMap((one) =>
      one.nodes.map(
        (node) => `${one.id}: ${node.target.join(" ")} ${node.failureSummary?.split("\n")[1]?.trim() ?? ""}`,
      ),
    );
}

/** What does not fit: the page wider than the window, a button, a chip or a heading cut off, two texts of a row over each other. */
function misfits(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    const say = (element: Element, what: string) =>
      found.push(`${what}: ${element.tagName.toLowerCase()}.${element.className} ${element.textContent?.slice(0, 60)}`);
    if (document.documentElement.scrollWidth > window.innerWidth + 1)
      found.push(`the page is ${document.documentElement.scrollWidth} wide`);
    const main = document.querySelector("main");
    if (main && main.scrollWidth > main.clientWidth + 1)
      found.push(`the content is ${main.scrollWidth} of ${main.clientWidth} wide`);
    for (const element of document.querySelectorAll<HTMLElement>(
      "button, a.btn, .chip, h1, h2, h3, th, .segment, label, dt, dd, .page-head > *, .card-head > *",
    )) {
      if (element.closest(".vh, .chart-scroll, .sheet, [hidden]") || element.offsetParent === null) continue;
      // What is cut on purpose, with dots, says so.
      if (getComputedStyle(element).textOverflow === "ellipsis") continue;
      if (
        element.clientWidth > 1 &&
        element.scrollWidth > element.clientWidth + 2 &&
        getComputedStyle(element).overflowX !== "auto"
      )
        say(element, "cut off");
      const box = element.getBoundingClientRect();
      const scroller = element.closest(".scroll-x, .segments, .tiles");
      if (!scroller && box.width > 0 && (box.right > window.innerWidth + 1 || box.left < -1)) say(element, "outside");
    }
    return [...new Set(found)];
  });
}

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
          expect.soft(await faults(page), name).toEqual([]);
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
  const found = (await faults(page)).join("\n");
  expect(found).toContain("button-name");
  expect(found).toContain("color-contrast");
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
