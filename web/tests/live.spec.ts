import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, type Page, test } from "@playwright/test";
import { addDays } from "../src/lib/format";
import { board, PROPERTY, settled, speak, textsOf } from "./desk";
import { serve } from "./server";

const T = textsOf("en");
const live = (page: Page) => page.getByRole("status").filter({ hasText: T.top.live });

test("what happens elsewhere is on the boards of two tabs at once, over one stream", async ({ context, request }) => {
  const streams: string[] = [];
  context.on("request", (one) => {
    if (/\/changes/.test(one.url())) streams.push(one.url());
  });
  const pages = [await context.newPage(), await context.newPage()];
  for (const page of pages) {
    await speak(page, "en");
    await page.goto(`/p/${PROPERTY}/today`);
    await settled(page);
    await expect(live(page)).toBeVisible();
  }
  expect(streams).toHaveLength(1);
  const today = (await board(request)).business_date;
  const name = `Wanda Sparrow ${`${Date.now()}`.slice(-5)}`;
  const booked = await request.post("/api/v1/reservations", {
    data: {
      property: PROPERTY,
      guest: { profile: { full_name: name } },
      rooms: [{ room_type: "DBL", rate_plan: "BAR", arrival: today, departure: addDays(today, 1) }],
    },
  });
  expect(booked.ok()).toBe(true);
  // Sooner than any board would ask by itself.
  for (const page of pages) await expect(page.getByRole("link", { name }).first()).toBeVisible({ timeout: 8_000 });
});

test("a restart of the server is lived through, with nothing that was typed lost", async ({ page }) => {
  test.setTimeout(180_000);
  const port = Number(process.env.HEFU_WEB_PORT ?? "8189") + 4;
  const data = mkdtempSync(join(tmpdir(), "hefu-live-"));
  let stop = await serve(data, port, "--demo");
  try {
    await speak(page, "en");
    await page.goto(`http://127.0.0.1:${port}/p/${PROPERTY}/book`);
    await settled(page);
    await expect(live(page)).toBeVisible();
    await page.getByLabel(T.book.name).fill("Rosalind Whitcombe");
    await stop();
    await page.getByLabel(T.book.adults).fill("1");
    await expect(page.getByRole("alert").filter({ hasText: T.state.lost }).first()).toBeVisible({ timeout: 20_000 });
    await page.getByRole("textbox", { name: T.word.phone }).fill("+44 20 7946 0181");
    stop = await serve(data, port, "--demo");
    await expect(page.getByRole("alert").filter({ hasText: T.state.lost })).toHaveCount(0, { timeout: 30_000 });
    await expect(page.getByLabel(T.book.name)).toHaveValue("Rosalind Whitcombe");
    await expect(page.getByRole("textbox", { name: T.word.phone })).toHaveValue("+44 20 7946 0181");
    await expect(live(page)).toBeVisible({ timeout: 45_000 });
    await settled(page);
    await page.getByRole("button", { name: /\d\.\d\d/ }).click();
    await expect(page.getByRole("heading", { level: 1, name: "Rosalind Whitcombe" })).toBeVisible();
  } finally {
    await stop();
  }
});
