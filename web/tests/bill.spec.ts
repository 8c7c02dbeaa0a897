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

for (const language of LANGUAGES) {
  const T = textsOf(language);
  test(`a charge is split by amount and by percent, and both halves are seen before, ${language}`, async ({
    page,
    request,
  }) => {
    await speak(page, language);
    const number = await livingVisit(page.request);
    made.push(number);
    const company = language === "en" ? "Example Trading Ltd" : "示例商贸有限公司";
    await request.post(`/api/v1/visits/${number}/window`, { data: { window: 2, company } });
    await request.post(`/api/v1/visits/${number}/charges`, { data: { code: "DMG", amount: 10_000, window: 1 } });
    const balances = async () => (await visit(request, number)).consumption.folios.map((folio) => folio.balance);
    const [whole = 0] = await balances();
    const shown = (minor: number) => (minor / 100).toFixed(2);
    await page.goto(`/p/${PROPERTY}/visits/${number}/folio`);
    await settled(page);
    const dialog = page.getByRole("dialog");
    const facts = dialog.locator(".facts");

    // By amount, with the keyboard alone from here on.
    await page.getByRole("checkbox").first().check({ force: true });
    await page.getByRole("button", { name: T.bill.split_dots }).press("Enter");
    const total = dialog.getByLabel(filled(T.bill.split_total, { currency: "CNY" }));
    await expect(total).toBeFocused();
    await page.keyboard.type("99999");
    await expect(dialog.locator(".field-error")).toContainText("CNY");
    await expect(dialog.getByRole("button", { name: T.bill.split, exact: true })).toBeDisabled();
    await expect(facts).toHaveCount(0);
    await total.fill("30");
    await expect(facts).toContainText(filled(T.bill.stays, { n: 1 }));
    await expect(facts).toContainText(shown(whole - 3_000));
    await expect(facts).toContainText(filled(T.bill.goes, { n: 2 }));
    await dialog.getByRole("button", { name: filled(T.bill.do_split, { amount: "30.00", n: 2 }) }).press("Enter");
    await expect(dialog).toHaveCount(0);
    expect(await balances()).toEqual([whole - 3_000, 3_000]);
    const first = page.getByRole("region", { name: filled(T.folio.window, { n: 1 }) });
    await expect(first).toContainText(filled(T.folio.split_off, { what: "" }).trim());

    // Half of what is left, to a window that is new.
    await page.getByRole("checkbox").first().check({ force: true });
    await page.getByRole("button", { name: T.bill.split_dots }).click();
    await dialog.getByText(T.bill.by_share, { exact: true }).click();
    const share = dialog.getByLabel(T.bill.split_share);
    await share.fill("a half");
    await expect(dialog.getByText(T.bill.share_form)).toBeVisible();
    await share.fill("50");
    await dialog.getByRole("button", { name: new RegExp(T.bill.split_to) }).click();
    await page.getByRole("option", { name: filled(T.bill.new_window, { n: 3 }) }).click();
    const half = (whole - 3_000) / 2;
    await dialog.getByRole("button", { name: filled(T.bill.do_split, { amount: shown(half), n: 3 }) }).click();
    await expect(dialog).toHaveCount(0);
    expect(await balances()).toEqual([half, 3_000, half]);
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
