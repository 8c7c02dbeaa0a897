import { expect, it } from "vitest";
import { textsOf } from "./strings.mjs";

it("finds texts outside of the catalogues", () => {
  const bad = `
    const a = <p>Save changes</p>;
    const b = <button aria-label="Close it" />;
    const c = "办理入住";
    const d = \`共 \${n} 晚\`;
    const e = <p>{"Nothing here"}</p>;
    const f = <input placeholder={"Your name"} />;
  `;
  expect(textsOf("bad.tsx", bad).map((line) => line.split(":")[1])).toEqual(["2", "3", "4", "5", "5", "6", "7"]);
});

it("lets pass what is no text", () => {
  const good = `
    // 注释不算
    const a = <p className="card">{t("word.guest")} · {n}</p>;
    const b = <kbd>Enter</kbd>;
    const c = <Link to="/p/$property/today" search={{ tab: "arrivals" }}>–</Link>;
  `;
  expect(textsOf("good.tsx", good)).toEqual([]);
});
