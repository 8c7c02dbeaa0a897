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

it("lets numbers be written into arrays of numbers", () => {
  const source = `
    const all = new Int32Array(9).fill(-1);
    const copy = Uint8Array.from(all);
    all[n] = 1;
    copy[n + 1] += all[n];
    function put(into: Float64Array, any: object, plain) {
      into[n] = 1;
      any[n] = 1;
      plain[n] = 1;
      const all = {};
      all[n] = 1;
    }
    function other({ copy }) {
      copy[n] = 1;
    }
    const other = Int32Array;
    other[n] = 1;
  `;
  const lines = writesOf("numbers.ts", source).map((line) => line.split(":")[1]);
  expect(lines).toEqual(["8", "9", "11", "14", "17"]);
});
