import { expect, type Page, test } from "@playwright/test";
import { addDays } from "../src/lib/format";
import { board, filled, LANGUAGES, PROPERTY, settled, speak, textsOf, visit } from "./desk";
import { axeFaults } from "./faults";

/** The number of the visit whose record is open. */
async function numberOf(page: Page): Promise<string> {
  await expect(page).toHaveURL(/\/visits\/\d{3}-\d{3}-\d{4}(\?.*)?$/);
  return /visits\/([\d-]+)/.exec(page.url())?.[1] ?? "";
}

for (const language of LANGUAGES) {
  const T = textsOf(language);
  const name = language === "en" ? "Rosalind Whitcombe" : "欧阳静好";
  const phone = language === "en" ? "+44 20 7946 0181" : "139 0571 2299";

  test.describe
    .serial(`the life of a visit, ${language}`, () => {
      let number = "";
      const open = async (page: Page, screen = "") => {
        await page.goto(`/p/${PROPERTY}/visits/${number}${screen}`);
        await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
        await settled(page);
      };
      test.beforeEach(async ({ page }) => speak(page, language));

      test("it is booked, with a price that follows the dates", async ({ page, request }) => {
        await page.goto(`/p/${PROPERTY}/today`);
        await settled(page);
        await page.keyboard.press("F2");
        await expect(page.getByRole("heading", { name: T.today.book })).toBeVisible();
        const price = page.getByRole("button", { name: new RegExp(`^${filled(T.book.do, { amount: "" }).trim()}`) });
        await expect(price).toContainText(/\d\.\d\d/);
        const before = await price.textContent();
        const [year = "", month = "", day = ""] = addDays((await board(request)).business_date, 2).split("-");
        await page.getByRole("group", { name: T.word.departure }).getByRole("spinbutton").first().focus();
        await page.keyboard.type(language === "en" ? day + month + year : year + month + day, { delay: 30 });
        await expect(price).not.toHaveText(before ?? "");
        await page.getByLabel(T.book.name).fill(name);
        await page.getByRole("textbox", { name: T.word.phone }).fill(phone);
        await settled(page);
        await price.click();
        number = await numberOf(page);
        await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
        expect((await visit(request, number)).booking.reservation.state).toBe("reserved");
      });

      test("booked again, the second booking is shown as a possible duplicate", async ({ page, request }) => {
        await page.goto(`/p/${PROPERTY}/book`);
        await page.getByLabel(T.book.name).fill(name);
        await page.getByRole("textbox", { name: T.word.phone }).fill(phone);
        const known = page.getByRole("radiogroup", { name: T.book.known });
        await expect(known).toContainText(name);
        await known.getByRole("radio").first().check({ force: true });
        await page.getByRole("button", { name: /\d\.\d\d/ }).click();
        await expect(page.getByRole("heading", { name: T.book.twice })).toBeVisible();
        await expect(page.getByRole("link", { name: number })).toBeVisible();
        // The second one is called off again.
        await page.getByRole("link", { name: T.book.keep_both }).click();
        const second = await numberOf(page);
        expect(second).not.toBe(number);
        await page.getByRole("button", { name: T.do.more }).click();
        await page.getByRole("menuitem", { name: T.act.cancel }).click();
        await page
          .getByRole("button", { name: new RegExp(filled(T.act.do_cancel_amount, { amount: "[\\d.,]+" })) })
          .click();
        await expect.poll(async () => (await visit(request, second)).booking.reservation.state).toBe("cancelled");
      });

      test("the guest checks in after four confirmations", async ({ page, request }) => {
        await open(page, "/check-in");
        const confirm = page.getByRole("region", { name: T.checkin.four });
        for (const step of [T.checkin.press.document, T.checkin.press.rate, T.checkin.press.dates]) {
          await expect(confirm.getByRole("button", { name: step })).toBeVisible();
          await page.locator("h1").click();
          await page.keyboard.press("Space");
        }
        // Where no clean room is left, the guest is asked whether a dirty one will do.
        const dirty = page.getByRole("region", { name: T.checkin.room }).getByRole("checkbox");
        // The box itself is drawn by its label, which is what is pressed: it may lie at the edge of the window.
        if ((await dirty.count()) > 0) await dirty.locator("xpath=ancestor::label").click();
        await confirm.getByRole("button", { name: new RegExp(filled(T.checkin.do, { room: "\\d{4}" })) }).click();
        await expect(page.getByText(T.desk.in_house).first()).toBeVisible();
        const [stay] = (await visit(request, number)).stay;
        expect(stay?.state).toBe("in_house");
        expect(stay?.room_number).toMatch(/^\d{4}$/);
      });

      test("a charge is posted once, however often the button is pressed", async ({ page, request }) => {
        await open(page);
        const before = (await visit(request, number)).consumption.postings.length;
        await page.keyboard.press("c");
        const dialog = page.getByRole("dialog");
        await dialog.getByRole("button", { name: T.folio.do_charge, exact: true }).click();
        await expect(page.getByText(T.folio.amount_form)).toBeVisible();
        await dialog.getByRole("button", { name: new RegExp(T.folio.item) }).click();
        await page.getByRole("option", { name: language === "en" ? "Minibar" : "迷你吧" }).click();
        await dialog.getByLabel(filled(T.folio.amount, { currency: "CNY" })).fill("35");
        await dialog.getByRole("button", { name: filled(T.folio.do_charge_amount, { amount: "35.00" }) }).dblclick();
        await expect(page.getByRole("dialog")).toHaveCount(0);
        const after = (await visit(request, number)).consumption.postings;
        expect(after.filter((line) => line.code === "MINI")).toHaveLength(1);
        expect(after.length).toBeGreaterThan(before);
      });

      test("the guest moves, for a reason, and stays longer", async ({ page, request }) => {
        const [before] = (await visit(request, number)).stay;
        await open(page);
        await page.keyboard.press("m");
        const dialog = page.getByRole("dialog");
        await dialog.getByRole("radio").first().check({ force: true });
        await dialog.getByRole("button", { name: new RegExp(filled(T.act.do_move, { room: "\\d{4}" })) }).click();
        await expect(dialog.getByText(T.act.reason_needed)).toBeVisible();
        await dialog.getByLabel(T.word.reason).fill(language === "en" ? "air conditioning" : "空调故障");
        await dialog.getByRole("button", { name: new RegExp(filled(T.act.do_move, { room: "\\d{4}" })) }).click();
        const dirty = dialog.getByText(T.room.accept_dirty);
        await Promise.race([expect(dialog).toHaveCount(0), dirty.waitFor()]);
        if (await dirty.isVisible()) {
          await dirty.click();
          await dialog.getByRole("button", { name: new RegExp(filled(T.act.do_move, { room: "\\d{4}" })) }).click();
        }
        await expect(dialog).toHaveCount(0);
        expect((await visit(request, number)).stay[0]?.room_number).not.toBe(before?.room_number);
        await page.keyboard.press("e");
        await dialog.getByRole("button", { name: filled(T.act.do_extend_one, { count: 1 }) }).click();
        await expect.poll(async () => (await visit(request, number)).stay[0]?.departure).not.toBe(before?.departure);
      });

      test("a line is taken back with a reason and stays on the bill", async ({ page, request }) => {
        await open(page, "/folio");
        await page.getByRole("checkbox").first().check({ force: true });
        await page.getByRole("button", { name: T.folio.reverse_dots }).click();
        await page.getByLabel(T.word.reason).fill(language === "en" ? "wrong room" : "记错房");
        await page.getByRole("button", { name: filled(T.folio.do_reverse, { amount: "35.00" }) }).click();
        await expect(page.getByText(T.folio.reversed).first()).toBeVisible();
        expect((await visit(request, number)).consumption.postings.some((line) => line.reverses !== null)).toBe(true);
      });

      test("the guest leaves before the agreed date and pays what is due, no more and no less", async ({
        page,
        request,
      }) => {
        await open(page, "/folio");
        await expect(page.getByText(T.folio.first)).toBeVisible();
        await page.getByRole("button", { name: T.act.early }).click();
        await page.getByRole("dialog").getByRole("button", { name: T.act.do_early }).click();
        const leave = page.locator("#check-out");
        await expect(leave).toBeEnabled();
        await leave.click();
        await expect(page.getByText(T.desk.checked_out).first()).toBeVisible();
        const after = await visit(request, number);
        expect(after.stay[0]?.state).toBe("checked_out");
        expect(after.consumption.balance).toBe(0);
      });

      test("it is found again by its number, with the keyboard alone", async ({ page }) => {
        await page.goto(`/p/${PROPERTY}/today`);
        await settled(page);
        await page.keyboard.press("/");
        await page.keyboard.type(number);
        await expect(page.getByRole("option", { name: new RegExp(name) }).first()).toBeVisible();
        await expect(page).toHaveURL(new RegExp(`#find=${number}$`));
        await page.keyboard.press("Enter");
        await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
        await expect(page.getByRole("region", { name: T.record.journal })).toContainText(T.code.action.stay_check_out);
      });

      test("a mistyped number says which digit is wrong", async ({ page }) => {
        await page.goto(`/p/${PROPERTY}/today`);
        await settled(page);
        await page.keyboard.press("/");
        const wrong = `${number.slice(0, -1)}${(Number(number.at(-1)) + 1) % 10}`;
        await page.keyboard.type(wrong);
        await expect(page.getByText(T.find.none)).toBeVisible();
        await expect(page.getByText(T.find.none_note)).toHaveCount(0);
        await page.keyboard.press("Escape");
        await expect(page.getByRole("dialog")).toHaveCount(0);
      });
    });
}

