import { expect, type Page, test } from "@playwright/test";
import { filled, LANGUAGES, livingVisit, memberVisit, PROPERTY, read, settled, speak, textsOf, visit } from "./desk";

const made: string[] = [];
test.afterEach(async ({ request }) => {
  // Rooms are few: what is not needed any more is given back.
  for (const number of made.splice(0)) {
    await request.post(`/api/v1/visits/${number}/undo-check-in`, { data: {} });
    await request.post(`/api/v1/visits/${number}/cancel`, { data: {} });
  }
});

/** Opens a dialog of a record under its address. */
async function open(page: Page, number: string, what: string) {
  await page.goto(`/p/${PROPERTY}/visits/${number}?do=${what}`);
  await settled(page);
  const dialog = page.getByRole("dialog");
  await expect(dialog).toBeVisible();
  return dialog;
}

for (const language of LANGUAGES) {
  const T = textsOf(language);
  const friend = language === "en" ? "Ottoline Fairbrother" : "司马清和";

  test(`somebody shares a room at a price of their own, and leaves before the other, ${language}`, async ({
    page,
    request,
  }) => {
    await speak(page, language);
    const number = await livingVisit(request);
    await page.goto(`/p/${PROPERTY}/visits/${number}`);
    await settled(page);
    await page.getByRole("button", { name: T.do.more }).click();
    await page.getByRole("menuitem", { name: T.party.share }).click();
    const dialog = page.getByRole("dialog");
    const room = (await visit(request, number)).stay[0]?.room_number ?? "";
    const share = dialog.getByRole("button", { name: filled(T.party.do_share, { room }) });
    await share.click();
    await expect(dialog.getByText(T.party.who_needed)).toBeVisible();
    await dialog.getByLabel(T.book.name).fill(friend);
    await dialog.getByText(T.party.pays_own, { exact: true }).click();
    const price = dialog.getByLabel(filled(T.party.price, { currency: "CNY" }));
    await price.fill("99 88 77");
    await share.click();
    await expect(dialog.getByText(T.party.price_form)).toBeVisible();
    await price.fill("99");
    await dialog.getByRole("button", { name: new RegExp(T.party.window) }).click();
    await page.getByRole("option", { name: filled(T.folio.window, { n: 2 }) }).click();
    await share.click();
    await expect(dialog).toHaveCount(0);
    const { stay } = await visit(request, number);
    expect(stay).toHaveLength(2);
    expect(stay.find((one) => one.share)?.share).toMatchObject({ prices: [9_900], window: 2 });

    const leaving = await open(page, number, "leave");
    const leave = leaving.getByRole("button", { name: filled(T.party.do_leave, { name: friend }) });
    await leave.click();
    // What they owe stands in the way, until somebody says that it stays on the bill.
    const owes = leaving.getByText(T.party.leave_balance);
    await Promise.race([expect(leaving).toHaveCount(0), owes.waitFor()]);
    if (await owes.isVisible()) {
      await owes.click();
      await leave.click();
    }
    await expect(leaving).toHaveCount(0);
    const states = (await visit(request, number)).stay.map((one) => one.state).sort();
    expect(states).toEqual(["checked_out", "in_house"]);
  });

  test(`somebody joins a guest, is the primary one and then the booker, ${language}`, async ({ page, request }) => {
    await speak(page, language);
    const number = await livingVisit(request);
    made.push(number);
    let dialog = await open(page, number, "people");
    const room = (await visit(request, number)).stay[0]?.room_number ?? "";
    await dialog.getByLabel(T.book.name).fill(friend);
    await dialog.getByRole("button", { name: filled(T.party.do_add, { room }) }).click();
    await expect(dialog).toHaveCount(0);
    dialog = await open(page, number, "people");
    const line = dialog.getByRole("listitem").filter({ hasText: friend });
    await line.getByRole("button", { name: T.party.make_primary }).click();
    await expect(line).toContainText(T.party.primary);
    const primary = async () =>
      (await visit(request, number)).stay[0]?.guests.find((one) => one.role === "primary")?.guest;
    await expect.poll(async () => (await primary())?.profile.full_name).toBe(friend);
    await dialog.getByRole("listitem").getByRole("button", { name: T.party.remove }).click();
    await expect(dialog.getByRole("listitem")).toHaveCount(1);

    dialog = await open(page, number, "booker");
    // Who stays here is offered first.
    await expect(dialog.getByRole("radio").first()).toBeChecked();
    await dialog.getByRole("button", { name: T.party.do_booker }).click();
    await expect(dialog).toHaveCount(0);
    expect((await visit(request, number)).booking.reservation.guest_id).toBe((await primary())?.id);
  });
}

test("two rooms that are lived in change places, for a reason", async ({ page, request }) => {
  await speak(page, "en");
  const T = textsOf("en");
  const [one, two] = [await livingVisit(request), await livingVisit(request, "Idris Calloway")];
  made.push(one, two);
  const roomOf = async (number: string) => (await visit(request, number)).stay[0]?.room_number ?? "";
  const [here, there] = [await roomOf(one), await roomOf(two)];
  const dialog = await open(page, one, "swap");
  await dialog.getByRole("button", { name: T.party.swap_title }).click();
  await expect(dialog.getByText(T.party.swap_needed)).toBeVisible();
  await expect(dialog.getByText(T.act.reason_needed)).toBeVisible();
  await dialog.getByRole("radio", { name: new RegExp(there) }).check({ force: true });
  await dialog.getByLabel(T.word.reason).fill("wants a lower floor");
  await dialog.getByRole("button", { name: filled(T.party.do_swap, { one: here, two: there }) }).click();
  await expect(dialog).toHaveCount(0);
  expect([await roomOf(one), await roomOf(two)]).toEqual([there, here]);
});

