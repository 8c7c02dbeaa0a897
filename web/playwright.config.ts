import { mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineConfig } from "@playwright/test";
import { BINARY } from "./tests/server";

/** How many tests run at a time, each worker beside a server of its own: what one changes moves nothing under the eyes of the other. */
const WORKERS = Number(process.env.HEFU_WEB_WORKERS ?? "2");
const first = Number(process.env.HEFU_WEB_PORT ?? "8189");
/** The port of a worker's server; the nine above the first one's are for servers that tests start. */
const portOf = (worker: number) => first + 10 * worker;
const urlOf = (worker: number) => `http://127.0.0.1:${portOf(worker)}`;
// The configuration is read by every worker; the servers get the first one's folder.
process.env.HEFU_WEB_DATA ??= mkdtempSync(join(tmpdir(), "hefu-web-"));
const folderOf = (worker: number) => join(process.env.HEFU_WEB_DATA ?? "", String(worker));

// The server takes what begins with HEFU_ for its settings, and refuses those it does not know.
const unset = Object.keys(process.env)
  .filter((name) => name.startsWith("HEFU_"))
  .map((name) => `-u ${name}`)
  .join(" ");

export default defineConfig({
  testDir: "tests",
  outputDir: "test-results",
  timeout: 60_000,
  expect: { timeout: 10_000 },
  fullyParallel: false,
  workers: WORKERS,
  forbidOnly: true,
  reporter: [["list"]],
  use: {
    baseURL: urlOf(Number(process.env.TEST_PARALLEL_INDEX ?? "0")),
    // A trace takes a picture of the page before and after each step: it is made when asked for, with `--trace retain-on-failure`.
    screenshot: "only-on-failure",
    launchOptions: { executablePath: process.env.HEFU_CHROMIUM ?? "/usr/bin/chromium" },
    viewport: { width: 1440, height: 900 },
    reducedMotion: "reduce",
  },
  webServer: Array.from({ length: WORKERS }, (_, worker) => {
    const data = folderOf(worker);
    mkdirSync(data, { recursive: true });
    return {
      command: `exec env ${unset} ${BINARY} serve --demo --data ${data} --listen 127.0.0.1:${portOf(worker)}`,
      url: `${urlOf(worker)}/healthz`,
      timeout: 180_000,
      reuseExistingServer: false,
      stdout: "ignore",
    };
  }),
  // The longest first; the screens, one by one, fill in what is left.
  projects: [
    { name: "life", testMatch: "life.spec.ts" },
    { name: "access", testMatch: /(access|passkey|privacy)\.spec\.ts/ },
    { name: "work", testMatch: /(bill|channels|hours|imports|party|scanner|services|returning|live)\.spec\.ts/ },
    { name: "office", testMatch: "office.spec.ts" },
    { name: "screens", testMatch: "screens.spec.ts", fullyParallel: true },
    { name: "shots", testMatch: "shots.spec.ts", fullyParallel: true },
    { name: "stories", testMatch: /(life|returning)\.spec\.ts/ },
    { name: "figures", testMatch: "figures.spec.ts", dependencies: ["stories"] },
  ],
});
