import { expect, it } from "vitest";
import { en } from "./en";
import { lengthen } from "./lengthen";
import { more as moreEn } from "./more.en";
import { more as moreZh } from "./more.zh";
import { zh } from "./zh";

function leaves(texts: object, path = ""): [string, string][] {
  return Object.entries(texts).flatMap(([key, value]) =>
    typeof value === "string" ? [[path + key, value] as [string, string]] : leaves(value, `${path}${key}.`),
  );
}

const braces = (text: string) => [...text.matchAll(/\{\{\s*(\w+)/g)].map((match) => match[1]).sort();

it("makes every English text at least two fifths longer and keeps what is filled in", () => {
  const before = leaves({ first: en, more: moreEn });
  const after = new Map(leaves(lengthen({ first: en, more: moreEn }) as object));
  for (const [path, text] of before) {
    const grown = after.get(path) ?? "";
    expect(braces(grown), path).toEqual(braces(text));
    if (path !== "first.weekdays")
      expect(grown.length, path).toBeGreaterThanOrEqual(
        text.length + Math.floor(text.replace(/\{\{.*?\}\}/g, "").length * 0.4),
      );
  }
});

it("has the same texts with the same things to fill in, in both languages", () => {
  const chinese = new Map(leaves({ first: zh, more: moreZh }));
  const english = new Map(leaves({ first: en, more: moreEn }));
  expect([...chinese.keys()].sort()).toEqual([...english.keys()].sort());
  for (const [path, text] of chinese) {
    expect(text, path).not.toBe("");
    // A word for one may leave the count out.
    if (!path.endsWith("_one")) expect(braces(english.get(path) ?? ""), path).toEqual(braces(text));
  }
});

it("has no Chinese in English texts, and full-width punctuation in Chinese ones", () => {
  for (const [path, text] of leaves({ first: en, more: moreEn }))
    if (path !== "first.app.chinese" && path !== "first.person.zh") expect(text, path).not.toMatch(/\p{Script=Han}/u);
  for (const [path, text] of leaves({ first: zh, more: moreZh }))
    expect(text, path).not.toMatch(/\p{Script=Han}[,;:!?]|[,;:!?]\p{Script=Han}/u);
});

it("never uses words that belong elsewhere", () => {
  for (const [path, text] of leaves({ first: zh, more: moreZh }))
    expect(text, path).not.toMatch(/用户|订单|删除|提交|确定/);
});
