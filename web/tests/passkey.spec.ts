import { expect, type Page, test } from "@playwright/test";
import { filled, PROPERTY, speak, textsOf } from "./desk";
import { codeOf, type Server, start } from "./server";

const PORT = Number(process.env.HEFU_WEB_PORT ?? "8189") + 5;
const T = textsOf("zh-CN");

/** A device that makes passkeys and confirms whatever it is asked. */
async function device(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send("WebAuthn.enable");
  await session.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
}

let server: Server;
test.beforeAll(async () => {
  test.setTimeout(120_000);
  server = await start(PORT, "--demo");
});
test.afterAll(() => server.stop());

test("a passkey is added, signs in alone, and is taken away", async ({ page }) => {
  // A passkey is for a name, and not for an address.
  const url = server.url.replace("127.0.0.1", "localhost");
  const found = /account: front_desk\s+password: (\S+)\s+otpauth:\/\/\S*[?&]secret=(\w+)/.exec(server.said);
  const [password, secret] = [found?.[1] ?? "", found?.[2] ?? ""];
  await speak(page, "zh-CN");
  await device(page);
  await page.goto(`${url}/p/${PROPERTY}/me`);
  await page.getByRole("textbox", { name: T.door.login, exact: true }).fill("front_desk");
  await page.getByLabel(T.door.password).fill(password);
  await page.getByRole("button", { name: T.door.sign_in, exact: true }).click();
  await page.getByRole("textbox", { name: T.door.code, exact: true }).fill(codeOf(secret));
  await page.getByRole("button", { name: T.door.show_code }).click();
  await expect(page.getByText(T.passkey.none_note)).toBeVisible();

  await page.getByRole("button", { name: T.passkey.add }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel(T.passkey.name).fill("前台电脑");
  await dialog.getByLabel(T.door.password).fill("certainly wrong");
  await dialog.getByRole("button", { name: T.passkey.do_add, exact: true }).click();
  await expect(dialog.locator(".field-error")).toBeVisible();
  await dialog.getByLabel(T.door.password).fill(password);
  await dialog.getByRole("button", { name: T.passkey.do_add, exact: true }).click();
  // There is a second factor already: no codes are shown.
  await expect(dialog).toHaveCount(0);
  await expect(page.getByRole("listitem").filter({ hasText: "前台电脑" })).toContainText(T.passkey.unused);

  await page.getByRole("button", { name: T.me.sign_out, exact: true }).click();
  await page.getByRole("button", { name: T.passkey.sign_in }).click();
  await expect(page.getByRole("heading", { level: 1, name: T.nav.today })).toBeVisible();
  await expect(page.getByRole("dialog")).toHaveCount(0);

  await page.goto(`${url}/p/${PROPERTY}/me`);
  const mine = page.getByRole("listitem").filter({ hasText: "前台电脑" });
  await mine.getByRole("button", { name: T.passkey.drop }).click();
  await dialog.getByRole("button", { name: filled(T.passkey.do_drop, { name: "前台电脑" }) }).click();
  await expect(mine).toHaveCount(0);

  // A device that knows nobody is told so, and the password still does.
  await page.getByRole("button", { name: T.me.sign_out, exact: true }).click();
  await page.getByRole("button", { name: T.passkey.sign_in }).click();
  await expect(dialog.getByRole("alert")).toBeVisible();
  await expect(page.getByRole("textbox", { name: T.door.login, exact: true })).toBeVisible();
});

test("without passkeys at an address, none are offered", async ({ page }) => {
  await speak(page, "zh-CN");
  await page.goto(`${server.url}/`);
  await expect(page.getByRole("button", { name: T.door.sign_in, exact: true })).toBeVisible();
  await expect(page.getByRole("button", { name: T.passkey.sign_in })).toHaveCount(0);
  await page.getByRole("button", { name: T.passkey.forgot }).click();
  await page.getByRole("textbox", { name: T.door.login, exact: true }).fill("front_desk");
  await page.getByRole("textbox", { name: T.door.recovery_code, exact: true }).fill("wrong-wrong-wrong");
  await page.getByLabel(T.door.new, { exact: true }).fill("barometer-lintel-quince-41");
  await page.getByRole("button", { name: T.passkey.do_recover }).click();
  await expect(page.getByRole("dialog").getByRole("alert")).toBeVisible();
});
