import { expect, test } from "@playwright/test";
import { addDays } from "../src/lib/format";
import { board, filled, guestOf, LANGUAGES, PROPERTY, peopleOf, settled, speak, textsOf } from "./desk";

/** A name that no other run of the test has used. */
const fresh = () => `${Date.now()}`.slice(-7);

for (const language of LANGUAGES) {
  const T = textsOf(language);
  test.describe(`the office, ${language}`, () => {
    test.beforeEach(async ({ page }) => speak(page, language));

    test("a guest is found, seen for a reason, changed, and marked", async ({ page, request }) => {
      const name = language === "en" ? "Philippa Ravenscroft" : "司徒望舒";
      const phone = `139${fresh()}1`;
      const id = await guestOf(request, { full_name: name, phones: [phone], preferences: ["quiet"] });
      const arrival = (await board(request)).business_date;
      const booked = await request.post("/api/v1/reservations", {
        data: {
          property: PROPERTY,
          guest: { id },
          rooms: [
            { room_type: "DBL", rate_plan: "BAR", arrival: addDays(arrival, 40), departure: addDays(arrival, 42) },
          ],
        },
      });
      expect(booked.ok()).toBe(true);
      const { number } = (await booked.json()) as { number: string };
      await page.goto(`/p/${PROPERTY}/guests`);
      await page.getByLabel(T.guest.look_for).fill(phone);
      await page.getByRole("link", { name }).click();
      await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
      const stays = page.getByRole("region", { name: T.guest.stays });
      await expect(stays.getByRole("link", { name: number })).toBeVisible();
      await expect(stays).toContainText(filled(T.guest.total_one, { count: 1, currency: "CNY" }));
      const profile = page.getByRole("region", { name: T.guest.profile });
      await expect(profile).toContainText("****");
      // The phone alone is asked for where it alone is wanted; what else is masked stays so.
      await page.locator(".record-head").getByRole("button", { name: T.do.reveal }).click();
      const asked = page.waitForRequest(/\/reveal$/);
      await page.getByRole("button", { name: T.reveal.do }).click();
      expect((await asked).postDataJSON()).toMatchObject({ classes: ["phone"] });
      await expect(page.getByText(new RegExp(`${phone}`))).toHaveCount(2);
      await profile.getByRole("button", { name: T.guest.reveal_all }).click();
      await page.getByRole("button", { name: T.reveal.do }).click();
      await expect(profile).not.toContainText("****");

      await page.keyboard.press("e");
      const dialog = page.getByRole("dialog");
      await dialog.getByLabel(T.guest.preferences).fill(language === "en" ? "quiet\nhigh floor" : "安静\n高楼层");
      await dialog
        .getByRole("radiogroup", { name: T.guest.purpose.marketing })
        .getByRole("radio", { name: T.guest.answer.refused })
        .check({ force: true });
      await dialog.getByRole("button", { name: T.guest.do_edit }).click();
      await expect(dialog).toHaveCount(0);
      const after = (await (await request.get(`/api/v1/guests/${id}`)).json()) as {
        profile: { preferences: string[]; consents: { purpose: string; given: boolean }[]; phones: string[] };
      };
      expect(after.profile.preferences).toHaveLength(2);
      expect(after.profile.consents).toMatchObject([{ purpose: "marketing", given: false }]);
      // The phone came through the form whole, not as it is masked.
      expect(after.profile.phones[0]).toMatch(/\*\*\*\*/);
      expect(
        (await (await request.post(`/api/v1/guests/${id}/reveal`, { data: { reason: "test" } })).json()).profile
          .phones[0],
      ).toMatch(/^\+86139\d{8}$/);

      await page.getByRole("button", { name: T.guest.vip_on }).click();
      await dialog.getByRole("button", { name: T.guest.vip_on }).click();
      await expect(dialog.getByText(T.act.reason_needed)).toBeVisible();
      await dialog.getByLabel(T.word.reason).fill("board member");
      await dialog.getByRole("button", { name: T.guest.vip_on }).click();
      await expect(page.getByRole("button", { name: T.guest.vip_off })).toBeVisible();
    });

    test("a contradiction is found, narrowed down to, corrected, and another one left with a reason", async ({
      page,
      request,
    }) => {
      const arrival = (await board(request)).business_date;
      const numbers: string[] = [];
      for (const away of [60, 70]) {
        const id = await guestOf(request, { full_name: `Twofold ${fresh()}`, phones: [`137${fresh()}3`] });
        for (const channel of ["direct", "phone"]) {
          const booked = await request.post("/api/v1/reservations", {
            data: {
              property: PROPERTY,
              guest: { id },
              channel,
              rooms: [
                {
                  room_type: "DBL",
                  rate_plan: "BAR",
                  arrival: addDays(arrival, away),
                  departure: addDays(arrival, away + 2),
                },
              ],
            },
          });
          expect(booked.ok()).toBe(true);
          numbers.push(((await booked.json()) as { number: string }).number);
        }
      }
      await page.goto(`/p/${PROPERTY}/reconcile`);
      await page.getByRole("button", { name: T.reconcile.refresh }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByRole("button", { name: T.reconcile.do_refresh }).click();
      await expect(dialog).toHaveCount(0);
      await page.getByRole("button", { name: new RegExp(T.reconcile.kind_label) }).click();
      await page.getByRole("option", { name: T.reconcile.kind.duplicate_booking }).click();
      await expect(page).toHaveURL(/kind=duplicate_booking/);
      const of = (pair: readonly string[]) =>
        page.getByRole("main").getByRole("link", { name: new RegExp(pair.join("|")) });
      await of(numbers.slice(0, 2)).click();
      await expect(page.getByRole("heading", { level: 1, name: T.reconcile.kind.duplicate_booking })).toBeVisible();
      for (const number of numbers.slice(0, 2))
        await expect(page.getByRole("region", { name: T.reconcile.evidence })).toContainText(number);
      await page.getByRole("button", { name: T.reconcile.act.cancel_booking }).click();
      await expect(dialog).toContainText(T.reconcile.will.cancel_booking);
      await dialog.getByRole("button", { name: T.reconcile.act.cancel_booking }).click();
      await expect(dialog).toHaveCount(0);
      await expect(page.getByText(T.reconcile.settled.resolved)).toBeVisible();
      await page.keyboard.press("Escape");
      await expect(page).toHaveURL(/reconcile\?kind=duplicate_booking/);
      await of(numbers.slice(2)).click();
      await page.getByRole("button", { name: T.reconcile.keep }).click();
      await dialog.getByRole("button", { name: T.reconcile.do_keep }).click();
      await expect(dialog.getByText(T.act.reason_needed)).toBeVisible();
      await dialog.getByLabel(T.word.reason).fill("two rooms for two people");
      await dialog.getByRole("button", { name: T.reconcile.do_keep }).click();
      await expect(page.getByText(T.reconcile.settled.decided)).toBeVisible();
    });

    test("two records of one person are compared, merged, taken apart again, and kept apart", async ({
      page,
      request,
    }) => {
      const name = language === "en" ? `Florentina Ashgrove${fresh()}` : `公孙若水${fresh()}`;
      const city = language === "en" ? `Cheltenham${fresh()}` : `示例市${fresh()}`;
      const one = await guestOf(request, { full_name: name, city, phones: [`138${fresh()}2`] });
      const two = await guestOf(request, { full_name: name, city });
      await page.goto(`/p/${PROPERTY}/identity?pair=${one}.${two}`);
      await expect(page.getByRole("region", { name: T.identity.question })).toContainText(name);
      await expect(page.locator(".bits-bar .for").first()).toBeVisible();
      await expect(page.getByRole("complementary", { name: T.identity.result })).toContainText(T.identity.belongs);
      await page.keyboard.press("m");
      await expect(page.getByText(filled(T.identity.merged, { one: name, two: name })).first()).toBeVisible();
      const leadsTo = async (id: string) =>
        ((await (await request.get(`/api/v1/guests/${id}`)).json()) as { id: string }).id;
      expect(await leadsTo(two)).toBe(one);
      await page.getByRole("status").getByRole("button", { name: T.do.undo }).click();
      await expect.poll(() => leadsTo(two)).toBe(two);

      const third = await guestOf(request, { full_name: `${name}x`, city });
      const fourth = await guestOf(request, { full_name: `${name}x`, city });
      await page.goto(`/p/${PROPERTY}/identity?pair=${third}.${fourth}`);
      await expect(page.getByRole("region", { name: T.identity.question })).toContainText(`${name}x`);
      await page.keyboard.press("n");
      await expect(
        page.getByText(filled(T.identity.kept_apart, { one: `${name}x`, two: `${name}x` })).first(),
      ).toBeVisible();
      const history = (await (await request.get(`/api/v1/guests/${third}/identity`)).json()) as {
        pairs: { one: string; two: string; state: string }[];
      };
      expect(history.pairs.find((pair) => [pair.one, pair.two].includes(fourth))?.state).toBe("different");
    });

    test("an entry of the journal is proven here, and what was changed on the way is found out", async ({ page }) => {
      await page.goto(`/p/${PROPERTY}/journal`);
      await settled(page);
      await page.getByRole("row").nth(3).getByRole("link").click();
      await expect(page.getByText(T.journal.proven)).toBeVisible();
      await page.route("**/api/v1/journal/*/proof", async (route) => {
        const answer = await route.fetch();
        const proof = (await answer.json()) as { proof: string[] };
        await route.fulfill({
          response: answer,
          json: { ...proof, proof: proof.proof.map((hash) => hash.replace(/^./, "A")) },
        });
      });
      await page.getByRole("row").nth(6).getByRole("link").click();
      await expect(page.getByText(T.journal.not_proven)).toBeVisible();
      await expect(page.getByText(T.journal.proven)).toHaveCount(0);
    });

    test("a group holds a block, takes a pasted list as a whole or not at all, and checks in", async ({
      page,
      request,
    }) => {
      const code = `G${fresh()}`;
      const today = (await board(request)).business_date;
      await page.goto(`/p/${PROPERTY}/groups?do=new`);
      const dialog = page.getByRole("dialog");
      await dialog.getByLabel(T.groups.code).fill(code);
      await dialog.getByLabel(T.groups.name).fill("Spring fair");
      await dialog.getByRole("button", { name: T.groups.do_new }).click();
      await expect(page.getByRole("heading", { level: 1, name: "Spring fair" })).toBeVisible();
      // A block for another week, far from everybody else's bookings.
      const from = addDays(today, 60);
      await page.getByRole("button", { name: T.groups.new_block }).click();
      const put = await request.put(`/api/v1/properties/${PROPERTY}/blocks/${code}`, {
        data: { rate_plan: "BAR", rooms: [{ room_type: "DBL", from, until: addDays(from, 2), rooms: 3 }] },
      });
      expect(put.ok()).toBe(true);
      await page.goto(`/p/${PROPERTY}/groups/${code}?do=block`);
      await expect(dialog.getByLabel(T.groups.rooms)).toHaveValue("3");
      await dialog.getByLabel(T.groups.rooms).fill("4");
      await dialog.getByRole("button", { name: T.groups.do_block }).click();
      await expect(dialog).toHaveCount(0);
      const held = (await (await request.get(`/api/v1/groups/${code}`)).json()) as {
        blocks: { nights: { rooms: number }[] }[];
      };
      expect(held.blocks[0]?.nights.map((night) => night.rooms)).toEqual([4, 4]);

      await page.getByRole("button", { name: T.groups.paste }).first().click();
      const list = dialog.getByLabel(T.groups.list, { exact: true });
      const send = dialog.getByRole("button", { name: new RegExp(filled(T.groups.do_paste_other, { count: "\\d+" })) });
      await list.fill(`Ada Quill\t\tVilla\nBen Moss\t\tDBL`);
      await expect(dialog.getByText(filled(T.groups.unread, { text: "Villa" }))).toBeVisible();
      await expect(send).toBeDisabled();
      // A row that can't be booked keeps the others back.
      await list.fill(`Ada Quill\t\tDBL\t${from}\t${addDays(from, 2)}\nBen Moss\t\tDBL\t${from}\t${addDays(from, -3)}`);
      await expect(dialog.getByText(filled(T.groups.wrong_rows_one, { count: 1 }))).toBeVisible();
      await expect(send).toBeDisabled();
      await list.fill(
        `name\tarrival\tdeparture\ttype\nAda Quill\t${from}\t${addDays(from, 2)}\tDBL\nBen Moss\t${from}\t${addDays(from, 2)}\tDBL`,
      );
      await expect(dialog.getByText(filled(T.groups.all_right_other, { count: 2 }))).toBeVisible();
      await send.click();
      await expect(dialog).toHaveCount(0);
      await expect(page.getByRole("region", { name: T.groups.rooming_list })).toContainText("Ben Moss");

      await page.getByRole("button", { name: T.groups.check_in }).click();
      await dialog.getByRole("button", { name: T.groups.do_check_in }).click();
      // Nobody of it is due today.
      await expect(dialog).toContainText(filled(T.groups.outcome, { done: 0, all: 0 }));
    });

    test("a company is made, found by a part of its name, and booked for", async ({ page, request }) => {
      const code = `C${fresh()}`;
      await page.goto(`/p/${PROPERTY}/companies?do=new`);
      const dialog = page.getByRole("dialog");
      await dialog.getByLabel(T.groups.code).fill(code);
      await dialog.getByLabel(T.companies.name).fill(`Borealis ${code} Ltd`);
      await dialog.getByLabel(T.companies.commission).fill("x");
      await expect(dialog.getByText(T.companies.share_form)).toBeVisible();
      await dialog.getByLabel(T.companies.commission).fill("6.5");
      await dialog.getByLabel(T.companies.tax_id).fill("1");
      await dialog.getByRole("button", { name: T.companies.do_save }).click();
      await expect(dialog.locator(".field-error")).not.toHaveCount(0);
      await dialog.getByLabel(T.companies.tax_id).fill("");
      await dialog.getByRole("button", { name: T.companies.do_save }).click();
      await expect(dialog).toHaveCount(0);
      await page.getByLabel(T.companies.look_for).fill(`${code} Lt`);
      await expect(page.getByRole("row").nth(1)).toContainText(`Borealis ${code} Ltd`);
      await expect(page.getByRole("region", { name: `Borealis ${code} Ltd` })).toContainText("6.5%");

      // It is found in the same way where it is booked, and the visit names it.
      // On a day of its own in each language: names that differ in some digits may be one guest's.
      const arrival = addDays((await board(request)).business_date, 45 + 3 * LANGUAGES.indexOf(language));
      await page.goto(`/p/${PROPERTY}/book?arrival=${arrival}&departure=${addDays(arrival, 1)}`);
      await page.getByLabel(T.book.name).fill(`Ottoline ${code}`);
      await page.getByRole("textbox", { name: T.account.book_for }).fill(`${code} Lt`);
      const found = page.getByRole("radiogroup", { name: T.account.book_for });
      await found.getByText(`Borealis ${code} Ltd`).click();
      await expect(found).toHaveCount(0);
      await settled(page);
      await page.getByRole("button", { name: /\d\.\d\d/ }).click();
      await expect(page).toHaveURL(/\/visits\//);
      await expect(page.getByText(`Borealis ${code} Ltd`).first()).toBeVisible();
    });

    test("a property is set up from nothing, and can be booked", async ({ page }) => {
      const code = `P${fresh()}`;
      await page.goto("/?new=property");
      await page.getByLabel(T.groups.code).fill(code);
      await page.getByRole("textbox", { name: T.setup.name, exact: true }).fill("合符园林酒店");
      await page.getByRole("textbox", { name: T.setup.name_en, exact: true }).fill("Hefu Garden");
      await page.getByLabel(T.setup.check_in).fill("25:00");
      await expect(page.getByText(T.setup.time_form)).toBeVisible();
      await page.getByLabel(T.setup.check_in).fill("15:00");
      await page.getByRole("button", { name: T.setup.make_property }).click();
      await expect(page).toHaveURL(new RegExp(`/p/${code}/settings`));
      // The form before this one has a code, too.
      await expect(page.getByRole("button", { name: T.setup.add_type })).toBeVisible();
      await page.getByLabel(T.groups.code).fill("KNG");
      await page.getByRole("textbox", { name: T.setup.name, exact: true }).fill("大床房");
      await page.getByRole("textbox", { name: T.setup.name_en, exact: true }).fill("King");
      await page.getByRole("button", { name: T.setup.add_type }).click();
      await expect(page.getByRole("cell", { name: "KNG" })).toBeVisible();
      const next = (step: string) => page.getByRole("link", { name: filled(T.setup.next, { step }) }).click();
      await next(T.setup.steps.rooms);
      await page.getByLabel(T.setup.floor).fill("3");
      await page.getByLabel(T.setup.numbers).fill("0301-0304, 0306");
      await page.getByRole("button", { name: filled(T.setup.add_rooms_other, { count: 5 }) }).click();
      await expect(page.getByText(filled(T.setup.rooms_count_other, { count: 5 }), { exact: true })).toBeVisible();
      await next(T.setup.steps.codes);
      await next(T.setup.steps.policy);
      await page.getByRole("button", { name: T.setup.add_policy }).click();
      await expect(page.getByText("FLEX24")).toBeVisible();
      await next(T.setup.steps.plan);
      await page.getByLabel(language === "en" ? "King" : "大床房").fill("588");
      await page.getByRole("button", { name: T.setup.add_plan }).click();
      await expect(page.getByText(T.setup.ready)).toBeVisible();
      await next(T.setup.steps.billing);
      await page.getByRole("link", { name: T.setup.finish }).click();
      await page.keyboard.press("F2");
      await expect(page.getByRole("button", { name: /588\.00/ })).toBeVisible();
    });
  });
}

test("letters and arrows reach every part of the steward's queue", async ({ page, request }) => {
  await peopleOf(request);
  await speak(page, "en");
  const T = textsOf("en");
  await page.goto(`/p/${PROPERTY}/identity`);
  await settled(page);
  const place = page.locator(".identity-pair .identity-head .two");
  const first = await place.textContent();
  await page.keyboard.press("j");
  const count = await page.locator(".pair").count();
  if (count > 1) await expect(place).not.toHaveText(first ?? "");
  await page.keyboard.press("s");
  await expect(page.locator(".pair")).toHaveCount(count);
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: T.keys.title })).toContainText(T.identity.merge);
});
