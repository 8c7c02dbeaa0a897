import { expect, it } from "vitest";
import { isAllowed } from "./licences.mjs";

it("lets pass licences that may stand beside Apache-2.0, and no others", () => {
  for (const good of ["MIT", "(MIT OR Apache-2.0)", "GPL-3.0-only OR MIT", "MIT AND ISC"])
    expect(isAllowed(good), good).toBe(true);
  for (const bad of ["GPL-3.0-only", "AGPL-3.0-or-later", "MIT AND GPL-2.0", "UNLICENSED", ""])
    expect(isAllowed(bad), bad).toBe(false);
});
