import { expect, test } from "@playwright/test";
import { filled, LANGUAGES, livingVisit, PROPERTY, settled, speak, textsOf, visit } from "./desk";

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
  test(`a card is pre-authorised, captured, and the bill invoiced and credited, ${language}`, async ({
    page,
    request,
  }) => {
    await speak(page, language);
    const number = await livingVisit(page.request);
    await request.post(`/api/v1/visits/${number}/charges`, { data: { code: "MINI", amount: 3_500 } });
    await page.goto(`/p/${PROPERTY}/visits/${number}/folio?do=pre-auth`);
    await settled(page);
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel(filled(T.folio.amount, { currency: "CNY" })).fill("500");
    await dialog.getByLabel(T.bill.last_four).fill("42");
    await dialog.getByLabel(T.bill.token).fill("tok_1");
    await dialog.getByRole("button", { name: filled(T.bill.do_pre_auth_amount, { amount: "500.00" }) }).click();
    await expect(dialog.getByText(T.bill.last_four_form, { exact: true })).toBeVisible();
    await dialog.getByLabel(T.bill.last_four).fill("4242");
    await dialog.getByRole("button", { name: filled(T.bill.do_pre_auth_amount, { amount: "500.00" }) }).click();
    await expect(dialog).toHaveCount(0);
    const held = page.getByRole("region", { name: T.bill.pre_auths });
    await expect(held).toContainText("500.00");
    await held.getByRole("button", { name: T.bill.capture }).click();
    await dialog.getByLabel(filled(T.folio.amount, { currency: "CNY" })).fill("20");
    await dialog.getByRole("button", { name: filled(T.bill.do_capture, { amount: "20.00" }) }).click();
    await expect(dialog).toHaveCount(0);
    await expect(held).toContainText(filled(T.bill.states.charged, { amount: "20.00" }));

    const window = page.getByRole("region", { name: filled(T.folio.window, { n: 1 }) });
    await window.getByRole("button", { name: T.do.more }).click();
    await page.getByRole("menuitem", { name: T.bill.invoice }).click();
    await dialog.getByLabel(T.bill.buyer).fill(language === "en" ? "Example Trading Ltd" : "示例商贸有限公司");
    await dialog.getByRole("button", { name: T.bill.do_invoice }).click();
    await expect(dialog).toHaveCount(0);
    const invoices = page.getByRole("region", { name: T.bill.invoices });
    await invoices.getByRole("button", { name: T.bill.credit }).click();
    await dialog
      .getByRole("button")
      .filter({ hasText: /\d\.\d\d/ })
      .click();
    await expect(dialog.getByText(T.act.reason_needed)).toBeVisible();
    await dialog.getByLabel(T.word.reason).fill(language === "en" ? "wrong title" : "抬头有误");
    await dialog
      .getByRole("button")
      .filter({ hasText: /\d\.\d\d/ })
      .click();
    await expect(dialog).toHaveCount(0);
    await expect(invoices).toContainText(T.bill.credited_by);
  });
}

test("foreign money is taken at the rate of the day", async ({ page, request }) => {
  await speak(page, "en");
  const T = textsOf("en");
  const number = await livingVisit(page.request);
  await page.goto(`/p/${PROPERTY}/visits/${number}/folio?do=pay`);
  await settled(page);
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: new RegExp(T.bill.in_currency) }).click();
  await page.getByRole("option", { name: "USD" }).click();
  await expect(dialog).toContainText(/1 USD = 7\.1234/);
  await dialog.getByText("Cash", { exact: true }).click();
  await dialog.getByLabel(filled(T.folio.amount, { currency: "USD" })).fill("10");
  await dialog.getByRole("button", { name: filled(T.bill.do_foreign, { currency: "USD", amount: "10.00" }) }).click();
  await expect(dialog).toHaveCount(0);
  const { postings } = (await visit(request, number)).consumption;
  expect(postings.some((line) => Math.abs(line.amount) === 7_123)).toBe(true);
});

test("a trace is given to a department, and keys are made", async ({ page }) => {
  await speak(page, "en");
  const T = textsOf("en");
  const number = await livingVisit(page.request);
  made.push(number);
  await page.goto(`/p/${PROPERTY}/visits/${number}?do=trace`);
  await settled(page);
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: T.bill.do_trace }).click();
  await expect(dialog.getByText(T.bill.trace_missing)).toBeVisible();
  await dialog.getByLabel(T.bill.trace_text).fill("a cot");
  await dialog.getByRole("button", { name: T.bill.do_trace }).click();
  await expect(dialog).toHaveCount(0);
  await page.goto(`/p/${PROPERTY}/today?tab=traces`);
  await expect(page.getByText("a cot").first()).toBeVisible();
  await page.goto(`/p/${PROPERTY}/visits/${number}?do=keys`);
  await settled(page);
  await dialog.getByRole("button", { name: filled(T.bill.do_keys_one, { count: 1 }) }).click();
  // Where no lock system is set up the server says so; else the key stands there.
  await expect(dialog.getByRole("alert").or(dialog.getByRole("listitem")).first()).toBeVisible();
});

test("housekeeping goes on while the server is away, and catches up", async ({ page, context }) => {
  await speak(page, "en");
  const T = textsOf("en");
  await page.goto(`/p/${PROPERTY}/rooms?only=clean`);
  await settled(page);
  const ready = page.getByRole("button", { name: T.rooms.do.inspected });
  const line = page.locator(".room-line").filter({ has: ready }).first();
  const room = ((await line.locator("b").first().textContent()) ?? "").trim();
  await context.setOffline(true);
  await line.getByRole("button", { name: T.rooms.do.inspected }).click();
  await expect(page.getByText(filled(T.rooms.waits_said, { room }))).toBeVisible();
  await context.setOffline(false);
  await expect(page.getByText(filled(T.rooms.caught_up_one, { count: 1 }))).toBeVisible({ timeout: 20_000 });
  const answer = await page.request.get(`/api/v1/properties/${PROPERTY}/housekeeping`);
  const rooms = (await answer.json()) as { number: string; state: string }[];
  expect(rooms.find((one) => one.number === room)?.state).toBe("inspected");
});

test("language and theme follow a choice in another window", async ({ context }) => {
  const [one, other] = [await context.newPage(), await context.newPage()];
  for (const page of [one, other]) {
    await speak(page, "zh-CN");
    await page.goto(`/p/${PROPERTY}/rates`);
    await settled(page);
  }
  const T = textsOf("zh-CN");
  await one.getByRole("button", { name: new RegExp(T.person.label) }).click();
  await one.getByRole("dialog").getByText(T.person.en, { exact: true }).click();
  await expect(other.locator("html")).toHaveAttribute("lang", "en");
  await one.getByRole("dialog").getByText(textsOf("en").person.dark, { exact: true }).click();
  await expect(other.locator("html")).toHaveAttribute("data-theme", "dark");
});
