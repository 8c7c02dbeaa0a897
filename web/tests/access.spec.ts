import { expect, type Page, test } from "@playwright/test";
import { filled, LANGUAGES, PROPERTY, settled, speak, textsOf } from "./desk";
import { axeFaults, ibmFaults, misfits } from "./faults";
import { codeOf, type Server, start } from "./server";

const PORT = Number(process.env.HEFU_WEB_PORT ?? "8189") + 1;
const T = textsOf("zh-CN");

/** An account of the demonstration, as the server printed it. */
function accountOf(server: Server, login: string): { login: string; password: string; secret: string } {
  const found = new RegExp(`account: ${login}\\s+password: (\\S+)\\s+otpauth://\\S*[?&]secret=(\\w+)`).exec(
    server.said,
  );
  expect(found, `the server told of ${login}`).not.toBeNull();
  return { login, password: found?.[1] ?? "", secret: found?.[2] ?? "" };
}

const box = (page: Page, name: string) => page.getByRole("textbox", { name, exact: true });

async function signIn(page: Page, server: Server, login: string): Promise<void> {
  const account = accountOf(server, login);
  await box(page, T.door.login).fill(account.login);
  await page.getByLabel(T.door.password).fill(account.password);
  await page.getByRole("button", { name: T.door.sign_in }).click();
  await box(page, T.door.code).fill(codeOf(account.secret));
  await page.getByRole("button", { name: T.door.show_code }).click();
  await expect(page.getByRole("heading", { name: T.door.code_title })).toHaveCount(0);
}

