import { expect, type Page, test } from "@playwright/test";
import { guestOf, PROPERTY, settled, speak, textsOf } from "./desk";

const T = textsOf("zh-CN");

/** A text however it is spelled in an address: decoded, in small letters, without what groups numbers. */
function plain(text: string): string {
  let decoded = text;
  try {
    decoded = decodeURIComponent(text);
  } catch {
    // No text of ours: it is looked through as it is.
  }
  return decoded.toLowerCase().replace(/[\s+-]/g, "");
}

/** Every address that a page asks for, comes from or shows. What stands behind a `#` is sent nowhere. */
function addressesOf(page: Page): string[] {
  const seen: string[] = [];
  const note = (address: string | undefined) => {
    if (address) seen.push(address.split("#", 1)[0] ?? "");
  };
  page.on("request", (request) => {
    note(request.url());
    note(request.headers().referer);
  });
  page.on("framenavigated", (frame) => note(frame.url()));
  return seen;
}

/** What the browser keeps for the app, by where it lies. */
function keptBy(page: Page): Promise<{ names: string[]; text: string; databases: number; caches: number }> {
  return page.evaluate(async () => {
    const all = [...Object.entries(localStorage), ...Object.entries(sessionStorage)];
    return {
      names: all.map(([name]) => name),
      text: `${JSON.stringify(all)} ${document.cookie} ${window.name}`,
      databases: (await indexedDB.databases()).length,
      caches: (await caches.keys()).length,
    };
  });
}

test("nothing that was typed or shown of a guest is in an address or stays in the browser", async ({ page }) => {
  test.setTimeout(120_000);
  const unique = `${Date.now()}`.slice(-7);
  const name = "上官若溪";
  const phone = `136${unique}8`;
  const passport = `E${unique}4`;
  const email = `ruoxi${unique}@mail.example`;
  const documents = [{ type: "passport", number: passport, country: "CHN" }];
  await guestOf(page.request, { full_name: name, phones: [phone], emails: [email], documents, birth: "1971-03-09" });

  const seen = addressesOf(page);
  await speak(page, "zh-CN");
  // Looked for by each of them, on the screen of guests and in the box over every screen.
  await page.goto(`/p/${PROPERTY}/guests`);
  for (const text of [phone, email, passport, name]) {
    await page.getByLabel(T.guest.look_for).fill(text);
    await expect(page.getByRole("link", { name })).toBeVisible();
    await settled(page);
  }
  await page.goto(`/p/${PROPERTY}/today`);
  await settled(page);
  await page.keyboard.press("/");
  await page.keyboard.type(phone);
  // Nobody has booked for this guest yet: no property knows of them, all together do.
  await page.keyboard.press("Alt+a");
  await expect(page.getByRole("option", { name: new RegExp(name) }).first()).toBeVisible();
  await settled(page);
  await page.keyboard.press("Escape");

  // Shown whole, for a reason.
  await page.goto(`/p/${PROPERTY}/guests`);
  await page.getByLabel(T.guest.look_for).fill(name);
  await page.getByRole("link", { name }).first().click();
  await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
  const profile = page.getByRole("region", { name: T.guest.profile });
  await profile.getByRole("button", { name: T.guest.reveal_all }).click();
  await page.getByRole("button", { name: T.reveal.do }).click();
  await expect(profile).toContainText(passport);

  // Entered with a booking.
  await page.goto(`/p/${PROPERTY}/book`);
  await page.getByLabel(T.book.name).fill(name);
  await page.getByRole("textbox", { name: T.word.phone }).fill(phone);
  await settled(page);
  await page.goto(`/p/${PROPERTY}/today`);
  await settled(page);

  // That addresses are seen at all: those of the API, and those of screens.
  expect(seen.some((address) => address.includes("/api/v1/search"))).toBe(true);
  expect(seen.some((address) => address.endsWith(`/p/${PROPERTY}/book`))).toBe(true);
  const secrets = [name, phone, passport, email, "1971-03-09"].map(plain);
  const told = [...new Set(seen)].filter((address) => secrets.some((secret) => plain(address).includes(secret)));
  expect(told).toEqual([]);
  // What addresses may ask for is listed in the description of the API; keys and tokens are none of it.
  const keys = /[?&](key|token|password|secret|session)=/i;
  expect(seen.filter((address) => keys.test(address))).toEqual([]);

  const kept = await keptBy(page);
  // Choices of a person, and how far screens were scrolled.
  expect(kept.names.filter((one) => !/^(hefu\.|tsr-scroll)/.test(one))).toEqual([]);
  expect(secrets.filter((secret) => plain(kept.text).includes(secret))).toEqual([]);
  expect([kept.databases, kept.caches]).toEqual([0, 0]);
});