test("a guest's data is shown for a reason, and the journal says so", async ({ page, request }) => {
  await speak(page, "zh-CN");
  const T = textsOf("zh-CN");
  const first = (await board(request)).in_house[0];
  await page.goto(`/p/${PROPERTY}/visits/${first?.number}`);
  await settled(page);
  // The phone and the document are asked for one by one.
  const reveal = page.getByRole("button", { name: T.do.reveal });
  for (let left = await reveal.count(); left > 0; left -= 1) {
    await expect(reveal).toHaveCount(left);
    await reveal.first().click();
    await page.getByRole("button", { name: T.reveal.do }).click();
  }
  await expect(reveal).toHaveCount(0);
  await expect(page.locator("body")).not.toContainText("****");
});

test("a lost server is said, and what was typed stays", async ({ page, context }) => {
  await speak(page, "en");
  const T = textsOf("en");
  await page.goto(`/p/${PROPERTY}/book`);
  await settled(page);
  await page.getByLabel(T.book.name).fill("Rosalind Whitcombe");
  await context.setOffline(true);
  await page.getByLabel(T.book.adults).fill("1");
  await expect(page.getByRole("alert").filter({ hasText: T.state.lost }).first()).toBeVisible({ timeout: 20_000 });
  await expect(page.getByLabel(T.book.name)).toHaveValue("Rosalind Whitcombe");
  await context.setOffline(false);
  await expect(page.getByRole("alert").filter({ hasText: T.state.lost })).toHaveCount(0, { timeout: 20_000 });
});

