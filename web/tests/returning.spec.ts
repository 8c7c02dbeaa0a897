import { expect, test } from "@playwright/test";
import { bookedToday, filled, guestOf, LANGUAGES, PROPERTY, settled, speak, textsOf, visit } from "./desk";
import { passport, scan } from "./scan";

/** At most so many keys and presses, and so many keys among them, from the board to the room; what a scanner types is not counted. */
const INTERACTIONS = 12;
const KEYS = 5;

for (const language of LANGUAGES) {
  const T = textsOf(language);
  test(`a guest who comes again is checked in with few interactions, ${language}`, async ({ page, request }) => {
    const document = `X${`${Date.now()}`.slice(-7)}`;
    const id = await guestOf(request, {
      full_name: "Maren Oakley",
      documents: [{ type: "passport", number: document, country: "UTO" }],
    });
    const number = await bookedToday(request, { id });
    await speak(page, language);
    await page.addInitScript(() => {
      const counted = { keys: 0, presses: 0 };
      Object.assign(window, { counted });
      addEventListener(
        "keydown",
        (event) => {
          if (event.isTrusted) counted.keys += 1;
        },
        true,
      );
      addEventListener(
        "click",
        (event) => {
          // A key that presses a button is counted as a key.
          if (event.isTrusted && event.detail > 0) counted.presses += 1;
        },
        true,
      );
    });
    await page.goto(`/p/${PROPERTY}/today`);
    await settled(page);
    await page.locator(`[data-row="${number}/1"] .where`).click();
    await page.keyboard.press("F8");
    await expect(page.getByRole("heading", { level: 1, name: T.checkin.title })).toBeVisible();
    await settled(page);
    await scan(page, passport("OAKLEY", "MAREN", document));
    const read = page.getByRole("region", { name: T.scan.title });
    await read.getByRole("button", { name: T.scan.register }).click();
    await expect(read).toHaveCount(0);
    const confirm = page.getByRole("region", { name: T.checkin.four });
    await expect(confirm.getByRole("button", { name: T.checkin.press.rate })).toBeVisible();
    await page.keyboard.press("Space");
    await expect(confirm.getByRole("button", { name: T.checkin.press.dates })).toBeVisible();
    await page.keyboard.press("Space");
    const dirty = page.getByRole("region", { name: T.checkin.room }).getByRole("checkbox");
    if ((await dirty.count()) > 0) await dirty.first().locator("xpath=ancestor::label").click();
    await confirm.getByRole("button", { name: new RegExp(filled(T.checkin.do, { room: "\\d{4}" })) }).click();
    await expect.poll(async () => (await visit(request, number)).stay[0]?.state).toBe("in_house");
    const { keys, presses } = await page.evaluate(
      () => (window as unknown as { counted: { keys: number; presses: number } }).counted,
    );
    test.info().annotations.push({ type: "interactions", description: `${keys + presses}, ${keys} of them keys` });
    process.stdout.write(`check-in of a returning guest: ${keys + presses} interactions, ${keys} of them keys\n`);
    expect(keys + presses).toBeLessThanOrEqual(INTERACTIONS);
    expect(keys).toBeLessThanOrEqual(KEYS);
    // The room is given back.
    await request.post(`/api/v1/visits/${number}/undo-check-in`, { data: {} });
    await request.post(`/api/v1/visits/${number}/cancel`, { data: {} });
  });
}
