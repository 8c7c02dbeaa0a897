import { expect, it } from "vitest";
import type { Schema } from "../../api/client";
import { besides, bitsText, compare, shareText } from "./evidence";

const guest = (profile: Schema<"ProfileView">): Schema<"GuestView"> => ({
  id: "00000000-0000-7000-8000-000000000001",
  masked: true,
  state: "active",
  version: 1,
  profile,
});
const likeness: Schema<"Likeness"> = {
  bits: 4.9,
  probability: 0.968,
  verdict: "review",
  code: "surname.reading+5.0 household-5.0 prior-7.5",
  en: "",
  zh: "",
  evidence: [
    { field: "surname", level: "reading", bits: 5 },
    { field: "given", level: "reading", bits: 2.6 },
    { field: "phone", level: "same", bits: 11.2 },
    { field: "email", level: "differ", bits: -1.4 },
    { field: "birth", level: "missing", bits: 0 },
  ],
};

it("lays the facts of two guests side by side, with what the model makes of each", () => {
  const rows = compare(
    guest({ full_name: "裴听澜", phones: ["138****6204"], documents: [{ type: "passport", number: "E****3391" }] }),
    guest({ full_name: "PEI TINGLAN", phones: ["138****6204"], emails: ["t***@example.com"] }),
    likeness,
    (type, number) => `${type} ${number}`,
  );
  expect(rows.map((row) => row.fact)).toEqual(["name", "phone", "document", "email"]);
  expect(rows[0]).toMatchObject({ values: [["裴听澜"], ["PEI TINGLAN"]], levels: ["reading"] });
  expect(rows[0]?.bits).toBeCloseTo(7.6);
  // Nobody can compare a document that one side has only.
  expect(rows[2]).toMatchObject({ bits: undefined, values: [["passport E****3391"], []] });
});

it("says what the evidence does not explain, and how sure it is", () => {
  expect(besides(likeness).prior).toBeCloseTo(-7.5);
  expect(besides(likeness).household).toBeCloseTo(-5);
  expect(besides({ ...likeness, code: "prior-12.5" })).toMatchObject({ household: 0 });
  expect([bitsText(7.62), bitsText(-1.4), bitsText(-0.01)]).toEqual(["+7.6", "−1.4", "0.0"]);
  expect([shareText(0.968), shareText(0.99999)]).toEqual(["96.8%", "99.9%"]);
});