test("the keys of a screen are listed, and letters can be switched off", async ({ page, request }) => {
  await speak(page, "en");
  const T = textsOf("en");
  const first = (await board(request)).in_house[0];
  await page.goto(`/p/${PROPERTY}/visits/${first?.number}?list=in_house`);
  await settled(page);
  await page.keyboard.press("?");
  const dialog = page.getByRole("dialog", { name: T.keys.title });
  await expect(dialog).toContainText(T.act.extend);
  await dialog.getByText(T.keys.letters).click();
  await page.keyboard.press("Escape");
  await page.keyboard.press("e");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  expect(await axeFaults(page)).toEqual([]);
});

test("a bar of the chart is pulled with the keyboard, and put back", async ({ page, request }) => {
  await speak(page, "en");
  const T = textsOf("en");
  const rows = (await board(request)).in_house;
  await page.goto(`/p/${PROPERTY}/chart`);
  await settled(page);
  const bar = page.locator(`[data-bar="${rows[0]?.number}/1"]`);
  await bar.focus();
  await page.keyboard.press("Shift+ArrowRight");
  const drawer = page.getByRole("complementary", { name: T.chart.drawer });
  await expect(drawer).toContainText(T.chart.unsaved);
  await expect(drawer.getByRole("button", { name: T.chart.confirm })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(drawer).not.toContainText(T.chart.unsaved);
});
