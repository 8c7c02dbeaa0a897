import { expect, test } from "@playwright/test";
import { addDays } from "../src/lib/format";
import { board, filled, LANGUAGES, livingVisit, memberVisit, PROPERTY, read, settled, speak, textsOf } from "./desk";

const made: string[] = [];
test.afterEach(async ({ request }) => {
  // Rooms are few: what is not needed any more is given back.
  for (const number of made.splice(0)) {
    await request.post(`/api/v1/visits/${number}/undo-check-in`, { data: {} });
    await request.post(`/api/v1/visits/${number}/cancel`, { data: {} });
  }
});

for (const language of LANGUAGES) {
  const T = textsOf(language);

  test(`a guest wants to be woken, and is, ${language}`, async ({ page, request }) => {
    await speak(page, language);
    const number = await livingVisit(request);
    made.push(number);
    const tomorrow = addDays((await board(request)).business_date, 1);
    const calls = () =>
      read<{ number: string; minute: number; state: string }[]>(
        request,
        `/api/v1/properties/${PROPERTY}/wake-ups?date=${tomorrow}`,
      );
    await page.goto(`/p/${PROPERTY}/visits/${number}?do=wake`);
    await settled(page);
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: T.services.do_wake_ask }).click();
    await expect(dialog.getByText(T.services.wake_time_form)).toBeVisible();
    await dialog.getByLabel(T.services.wake_time).fill("7:15");
    await dialog.getByRole("button", { name: /07:15/ }).click();
    await expect(dialog).toHaveCount(0);
    expect((await calls()).find((call) => call.number === number)).toMatchObject({ minute: 435, state: "open" });

    await page.goto(`/p/${PROPERTY}/services?date=${tomorrow}`);
    const list = page.getByRole("region", { name: T.services.wake });
    const line = list.getByRole("listitem").filter({ hasText: number });
    await line.getByRole("button", { name: T.services.do_wake.missed }).click();
    await expect(line.getByRole("button", { name: T.services.do_wake.open })).toBeVisible();
    await expect(line).toContainText(T.services.wake_state.missed);
    // The second call is answered.
    await line.getByRole("button", { name: T.services.do_wake.open }).click();
    await line.getByRole("button", { name: T.services.do_wake.answered }).click();
    await expect.poll(async () => (await calls()).find((call) => call.number === number)?.state).toBe("answered");
  });

  test(`something is found, kept, and given back, ${language}`, async ({ page }) => {
    await speak(page, language);
    const item = `${language === "en" ? "grey scarf" : "灰色围巾"} ${`${Date.now()}`.slice(-6)}`;
    await page.goto(`/p/${PROPERTY}/services?tab=found`);
    await settled(page);
    await page.getByRole("button", { name: T.services.found_new }).first().click();
    const dialog = page.getByRole("dialog");
    const send = dialog.getByRole("button", { name: T.services.do_found, exact: true });
    await send.click();
    await expect(dialog.getByText(T.services.item_needed)).toBeVisible();
    await dialog.getByLabel(T.services.item).fill(item);
    await dialog.getByLabel(T.word.room_no).fill("9999");
    await send.click();
    // There is no such room: it is said at the field.
    await expect(dialog.locator(".field-error, .refusal").first()).toBeVisible();
    await dialog.getByLabel(T.word.room_no).fill("");
    await dialog.getByLabel(T.services.place).fill(language === "en" ? "lobby" : "大堂");
    await send.click();
    await expect(dialog).toHaveCount(0);
    const row = page.getByRole("row").filter({ hasText: item });
    await row.getByRole("button", { name: T.services.hand }).click();
    const owner = language === "en" ? "Ada Quill" : "诸葛明月";
    await dialog.getByLabel(T.services.hand_owner).fill(owner);
    await dialog.getByRole("button", { name: T.services.do_hand.returned, exact: true }).click();
    await expect(dialog).toHaveCount(0);
    await expect(row).toHaveCount(0);
    await page.getByRole("button", { name: T.services.found_all, exact: true }).click();
    await expect(page).toHaveURL(/all=yes/);
    await expect(row).toContainText(T.services.found_state.returned);
    // Who has it is kept, and shown to nobody in a list.
    await expect(row).toContainText("***");
    await expect(row).not.toContainText(owner);
  });
}

test("vouchers are issued for a reason, and one is cancelled", async ({ page, request }) => {
  await speak(page, "en");
  const T = textsOf("en");
  const { guest, card } = await memberVisit(request, "Cornelius Vane");
  await page.goto(`/p/${PROPERTY}/guests/${guest}`);
  await settled(page);
  await expect(page.getByRole("region", { name: T.benefit.title })).toContainText(T.benefit.upgrades_yes);
  const vouchers = page.getByRole("region", { name: T.benefit.vouchers });
  await expect(vouchers).toContainText(filled(T.benefit.vouchers_note_other, { count: 2 }));
  await vouchers.getByRole("button", { name: T.benefit.issue }).click();
  await expect(page).toHaveURL(/do=voucher/);
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel(T.benefit.count).fill("0");
  await expect(dialog.getByText(T.benefit.count_form)).toBeVisible();
  await dialog.getByLabel(T.benefit.count).fill("3");
  const issue = dialog.getByRole("button", { name: filled(T.benefit.do_issue_other, { count: 3 }) });
  await issue.click();
  await expect(dialog.getByText(T.act.reason_needed)).toBeVisible();
  await dialog.getByLabel(T.word.reason).fill("a broken lift");
  await issue.click();
  await expect(dialog).toHaveCount(0);
  await expect(vouchers).toContainText(filled(T.benefit.vouchers_note_other, { count: 5 }));
  await vouchers.getByRole("button", { name: T.benefit.take_back }).first().click();
  await dialog.getByLabel(T.word.reason).fill("given twice");
  await dialog.getByRole("button", { name: T.benefit.do_take_back }).click();
  await expect(dialog).toHaveCount(0);
  await expect(vouchers).toContainText(filled(T.benefit.vouchers_note_other, { count: 4 }));
  const all = await read<{ state: string }[]>(request, `/api/v1/members/${card}/vouchers`);
  expect(all.filter((one) => one.state === "cancelled")).toHaveLength(1);
});