/** Sets up a second factor, from the button that offers it to the recovery codes. */
async function enrol(page: Page, password: string): Promise<void> {
  await page.getByRole("button", { name: T.me.factor_set }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel(T.door.password).fill(password);
  await dialog.getByRole("button", { name: T.me.go_on }).click();
  await expect(dialog.getByRole("img", { name: T.me.qr })).toBeVisible();
  const secret = ((await dialog.locator(".secret").textContent()) ?? "").replaceAll(" ", "");
  await dialog.getByLabel(T.me.first_code).fill(codeOf(secret));
  await dialog.getByRole("button", { name: T.me.confirm }).click();
  await expect(dialog.locator(".codes li")).toHaveCount(10);
  await dialog.getByRole("button", { name: T.me.codes_kept }).click();
}

test.describe("where everybody has to sign in", () => {
  let server: Server;
  test.beforeAll(async () => {
    test.setTimeout(120_000);
    server = await start(PORT, "--demo");
  });
  test.afterAll(() => server.stop());

  test("a wrong password is refused, a right one wants the code, and a role sees its own work only", async ({
    page,
  }) => {
    await speak(page, "zh-CN");
    await page.goto(`${server.url}/`);
    await box(page, T.door.login).fill("housekeeping");
    await page.getByLabel(T.door.password).fill("certainly wrong");
    await page.getByRole("button", { name: T.door.sign_in }).click();
    await expect(page.getByRole("alert")).toBeVisible();
    await signIn(page, server, "housekeeping");
    await expect(page.getByRole("heading", { level: 1, name: T.nav.rooms })).toBeVisible();
    const main = page.getByRole("navigation", { name: T.nav.main });
    await expect(main.getByRole("link", { name: T.nav.rooms })).toBeVisible();
    for (const other of [T.nav.today, T.nav.cashier, T.nav.journal, T.nav.access])
      await expect(main.getByRole("link", { name: other, exact: true })).toHaveCount(0);
  });

  test("whom the chain's own sign-in refused is told so, and nobody else is", async ({ page }) => {
    await speak(page, "zh-CN");
    await page.goto(`${server.url}/sign-in?refused=1`);
    await expect(box(page, T.door.login)).toBeVisible();
    await expect(page.getByText(T.door.turned_away)).toBeVisible();
    await expect(page).not.toHaveURL(/refused/);
    expect.soft(await axeFaults(page)).toEqual([]);
    for (const path of ["/sign-in", "/sign-in?refused=0", "/"]) {
      await page.goto("about:blank");
      await page.goto(`${server.url}${path}`);
      await expect(box(page, T.door.login)).toBeVisible();
      await expect(page.getByText(T.door.turned_away)).toHaveCount(0);
    }
  });

  test("a session that ends takes nothing that was typed, and comes back in its place", async ({ page, context }) => {
    await speak(page, "zh-CN");
    await page.goto(`${server.url}/p/${PROPERTY}/book`);
    await signIn(page, server, "front_desk");
    await page.getByLabel(T.book.name).fill("欧阳静好");
    // Nothing on its way meets the end of the session before what is typed next.
    await settled(page);
    await context.clearCookies();
    await page.getByLabel(T.book.adults).fill("1");
    await expect(page.getByRole("heading", { name: filled(T.door.again, { login: "front_desk" }) })).toBeVisible();
    const account = accountOf(server, "front_desk");
    await page.getByLabel(T.door.password).fill(account.password);
    await page.getByRole("button", { name: T.door.sign_in }).click();
    // A code counts once: the next one is shown.
    await box(page, T.door.code).fill(codeOf(account.secret, 1));
    await page.getByRole("button", { name: T.door.show_code }).click();
    await expect(page.getByRole("dialog")).toHaveCount(0);
    await expect(page.getByLabel(T.book.name)).toHaveValue("欧阳静好");
  });

  test("an account is made, granted a role, and a program gets its key once", async ({ page }) => {
    await speak(page, "zh-CN");
    await page.goto(`${server.url}/p/${PROPERTY}/access`);
    await signIn(page, server, "administrator");
    await settled(page);
    await page.getByRole("button", { name: T.access.new_account }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel(T.door.name).fill("许念安");
    await dialog.getByRole("textbox", { name: T.door.login }).fill("xu.nianan");
    await dialog.getByLabel(T.access.first_password).fill("short");
    await dialog.getByRole("button", { name: T.access.do_new_account }).click();
    // What is wrong stands at its field.
    await expect(dialog.locator(".field-error").filter({ hasText: /10/ })).toBeVisible();
    await dialog.getByLabel(T.access.first_password).fill("barometer-lintel-quince-41");
    await dialog.getByRole("button", { name: T.access.do_new_account }).click();
    await expect(dialog).toHaveCount(0);
    await page.getByRole("button", { name: T.access.grant, exact: true }).click();
    await dialog.getByRole("button", { name: new RegExp(T.access.role) }).click();
    await page.getByRole("option", { name: T.code.role.front_desk }).click();
    await dialog.getByRole("button", { name: T.access.do_grant, exact: true }).click();
    await expect(dialog).toHaveCount(0);
    await expect(page.getByRole("region", { name: "许念安" })).toContainText(T.code.role.front_desk);

    await page.getByRole("link", { name: T.access.programs }).click();
    await page.getByRole("button", { name: T.access.new_program }).click();
    await dialog.getByLabel(T.access.program_name).fill("door locks");
    await dialog.getByRole("button", { name: T.access.do_new_program }).click();
    await expect(dialog.getByText(/^hefu_/)).toBeVisible();
    await dialog.getByRole("button", { name: T.access.key_kept }).click();
    await expect(page.getByText(/hefu_[0-9a-f]{8}/)).toHaveCount(0);
  });

  test("somebody whose role wants a second factor sets one up before anything else, with a code drawn here", async ({
    page,
  }) => {
    await speak(page, "zh-CN");
    await page.goto(`${server.url}/p/${PROPERTY}/me`);
    await box(page, T.door.login).fill("xu.nianan");
    await page.getByLabel(T.door.password).fill("barometer-lintel-quince-41");
    await page.getByRole("button", { name: T.door.sign_in }).click();
    await expect(page.getByRole("heading", { name: T.door.change_title })).toBeVisible();
    await page.getByLabel(T.door.new).fill("cormorant-ledger-velvet-77");
    await page.getByRole("button", { name: T.door.change }).click();
    const wanted = page.getByRole("heading", { name: T.door.enrol_title });
    await expect(wanted).toBeVisible();
    // Neither another address nor leaving half-way goes around it.
    await page.goto(`${server.url}/p/${PROPERTY}/today`);
    await expect(wanted).toBeVisible();
    expect.soft(await axeFaults(page)).toEqual([]);
    expect.soft(await ibmFaults(page)).toEqual([]);
    expect.soft(await misfits(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await expect(wanted).toBeVisible();
    await page.getByRole("button", { name: T.me.factor_set }).click();
    await page.getByRole("button", { name: T.do.leave }).click();
    await expect(wanted).toBeVisible();
    await enrol(page, "cormorant-ledger-velvet-77");
    await expect(page.getByRole("dialog")).toHaveCount(0);
    await expect(page.getByRole("heading", { level: 1, name: T.nav.today })).toBeVisible();
    await page.goto(`${server.url}/p/${PROPERTY}/me`);
    await expect(page.getByText(filled(T.me.factor_on_other, { count: 10 }))).toBeVisible();
    await page.getByRole("button", { name: T.me.sign_out, exact: true }).click();
    await expect(page.getByRole("heading", { name: T.door.title, exact: true })).toBeVisible();
  });

  test("a role taken in an emergency alarms the auditor, who says to have seen it", async ({ browser }) => {
    const REASON = "示例：夜间停电，值班员不在";
    const manager = await browser.newPage();
    await speak(manager, "zh-CN");
    await manager.goto(`${server.url}/p/${PROPERTY}/me`);
    await signIn(manager, server, "manager");
    await manager.getByRole("button", { name: T.emergency.take }).click();
    const dialog = manager.getByRole("dialog");
    await dialog.getByRole("button", { name: T.emergency.do_take }).click();
    await expect(dialog.getByText(T.act.reason_needed)).toBeVisible();
    await dialog.getByLabel(T.word.reason).fill(REASON);
    await dialog.getByRole("button", { name: T.emergency.do_take }).click();
    await expect(dialog).toHaveCount(0);
    const grants = manager.getByRole("region", { name: T.me.grants });
    await expect(grants).toContainText("HZ01");
    await grants.getByRole("button", { name: T.emergency.end }).click();
    await expect(grants.getByRole("button", { name: T.emergency.end })).toHaveCount(0);
    await manager.close();

    const page = await browser.newPage();
    await speak(page, "zh-CN");
    await page.goto(`${server.url}/`);
    await signIn(page, server, "auditor");
    await expect(page.getByRole("heading", { level: 1, name: T.nav.alarms })).toBeVisible();
    const alarms = page.getByRole("region", { name: T.nav.alarms });
    const one = alarms.getByRole("listitem").filter({ hasText: T.alarms.kind.emergency });
    await expect(one).toContainText("manager");
    await one.getByRole("button", { name: T.alarms.seen }).click();
    await expect(one).toHaveCount(0);
    await page.getByRole("link", { name: T.alarms.all, exact: true }).click();
    await expect(one).toContainText("auditor");
    // The journal names whoever acted, and not an account's key.
    await page.goto(`${server.url}/p/${PROPERTY}/journal`);
    const entries = page.getByRole("table").getByRole("row");
    await expect(entries.filter({ hasText: "manager" }).first()).toBeVisible();
    await expect(entries.filter({ hasText: /staff:/ })).toHaveCount(0);
    await page.close();
  });

  for (const language of LANGUAGES) {
    test(`the sign-in fits and can be used by everybody, ${language}`, async ({ page }) => {
      for (const [width, theme] of [
        [1440, "light"],
        [390, "dark"],
      ] as const) {
        await page.setViewportSize({ width, height: 844 });
        await speak(page, language, theme);
        await page.goto("about:blank");
        await page.goto(`${server.url}/`);
        await expect(page.getByRole("dialog")).toBeVisible();
        expect.soft(await axeFaults(page)).toEqual([]);
        expect.soft(await ibmFaults(page)).toEqual([]);
        expect.soft(await misfits(page)).toEqual([]);
      }
    });
  }
});

test("the link of the first start makes the administrator, once, who sets up a second factor and then a house", async ({
  page,
}) => {
  test.setTimeout(120_000);
  const server = await start(PORT + 1);
  try {
    await speak(page, "zh-CN");
    const link = /http\S+\/setup#\S+/.exec(server.said)?.[0] ?? "";
    for (const login of ["first", "second"]) {
      await page.goto("about:blank");
      await page.goto(link);
      await box(page, T.door.name).fill("管理员");
      await box(page, T.door.login).fill(login);
      await page.getByLabel(T.door.password).fill("barometer-lintel-quince-41");
      await page.getByRole("button", { name: T.door.setup }).click();
      if (login === "first") {
        await expect(page.getByRole("heading", { name: T.door.enrol_title })).toBeVisible();
        await enrol(page, "barometer-lintel-quince-41");
        await expect(page.getByText(T.home.none)).toBeVisible();
      } else {
        await expect(page.getByRole("alert")).toBeVisible();
      }
    }
    await page.goto(`${server.url}/?new=property`);
    await page.getByLabel(T.groups.code).fill("SZ02");
    await box(page, T.setup.name).fill("合符园林酒店");
    await box(page, T.setup.name_en).fill("Hefu Garden");
    await page.getByRole("button", { name: T.setup.make_property }).click();
    await expect(page).toHaveURL(/\/p\/SZ02\/settings/);
  } finally {
    server.stop();
  }
});
