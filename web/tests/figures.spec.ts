import { readFileSync } from "node:fs";
import { type CDPSession, expect, type Page, test } from "@playwright/test";
import { addDays } from "../src/lib/format";
import { board, PROPERTY, painted, settled, speak, textsOf } from "./desk";

/**
 * How fast the app is, printed and not asserted: absolute times change with the machine. `scripts/web.sh figures` runs it after the stories of
 * a visit's life, whose keys and presses it counts too.
 */

const T = textsOf("zh-CN");

function figure(what: string, value: string, goal: string): void {
  process.stdout.write(`figure | ${what} | ${value} | ${goal}\n`);
}

/** The value so many hundredths of all are at most. */
function percentile(all: readonly number[], hundredths: number): number {
  const sorted = [...all].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((sorted.length * hundredths) / 100) - 1)] ?? Number.NaN;
}
const median = (all: readonly number[]) => percentile(all, 50);
const ms = (value: number) => `${value.toFixed(1)} ms`;

/** Seconds that the page has spent on scripts, and on styles and layout. */
async function spent(cdp: CDPSession): Promise<{ script: number; layout: number }> {
  const { metrics } = (await cdp.send("Performance.getMetrics")) as { metrics: { name: string; value: number }[] };
  const of = (name: string) => metrics.find((one) => one.name === name)?.value ?? 0;
  return { script: of("ScriptDuration"), layout: of("LayoutDuration") + of("RecalcStyleDuration") };
}

/** The same numbers every time. */
function invented(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
}

interface Row {
  [field: string]: unknown;
  arrival: string;
  departure: string;
  room: string | null;
  room_type: string;
}

/** Answers as a house of so many rooms would, full for a year: nothing of it is in the server. */
async function furnish(page: Page, count: number, today: string): Promise<void> {
  const below = invented(count);
  let types: string[] = [];
  let rooms: { number: string; room_type: string }[] = [];
  const living: Row[] = [];
  const arrivals = new Map<string, Row[]>();
  let number = 0;
  const row = (room: string | null, room_type: string, arrival: string, departure: string, desk_state: string): Row => {
    number += 1;
    const digits = String(1_000_000_000 + number);
    return {
      number: `${digits.slice(0, 3)}-${digits.slice(3, 6)}-${digits.slice(6)}`,
      line: 1,
      guest: `${["王", "欧阳", "Whitcombe ", "李"][below(4)]}${["静好", "望舒", "Rosalind", "伟"][below(4)]}`,
      flags: [],
      features: [],
      inclusions: [],
      adults: 2,
      children: 0,
      room,
      room_type,
      arrival,
      departure,
      desk_state,
      balance: 0,
    };
  };
  const fill = () => {
    const end = addDays(today, 365);
    for (const room of rooms) {
      let date = addDays(today, 1 + below(4));
      living.push(row(room.number, room.room_type, addDays(today, -1 - below(3)), date, "in_house"));
      while (date < end) {
        const departure = addDays(date, 1 + below(4));
        const coming = row(room.number, room.room_type, date, departure, "expected");
        const known = arrivals.get(date);
        if (known) known.push(coming);
        else arrivals.set(date, [coming]);
        date = addDays(departure, below(2));
      }
    }
  };
  await page.route(`**/api/v1/properties/${PROPERTY}`, async (route) => {
    const answer = await route.fetch();
    const view = (await answer.json()) as {
      rooms: { number: string; room_type: string }[];
      room_types: { code: string }[];
      rate_plans: { hours?: unknown }[];
    };
    if (rooms.length === 0) {
      types = view.room_types.map((one) => one.code);
      rooms = Array.from({ length: count }, (_, at) => ({
        ...view.rooms[0],
        number: String(10_000 + at),
        room_type: types[at % types.length] ?? "",
      }));
      fill();
    }
    await route.fulfill({ response: answer, json: { ...view, rooms } });
  });
  await page.route(/\/lists\/(in_house|arrivals)\?/, async (route) => {
    const url = new URL(route.request().url());
    const date = url.searchParams.get("date") ?? today;
    const rows = url.pathname.endsWith("in_house") ? living : (arrivals.get(date) ?? []);
    await route.fulfill({ json: { list: "arrivals", date, property: PROPERTY, rows, next: null } });
  });
  await page.route(/\/availability\?/, async (route) => {
    const query = new URL(route.request().url()).searchParams;
    const answer: object[] = [];
    for (let night = query.get("from") ?? today; night < (query.get("to") ?? today); night = addDays(night, 1))
      for (const room_type of types) answer.push({ room_type, night, left: below(9) - 1, overbooked: 0, rooms: count });
    await route.fulfill({ json: answer });
  });
}

