import { expect, test } from "@playwright/test";
import { addDays } from "../src/lib/format";
import { board, filled, LANGUAGES, PROPERTY, settled, speak, textsOf } from "./desk";

const fresh = () => `${Date.now()}`.slice(-7);

for (const language of LANGUAGES) {
  const T = textsOf(language);
  test(`a file is dropped, looked at, imported, and what was not taken is mended, ${language}`, async ({
    page,
    request,
  }) => {
    test.setTimeout(120_000);
    await speak(page, language);
    const past = addDays((await board(request)).business_date, -90);
    const key = fresh();
    const rows = [
      "Booking number,Guest name,Check-in,Check-out,Adults,Room type,Total,Currency,Status,Shoe size",
      ...Array.from(
        { length: 12 },
        (_, n) =>
          `B${key}${n},Invented Person ${n},${addDays(past, n)},${addDays(past, n + 2)},2,DBL,${500 + n}.00,CNY,Checked out,4${n % 10}`,
      ),
      `B${key}X,Invented Person X,${addDays(past, 5)},${addDays(past, 3)},2,DBL,400.00,CNY,Checked out,41`,
    ];
    await page.goto(`/p/${PROPERTY}/imports`);
    await settled(page);
    await page.locator("input[type=file]").setInputFiles({
      name: `history-${key}.csv`,
      mimeType: "text/csv",
      buffer: Buffer.from(rows.join("\n")),
    });
    const map = page.getByRole("region", { name: T.imports.map });
    await expect(map).toBeVisible();
    // What the file does not say is marked and chosen.
    await map.getByRole("button", { name: new RegExp(`^.*${T.imports.property}`) }).click();
    await page.getByRole("option", { name: PROPERTY }).click();
    // A column that is nothing of ours is not imported; it can be made something, and nothing again.
    const shoes = map.getByRole("button", { name: new RegExp(`Shoe size ${T.imports.is}`) });
    await expect(shoes).toContainText(T.imports.skip);
    await shoes.click();
    await page.getByRole("option", { name: T.code.import_field.company, exact: true }).click();
    await expect(shoes).toContainText(T.code.import_field.company);
    await shoes.click();
    await page.getByRole("option", { name: T.imports.skip, exact: true }).click();
    const preview = page.getByRole("region", { name: T.imports.preview });
    await expect(preview).toContainText(addDays(past, 1));
    await expect(preview).not.toContainText("Invented Person 1");
    const start = page.getByRole("button", { name: new RegExp(filled(T.imports.start, { rows: "13" })) });
    await expect(start).toBeEnabled();
    await start.click();
    const mend = page.getByRole("region", { name: T.imports.mend });
    await expect(mend).toContainText(filled(T.imports.to_mend_one, { count: 1 }), { timeout: 60_000 });
    const report = page.getByRole("region", { name: T.imports.state.finished });
    await expect(report.getByRole("row", { name: new RegExp(T.imports.imported) })).toContainText("12");
    await mend.getByLabel("Check-out").fill(addDays(past, 7));
    await mend.getByRole("button", { name: T.imports.do_mend }).click();
    await expect(mend).toContainText(T.imports.all_mended);
    // What is shown under an address is shown under it again.
    await page.reload();
    await expect(page.getByRole("heading", { name: `history-${key}.csv` })).toBeVisible();
    // The row that was mended is one of the file, and no import of its own.
    await expect(page.getByRole("button", { name: `history-${key}.csv` })).toHaveCount(1);
  });
}

test("rows are taken away for a reason only", async ({ page, request }) => {
  test.setTimeout(120_000);
  await speak(page, "en");
  const T = textsOf("en");
  const past = addDays((await board(request)).business_date, -60);
  const key = fresh();
  await page.goto(`/p/${PROPERTY}/imports`);
  await page.locator("input[type=file]").setInputFiles({
    name: `bad-${key}.csv`,
    mimeType: "text/csv",
    buffer: Buffer.from(
      `Booking number,Guest name,Check-in,Check-out,Adults,Room type,Total,Currency,Status\nC${key},Invented Person,${past},${addDays(past, -1)},1,DBL,100,CNY,Checked out\nD${key},Invented Person,${past},${addDays(past, 1)},1,DBL,100,CNY,Checked out\n`,
    ),
  });
  const map = page.getByRole("region", { name: T.imports.map });
  await map.getByRole("button", { name: new RegExp(`^.*${T.imports.property}`) }).click();
  await page.getByRole("option", { name: PROPERTY }).click();
  await page.getByRole("button", { name: new RegExp(filled(T.imports.start, { rows: "2" })) }).click();
  const mend = page.getByRole("region", { name: T.imports.mend });
  await mend.getByRole("button", { name: T.imports.export }).click({ timeout: 60_000 });
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: filled(T.imports.do_export, { rows: "1" }) }).click();
  await expect(dialog.getByText(T.act.reason_needed)).toBeVisible();
  await dialog.getByLabel(T.word.reason).fill("to be mended in a spreadsheet");
  const taken = page.waitForEvent("download");
  await dialog.getByRole("button", { name: filled(T.imports.do_export, { rows: "1" }) }).click();
  expect((await taken).suggestedFilename()).toContain(`bad-${key}`);
  await mend.getByRole("button", { name: T.imports.leave_out }).click();
  await dialog.getByRole("button", { name: T.imports.do_leave_out }).click();
  await expect(mend).toContainText(T.imports.all_mended);
});
