// Fails for a package of the lockfile whose licence is not one of those that may stand beside Apache-2.0.
import { readFileSync } from "node:fs";

const ALLOWED = new Set([
  "MIT",
  "Apache-2.0",
  "ISC",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "0BSD",
  "MPL-2.0",
  "OFL-1.1",
  "CC0-1.0",
  "CC-BY-4.0",
  "BlueOak-1.0.0",
  "Python-2.0",
  "Unlicense",
]);

/** Packages that say their licence in a file only: which it is. */
const IN_A_FILE = { "node_modules/@react-aria/optimize-locales-plugin": "Apache-2.0" };

/** Whether one of the licences a package offers is allowed. */
export function isAllowed(licence) {
  return licence
    .replace(/[()]/g, "")
    .split(/ OR /)
    .some((choice) => choice.split(/ AND /).every((one) => ALLOWED.has(one.trim())));
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const { packages } = JSON.parse(readFileSync(new URL("../package-lock.json", import.meta.url), "utf8"));
  const bad = Object.entries(packages).flatMap(([path, { license = IN_A_FILE[path] }]) =>
    path === "" || (license && isAllowed(license)) ? [] : [`${path}: ${license ?? "none said"}`],
  );
  if (bad.length > 0) {
    console.error(`licences that are not allowed:\n${bad.join("\n")}`);
    process.exit(1);
  }
}