for (const [rooms, days, script] of [
  [500, 60, 100],
  [2_000, 365, 250],
] as const) {
  test(`the chart of ${rooms} rooms and ${days} days`, async ({ page }) => {
    test.setTimeout(300_000);
    await speak(page, "zh-CN");
    const today = (await board(page.request)).business_date;
    await furnish(page, rooms, today);
    const address = `/p/${PROPERTY}/chart${days === 365 ? "?days=365" : ""}`;
    await page.goto(address);
    await settled(page);
    await expect(page.locator("[data-bar]").first()).toBeVisible();
    const cdp = await page.context().newCDPSession(page);
    await cdp.send("Performance.enable");
    const scripts: number[] = [];
    const layouts: number[] = [];
    for (let time = 0; time < 7; time += 1) {
      // Back and forth within the app: what is known stays known, and the chart is made anew.
      await page.getByRole("navigation", { name: T.nav.main }).getByRole("link", { name: T.nav.groups }).click();
      await expect(page.locator(".chart-screen")).toHaveCount(0);
      await settled(page, 200);
      const before = await spent(cdp);
      await page.goBack();
      await page.locator("[data-bar]").first().waitFor();
      await painted(page);
      const after = await spent(cdp);
      scripts.push((after.script - before.script) * 1_000);
      layouts.push((after.layout - before.layout) * 1_000);
      await settled(page, 200);
    }
    const nodes = await page.evaluate(() => document.querySelectorAll(".chart-screen *").length);
    figure(`tape chart ${rooms} × ${days}, script of its mount`, ms(median(scripts)), `at most ${script} ms`);
    figure(`tape chart ${rooms} × ${days}, styles and layout`, ms(median(layouts)), "");
    figure(`tape chart ${rooms} × ${days}, nodes`, String(nodes), "at most 1,500");
    await cdp.send("Emulation.setCPUThrottlingRate", { rate: 4 });
    for (const [direction, x, y] of [
      ["down", 0, 60],
      ["right", 60, 0],
    ] as const) {
      const frames = await page.evaluate(
        ([dx, dy]) =>
          new Promise<number[]>((resolve) => {
            const box = document.querySelector(".chart-scroll");
            const all: number[] = [];
            let last = performance.now();
            const step = (now: number) => {
              all.push(now - last);
              last = now;
              box?.scrollBy(dx, dy);
              if (all.length < 120) requestAnimationFrame(step);
              else resolve(all.slice(2));
            };
            requestAnimationFrame(step);
          }),
        [x, y] as const,
      );
      figure(
        `tape chart ${rooms} × ${days}, a frame while scrolling ${direction}, CPU at a quarter`,
        `${ms(median(frames))}, 95 of 100 within ${ms(percentile(frames, 95))}`,
        "a frame is 16.7 ms",
      );
    }
    await cdp.send("Emulation.setCPUThrottlingRate", { rate: 1 });
  });
}

test("an answer of the search box", async ({ page }) => {
  test.setTimeout(180_000);
  await speak(page, "zh-CN");
  const day = await board(page.request);
  const names = [...day.arrivals, ...day.in_house].map((row) => (row as unknown as { guest: string }).guest);
  const sought = names.flatMap((name) => [name.slice(0, 2), name]).slice(0, 60);
  await page.goto(`/p/${PROPERTY}/today`);
  await settled(page);
  await page.keyboard.press("/");
  const box = page.getByRole("combobox");
  await expect(box).toBeFocused();
  const took: number[] = [];
  for (const text of sought) {
    await box.fill("");
    await settled(page, 150);
    await page.evaluate(() => {
      const list = document.querySelector(".find-list");
      Object.assign(window, {
        answered: new Promise<number>((resolve) => {
          let since = 0;
          const typed = (event: Event) => {
            since = event.timeStamp;
          };
          addEventListener("input", typed, { once: true, capture: true });
          const seen = () => {
            if (since === 0 || !list?.querySelector("[role=group] [role=option]:not(.hit-act)")) return;
            changes.disconnect();
            requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - since)));
          };
          const changes = new MutationObserver(seen);
          if (list) changes.observe(list, { childList: true, subtree: true, attributes: true });
          setTimeout(() => resolve(Number.NaN), 3_000);
        }),
      });
    });
    await page.keyboard.insertText(text);
    const answer = await page.evaluate(() => (window as unknown as { answered: Promise<number> }).answered);
    if (!Number.isNaN(answer)) took.push(answer);
  }
  figure(
    `search answer painted, ${took.length} of ${sought.length} names, data of the demonstration`,
    `median ${ms(median(took))}, 95 of 100 within ${ms(percentile(took, 95))}`,
    "95 of 100 within 100 ms",
  );
});

test("keys and presses of the stories until the next paint", () => {
  const file = process.env.HEFU_WEB_INTERACTIONS;
  test.skip(!file, "taken by scripts/web.sh figures");
  const lines = readFileSync(file ?? "", "utf8")
    .split("\n")
    .map((line) => line.split(" "));
  const all = lines.filter(([kind]) => kind === "keydown" || kind === "click").length;
  const slow = new Map<string, number>();
  for (const [kind, id = "", duration] of lines)
    if (kind === "slow") slow.set(id, Math.max(slow.get(id) ?? 0, Number(duration)));
  // What took less than a frame is not told of: it is counted as a frame.
  const took = [...slow.values(), ...Array.from({ length: Math.max(0, all - slow.size) }, () => 16)];
  figure(
    `interaction to next paint, ${took.length} interactions of the stories`,
    `median ${ms(median(took))}, 98 of 100 within ${ms(percentile(took, 98))}, longest ${ms(Math.max(...took))}`,
    "98 of 100 within 100 ms",
  );
});
