import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineConfig } from "@playwright/test";
import { BINARY } from "./tests/server";

const port = process.env.HEFU_WEB_PORT ?? "8189";
// The configuration is read by every worker; the server gets the first one's folder.
process.env.HEFU_WEB_DATA ??= mkdtempSync(join(tmpdir(), "hefu-web-"));

// The server takes what begins with HEFU_ for its settings, and refuses those it does not know.
const unset = Object.keys(process.env)
  .filter((name) => name.startsWith("HEFU_"))
  .map((name) => `-u ${name}`)
  .join(" ");

export default defineConfig({
  testDir: "tests",
  outputDir: "test-results",
  timeout: 45_000,
  expect: { timeout: 10_000 },
  fullyParallel: false,
  workers: 1,
  forbidOnly: true,
  reporter: [["list"]],
  use: {
    baseURL: `http://127.0.0.1:${port}`,
    trace: "retain-on-failure",
    launchOptions: { executablePath: process.env.HEFU_CHROMIUM ?? "/usr/bin/chromium" },
    viewport: { width: 1440, height: 900 },
    reducedMotion: "reduce",
  },
  webServer: {
    command: `exec env ${unset} ${BINARY} serve --demo --data ${process.env.HEFU_WEB_DATA} --listen 127.0.0.1:${port}`,
    url: `http://127.0.0.1:${port}/healthz`,
    timeout: 120_000,
    reuseExistingServer: false,
    stdout: "ignore",
  },
  projects: [
    { name: "life", testMatch: "life.spec.ts" },
    { name: "office", testMatch: "office.spec.ts" },
    { name: "work", testMatch: /(channels|hours|imports|scanner|live)\.spec\.ts/ },
    { name: "access", testMatch: /(access|passkey|privacy)\.spec\.ts/ },
    { name: "screens", testMatch: "screens.spec.ts" },
    { name: "shots", testMatch: "shots.spec.ts" },
  ],
});
