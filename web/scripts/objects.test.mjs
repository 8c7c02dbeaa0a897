import { expect, it } from "vitest";
import { writesOf } from "./objects.mjs";

it("finds properties written under any name", () => {
  const bad = `
    all[name] = value;
    all[name].more ??= value;
    all.of[name] += 1;
    all[name]++;
    delete all[name];
    Object.assign(all, JSON.parse(text));
    all.__proto__ = value;
    all["__proto__"] = value;
  `;
  const lines = writesOf("bad.ts", bad).map((line) => line.split(":")[1]);
  expect(lines).toEqual(["2", "3", "4", "5", "6", "7", "8", "9"]);
});

it("lets pass what names what it writes", () => {
  const good = `
    const one = { ...other, [name]: value };
    headers["If-Match"] = etag;
    found[0] = all[name];
    const byName = new Map(Object.entries(one));
    byName.set(name, value);
    one.count += 1;
  `;
  expect(writesOf("good.ts", good)).toEqual([]);
});
