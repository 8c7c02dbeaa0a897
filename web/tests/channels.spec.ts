import { expect, test } from "@playwright/test";
import { addDays } from "../src/lib/format";
import { board, bookingOf, filled, LANGUAGES, PROPERTY, sendToDoor, settled, speak, textsOf } from "./desk";

const fresh = () => `${Date.now()}`.slice(-7);

for (const language of LANGUAGES) {
  const T = textsOf(language);
  test(`a channel is connected, and what it sent too early is mended and taken, ${language}`, async ({
    page,
    request,
  }) => {
    await speak(page, language);
    const key = fresh();
    const [code, number] = [`ch-${key}`, `R-${key}`];
    const arrival = addDays((await board(request)).business_date, 120);
    await page.goto(`/p/${PROPERTY}/channels`);
    await settled(page);
    await page.getByRole("button", { name: T.channels.new }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel(T.channels.code).fill(code);
    await dialog.getByLabel(T.channels.name, { exact: true }).fill(`Channel ${key}`);
    await dialog.getByRole("button", { name: T.channels.do_save }).click();
    await expect(page).toHaveURL(new RegExp(`channel=${code}`));
    const detail = page.getByRole("region", { name: `Channel ${key}` });
    await expect(detail).toContainText(`/channels/${PROPERTY}/${code}`);

    // What it sends before its codes are set waits, and says why.
    const answer = await sendToDoor(request, code, bookingOf(number, "TWIN", arrival, addDays(arrival, 2)));
    expect(answer).toContain("unknown_code");
    await page.reload();
    await settled(page);
    const messages = page.getByRole("region", { name: T.channels.messages });
    const line = messages.getByRole("listitem").filter({ hasText: number });
    await expect(line).toContainText(T.code.hold.unknown_code);

    // It is looked at with a reason only.
    await line.getByRole("button", { name: T.channels.look }).click();
    await dialog.getByRole("button", { name: T.channels.do_look }).click();
    await expect(dialog).toContainText(T.act.reason_needed);
    await dialog.getByLabel(T.word.reason).fill("the channel asks");
    await dialog.getByRole("button", { name: T.channels.do_look }).click();
    const text = dialog.getByLabel(T.channels.text);
    await expect(text).toHaveValue(/Musterfrau/);
    await text.fill((await text.inputValue()).replace("TWIN", "KING"));
    await dialog.getByRole("button", { name: T.channels.do_mend }).click();
    await expect(dialog.getByRole("alert")).toBeVisible();
    await page.keyboard.press("Escape");

    // Once the code is set, what waits of it is taken.
    const types = page.getByRole("region", { name: T.channels.room_types, exact: true });
    await types.getByRole("button", { name: T.channels.add_code }).click();
    await types.getByLabel(T.channels.theirs).fill("KING");
    await types.getByRole("button", { name: new RegExp(T.channels.ours) }).click();
    await page.getByRole("option").first().click();
    await page.getByRole("button", { name: T.channels.do_codes }).click();
    await expect(page.getByText(filled(T.channels.saved, { name: `Channel ${key}` }))).toBeVisible();
    await expect(async () => {
      await page.reload();
      await settled(page);
      await expect(messages).not.toContainText(number, { timeout: 1_000 });
    }).toPass({ timeout: 20_000 });
    const visit = await request.get(`/api/v1/visits/${number}`);
    expect(visit.ok()).toBe(true);
  });
}
