import { type APIRequestContext, expect, test } from "@playwright/test";
import { drawn } from "../src/screens/checkin/photo/drawn";
import { bookedToday, filled, LANGUAGES, PROPERTY, settled, speak, textsOf } from "./desk";
import { passport, pngOf, scan } from "./scan";

const made: string[] = [];
test.afterEach(async ({ request }) => {
  // Rooms are few: what is not needed any more is given back.
  for (const number of made.splice(0)) await request.post(`/api/v1/visits/${number}/cancel`, { data: {} });
});

/** Books somebody for today, and says under which number. */
async function booked(request: APIRequestContext, full_name: string): Promise<string> {
  const number = await bookedToday(request, { profile: { full_name } });
  made.push(number);
  return number;
}

const fresh = () => `X${`${Date.now()}`.slice(-7)}`;

for (const language of LANGUAGES) {
  const T = textsOf(language);
  test(`a scanned passport is compared, registered, and not kept, ${language}`, async ({ page, request }) => {
    await speak(page, language);
    const number = fresh();
    const visit = await booked(request, "Maren Oakley");
    await page.goto(`/p/${PROPERTY}/visits/${visit}/check-in`);
    await settled(page);
    await scan(page, passport("OAKLEY", "MAREN", number));
    const read = page.getByRole("region", { name: T.scan.title });
    await expect(read.getByLabel(T.checkin.number)).toHaveValue(number);
    await expect(read).toContainText(T.scan.same_name);
    await expect(read).toContainText("1990-03-07");
    // Nothing was taken for an order, and no step is confirmed by a scan.
    await expect(page).toHaveURL(/check-in/);
    await expect(page.getByRole("region", { name: T.checkin.four })).toContainText(
      filled(T.word.of, { done: 1, all: 4 }),
    );
    const sent = page.waitForRequest((one) => one.method() === "PUT" && /\/guests\//.test(one.url()));
    await read.getByRole("button", { name: T.scan.register }).click();
    expect((await sent).postDataJSON()).toMatchObject({
      nationality: "UTO",
      birth: "1990-03-07",
      documents: [{ type: "passport", number, country: "UTO", expires: "2035-06-30", verified: true }],
    });
    await expect(read).toHaveCount(0);
    await expect(page.getByRole("region", { name: T.checkin.document })).toContainText(T.code.document.passport);
    const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, location.href]));
    expect(kept).not.toContain(number);

    // The one with them is read into the field, and comes along.
    await page.getByLabel(T.scan.label).fill(passport("OAKLEY", "TOM", fresh()));
    await expect(read).toContainText(filled(T.scan.other_name, { name: "Maren Oakley" }));
    await read.getByRole("button", { name: T.scan.companion }).click();
    await expect(page.getByRole("textbox", { name: filled(T.checkin.companion, { n: 2 }) })).toHaveValue("TOM OAKLEY");
  });
}

test("a number whose check digit is wrong waits until somebody has compared it", async ({ page, request }) => {
  await speak(page, "en");
  const T = textsOf("en");
  const visit = await booked(request, "Maren Oakley");
  await page.goto(`/p/${PROPERTY}/visits/${visit}/check-in`);
  await settled(page);
  // Another digit where no letter looks like it: nothing can be put right.
  await scan(page, passport("OAKLEY", "MAREN", "X3394943").replace(/\nX3/, "\nX4"));
  const read = page.getByRole("region", { name: T.scan.title });
  const register = read.getByRole("button", { name: T.scan.register });
  await expect(register).toBeDisabled();
  await expect(read.locator(".field-error")).toBeVisible();
  await read.getByText(T.scan.compared).click();
  await expect(register).toBeEnabled();
  await read.getByRole("button", { name: T.scan.leave }).click();
  await expect(read).toHaveCount(0);
  // Half of a zone is none, and is said.
  await page.getByLabel(T.scan.label).fill("P<UTOOAKLEY<<MAREN<<<<<<");
  await expect(page.getByText(T.scan.unread)).toBeVisible();
  // The way by hand is there all the time.
  await expect(page.getByRole("button", { name: T.checkin.register })).toBeVisible();
});

test("a passport is read in a picture, which is neither sent nor kept", async ({ page, request }) => {
  await speak(page, "en");
  const T = textsOf("en");
  const number = fresh();
  const visit = await booked(request, "Maren Oakley");
  await page.goto(`/p/${PROPERTY}/visits/${visit}/check-in`);
  await settled(page);
  const sent: string[] = [];
  page.on("request", (one) => sent.push(one.postData() ?? ""));
  const picture = drawn(passport("OAKLEY", "MAREN", number).split("\n"), { height: 24, turn: 2, noise: 12 });
  await page.locator("input[type=file]").setInputFiles({
    name: "passport.png",
    mimeType: "image/png",
    buffer: pngOf(picture),
  });
  const read = page.getByRole("region", { name: T.scan.title });
  await expect(read.getByLabel(T.checkin.number)).toHaveValue(number, { timeout: 20_000 });
  await expect(read).toContainText(T.scan.same_name);
  expect(sent.filter((body) => body.includes(number) || body.length > 10_000)).toEqual([]);
  await read.getByRole("button", { name: T.scan.leave }).click();
  // A picture of nothing is said to be one.
  await page.locator("input[type=file]").setInputFiles({
    name: "wall.png",
    mimeType: "image/png",
    buffer: pngOf({ width: 300, height: 200, at: new Uint8Array(60_000).fill(200) }),
  });
  await expect(page.getByText(T.photo.unread)).toBeVisible({ timeout: 20_000 });
});
