import { type APIRequestContext, expect, type Page, test } from "@playwright/test";
import { addDays } from "../src/lib/format";
import { board, filled, LANGUAGES, PROPERTY, settled, speak, textsOf } from "./desk";

interface Room {
  number: string;
  room_type: string;
}

/** Books a room by the hour on the screen, and says what stands in its address then. */
async function bookAt(page: Page, language: "zh-CN" | "en", date: string, time: string, room: string, name: string) {
  const T = textsOf(language);
  await page.goto(`/p/${PROPERTY}/book?by=hours&arrival=${date}&at=480`);
  await settled(page);
  await page.getByLabel(T.hours.at).fill(time);
  await page.getByLabel(T.book.name).fill(name);
  await settled(page);
  const pick = page.getByRole("button", { name: new RegExp(T.word.room) }).last();
  await pick.click();
  await page.getByRole("option", { name: room }).click();
  await page.keyboard.press("F9");
  await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
}

async function free(request: APIRequestContext, date: string, minute: number): Promise<Room[]> {
  const answer = await request.get(
    `/api/v1/properties/${PROPERTY}/free-rooms?from=${date}&to=${addDays(date, 1)}&minute=${minute}&hours=4`,
  );
  expect(answer.ok()).toBe(true);
  return (await answer.json()) as Room[];
}

for (const [at, language] of LANGUAGES.entries()) {
  const T = textsOf(language);
  test.describe(`guests by the hour, ${language}`, () => {
    test.beforeEach(async ({ page }) => speak(page, language));

    test("have one room on one day, one after the other, and the chart shows both", async ({ page, request }) => {
      const date = addDays((await board(request)).business_date, 5 + at);
      const quote = await request.post(`/api/v1/properties/${PROPERTY}/quote`, {
        data: { arrival: date, departure: date, adults: 2, arrival_minute: 840 },
      });
      const { offers } = (await quote.json()) as {
        offers: { room_type: string; refusals: unknown[]; total: number }[];
      };
      const cheapest = offers.filter((one) => one.refusals.length === 0).sort((a, b) => a.total - b.total)[0];
      const room = (await free(request, date, 840)).find((one) => one.room_type === cheapest?.room_type)?.number ?? "";
      const [first, second] = language === "en" ? ["Ada Quill", "Ben Moss"] : ["司徒望舒", "欧阳静好"];
      await bookAt(page, language, date, "14:00", room, first ?? "");
      await expect(page.getByText("14:00 – 18:00").first()).toBeVisible();
      // At four somebody is there; at six the room is free again.
      expect((await free(request, date, 960)).map((one) => one.number)).not.toContain(room);
      await bookAt(page, language, date, "1800", room, second ?? "");
      await expect(page.getByText("18:00 – 22:00").first()).toBeVisible();
      await page.goto(`/p/${PROPERTY}/chart?from=${date}`);
      await settled(page);
      const bar = page.getByRole("button", { name: new RegExp(`${first} 14:00 – 18:00.*${second} 18:00 – 22:00`) });
      await bar.click();
      const drawer = page.getByRole("complementary", { name: T.chart.drawer });
      await drawer.getByRole("button", { name: second ?? "" }).click();
      await expect(drawer.getByRole("heading", { level: 2 })).toContainText(second ?? "");
    });

    test("who walks in takes the hours from now on, checks in, and sees what staying on costs before it is charged", async ({
      page,
      request,
    }) => {
      const name = language === "en" ? "Clara Finch" : "诸葛听雨";
      await page.goto(`/p/${PROPERTY}/book?by=hours&walkin=yes`);
      await settled(page);
      await page.getByLabel(T.book.name).fill(name);
      await settled(page);
      await page.keyboard.press("F9");
      await expect(page.getByRole("heading", { level: 1, name: T.checkin.title })).toBeVisible();
      await settled(page);
      const confirm = page.getByRole("region", { name: T.checkin.four });
      await expect(confirm).toContainText(/\d\d:\d\d – /);
      for (const step of [T.checkin.press.document, T.checkin.press.rate, T.checkin.press.dates])
        await confirm.getByRole("button", { name: step }).click();
      const dirty = page.getByRole("region", { name: T.checkin.room }).getByRole("checkbox");
      if ((await dirty.count()) > 0) await dirty.first().locator("xpath=ancestor::label").click();
      await confirm.getByRole("button", { name: new RegExp(filled(T.checkin.do, { room: "\\d{4}" })) }).click();
      await expect(page.getByText(T.desk.due_out).first()).toBeVisible();
      const number = /visits\/([\d-]+)/.exec(page.url())?.[1] ?? "";
      // Two hours beyond, as the server would say it then.
      await page.route(/\/api\/v1\/visits\/[^/]+\?/, async (route) => {
        const answer = await route.fetch();
        if (answer.status() !== 200) return route.fulfill({ response: answer });
        const view = (await answer.json()) as { consumption: { to_come: object[]; at_check_out: number } };
        const [block] = view.consumption.to_come as { total: number }[];
        view.consumption.to_come.push({ ...block, at: "check_out", hours_over: 2, total: 12_720 });
        view.consumption.at_check_out += 12_720;
        await route.fulfill({ response: answer, json: view });
      });
      await page.goto(`/p/${PROPERTY}/visits/${number}/folio`);
      const checks = page.getByRole("region", { name: T.folio.checks });
      await expect(checks).toContainText(filled(T.hours.over_hours_other, { count: 2 }));
      await expect(checks).toContainText("127.20");
      const posted = page.waitForRequest(/\/nights$/);
      await checks.getByRole("button", { name: T.hours.post }).click();
      await posted;
      await page.unrouteAll({ behavior: "ignoreErrors" });
      const living = (await board(request)).in_house.map((row) => row.number);
      expect(living).toContain(number);
    });
  });
}

test("a time that is none is said to be none", async ({ page }) => {
  await speak(page, "en");
  const T = textsOf("en");
  await page.goto(`/p/${PROPERTY}/book`);
  await settled(page);
  await page.getByRole("radio", { name: T.hours.hourly, exact: true }).check({ force: true });
  await expect(page).toHaveURL(/by=hours/);
  await page.getByLabel(T.hours.at).fill("25:99");
  await expect(page.getByText(T.hours.at_form)).toBeVisible();
});