test("rooms are added to a reservation, made one of their own, and moved to another", async ({ page, request }) => {
  await speak(page, "en");
  const T = textsOf("en");
  const { number } = await memberVisit(request, "Leopold Ashdown");
  const rooms = async () => (await visit(request, number)).booking.rooms.length;
  let dialog = await open(page, number, "add-room");
  await dialog
    .getByRole("button", { name: new RegExp(filled(T.party.do_add_room, { amount: "[\\d,]+\\.\\d\\d" })) })
    .click();
  await expect(dialog).toHaveCount(0);
  expect(await rooms()).toBe(3);

  dialog = await open(page, number, "part");
  await dialog.getByRole("button", { name: T.party.do_part_own }).click();
  await expect(dialog).toHaveCount(0);
  const told = page.getByText(new RegExp(filled(T.party.parted, { number: "\\d{3}-\\d{3}-\\d{4}" })));
  const other = /\d{3}-\d{3}-\d{4}/.exec((await told.textContent()) ?? "")?.[0] ?? "";
  expect((await visit(request, other)).booking.rooms).toHaveLength(1);

  dialog = await open(page, number, "part");
  await dialog.getByText(T.party.part_other, { exact: true }).click();
  await dialog.getByRole("button", { name: T.party.do_part_other }).click();
  await expect(dialog.getByText(T.party.part_needed)).toBeVisible();
  await dialog.getByLabel(T.party.part_number).fill(other);
  await dialog.getByRole("button", { name: T.party.do_part_other }).click();
  await expect(dialog).toHaveCount(0);
  expect(await rooms()).toBe(1);
  expect((await visit(request, other)).booking.rooms).toHaveLength(2);
});

test("a member has a better room, a late check-out and a free night, and gives it back", async ({ page, request }) => {
  await speak(page, "en");
  const T = textsOf("en");
  const { number } = await memberVisit(request, "Winifred Holloway");
  let dialog = await open(page, number, "upgrade");
  await dialog.getByRole("button", { name: T.benefit.do_upgrade_auto, exact: true }).click();
  await expect(dialog).toHaveCount(0);
  // Kings are the next dearer type, on the fifth and sixth floor.
  expect((await visit(request, number)).booking.rooms[0]?.room_number).toMatch(/^0[56]/);

  dialog = await open(page, number, "benefits");
  await dialog.getByRole("button", { name: filled(T.benefit.give_late, { time: "13:00" }) }).click();
  await expect.poll(async () => (await visit(request, number)).booking.rooms[0]?.departure_minute).toBe(13 * 60);
  const ways = dialog.getByRole("radiogroup", { name: T.benefit.pay_by });
  // Points, and two vouchers.
  await expect(ways.getByRole("radio")).toHaveCount(3);
  await ways.getByRole("radio").nth(1).check({ force: true });
  await dialog.getByRole("button", { name: T.benefit.redeem }).click();
  const free = dialog.getByRole("listitem");
  await expect(free).toContainText(T.benefit.free_voucher);
  await expect(ways.getByRole("radio")).toHaveCount(2);
  await free.getByRole("button", { name: T.benefit.free_back }).click();
  await expect(free).toContainText(T.benefit.free_state.returned);
  const has = await read<{ vouchers: unknown[]; free_nights: { state: string }[] }>(
    request,
    `/api/v1/visits/${number}/benefits`,
  );
  expect(has.vouchers).toHaveLength(2);
  expect(has.free_nights.map((one) => one.state)).toEqual(["returned"]);
});

test("a room is kept longer on the last day, for a reason, and as everybody's again", async ({ page, request }) => {
  await speak(page, "en");
  const T = textsOf("en");
  const number = await livingVisit(request);
  made.push(number);
  const minute = async () => (await visit(request, number)).booking.rooms[0]?.departure_minute ?? null;
  let dialog = await open(page, number, "late");
  await dialog.getByRole("button", { name: T.benefit.do_late, exact: true }).click();
  await expect(dialog.getByText(T.benefit.late_form)).toBeVisible();
  await dialog.getByLabel(T.benefit.late_time).fill("17:30");
  const agree = dialog.getByRole("button", { name: filled(T.benefit.do_late_until, { time: "17:30" }) });
  await agree.click();
  // Nobody is given this without a reason.
  await expect(dialog.locator(".field-error")).toHaveCount(1);
  await dialog.getByLabel(T.word.reason).fill("the flight was moved");
  await agree.click();
  await expect(dialog).toHaveCount(0);
  expect(await minute()).toBe(17 * 60 + 30);
  dialog = await open(page, number, "late");
  await dialog
    .getByRole("button", { name: new RegExp(filled(T.benefit.do_late_off, { time: "\\d\\d:\\d\\d" })) })
    .click();
  await expect(dialog).toHaveCount(0);
  expect(await minute()).toBeNull();
});

test("what is done more seldom is reached on a phone, too", async ({ page, request }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await speak(page, "zh-CN");
  const T = textsOf("zh-CN");
  const { number } = await memberVisit(request, "闻人知夏");
  await page.goto(`/p/${PROPERTY}/visits/${number}`);
  await settled(page);
  await page.getByRole("button", { name: T.do.more }).click();
  await page.getByRole("menuitem", { name: T.services.wake_more }).click();
  await expect(page.getByRole("dialog")).toContainText(T.services.wake_note);
  await expect(page).toHaveURL(/do=wake/);
  await page.goBack();
  await expect(page.getByRole("dialog")).toHaveCount(0);
});
