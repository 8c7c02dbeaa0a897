import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "@playwright/test";

/** The engines as scripts. They are read once, and brought into a page once for all that is asked of it. */
const scriptOf = (path: string) => readFileSync(createRequire(import.meta.url).resolve(path), "utf8");
const AXE = scriptOf("axe-core/axe.min.js");
/** The engine of IBM's checker alone: its own packages would bring a browser of theirs. */
const IBM = scriptOf("accessibility-checker-engine/ace-window.js");

/** Brings an engine into a page, unless it is there. */
async function bring(page: Page, name: string, script: string): Promise<void> {
  if (!(await page.evaluate((known) => known in window, name))) await page.evaluate(`${script}\n;undefined`);
}

/** Part of what axe answers. */
interface AxeReport {
  violations: {
    id: string;
    impact?: string | null;
    nodes: { target: unknown[]; failureSummary?: string }[];
  }[];
}
interface Axe {
  run: (root: Document, options: object) => Promise<AxeReport>;
}

/** What axe is asked for: everything, or only what a theme can break. */
const EVERYTHING = {
  runOnly: { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] },
  // It goes through the whole page for what is of moderate impact at most, which is left out below.
  rules: { region: { enabled: false } },
};
const COLOURS = { runOnly: { type: "rule", values: ["color-contrast", "link-in-text-block"] } };

/** What axe finds of serious faults; `colours` are those alone that another theme may have. */
export async function axeFaults(page: Page, what: "everything" | "colours" = "everything"): Promise<string[]> {
  await bring(page, "axe", AXE);
  return page.evaluate(
    async (options) => {
      const { axe } = window as unknown as { axe: Axe };
      const { violations } = await axe.run(document, { ...options, resultTypes: ["violations"] });
      return violations
        .filter((one) => one.impact === "serious" || one.impact === "critical")
        .flatMap((one) =>
          one.nodes.map(
            (node) => `${one.id}: ${node.target.join(" ")} ${node.failureSummary?.split("\n")[1]?.trim() ?? ""}`,
          ),
        );
    },
    what === "colours" ? COLOURS : EVERYTHING,
  );
}

/** Part of what the engine answers. */
interface Report {
  results: { ruleId: string; value: [string, string]; message: string; path: { dom: string }; snippet: string }[];
}
interface Checker {
  /** The rules of each standard. */
  rulesetRules: Record<string, string[]>;
  check: (root: Document, standards: string[]) => Promise<Report>;
}
interface Engine {
  Checker: new () => Checker;
}

/**
 * Rules of IBM's engine that never find a violation: they only ask to look at something, which is left out anyway. They are the dear ones of that kind:
 * they compare each element with all others, with all rules of the style sheets or with lists of words.
 */
const REVIEWS = [
  "element_tabbable_unobscured",
  "element_tabbable_visible",
  "list_markup_review",
  "style_focus_visible",
  "style_hover_persistent",
  "text_block_heading",
  "text_sensory_misuse",
];

/**
 * What IBM's engine finds to be a violation, by WCAG 2.2. What it only wants to be looked at, and advice beyond the standard, is left out.
 */
export async function ibmFaults(page: Page): Promise<string[]> {
  await bring(page, "ace_ibma", IBM);
  return page.evaluate(
    async ([standard, reviews]) => {
      const { ace_ibma: engine } = window as unknown as { ace_ibma: Engine };
      const checker = new engine.Checker();
      const rules = checker.rulesetRules[standard] ?? [];
      checker.rulesetRules[standard] = rules.filter((rule) => !reviews.includes(rule));
      const { results } = await checker.check(document, [standard]);
      return results
        .filter(({ value }) => value[0] === "VIOLATION" && value[1] === "FAIL")
        .map(({ ruleId, message, snippet }) => `${ruleId}: ${message} ${snippet.slice(0, 120)}`);
    },
    ["WCAG_2_2", REVIEWS] as const,
  );
}

/**
 * How much of a page can be seen that could not be seen at any width before. What lies behind a dialog is none of it, nor is the frame, which is the same
 * around all screens and is looked at with one of them.
 */
export function newlySeen(page: Page): Promise<number> {
  return page.evaluate(() => {
    const scope = window as unknown as { hefuSeen?: WeakSet<Element> };
    const seen = scope.hefuSeen ?? new WeakSet<Element>();
    scope.hefuSeen = seen;
    let fresh = 0;
    for (const element of document.querySelectorAll("body *")) {
      if (seen.has(element) || !element.checkVisibility({ visibilityProperty: true })) continue;
      seen.add(element);
      if (!element.closest(".top, .tabs-bar, [aria-hidden=true], [inert]")) fresh += 1;
    }
    return fresh;
  });
}

/** What does not fit: the page wider than the window, a button, a chip or a heading cut off, two texts of a row over each other. */
export function misfits(page: Page): Promise<string[]> {
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
