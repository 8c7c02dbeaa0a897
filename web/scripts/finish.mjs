// After a build: compresses its files once for every request to come, says how much script the first screen needs, and fails above the limit. With
// `--say` it says so of a build that was compressed before.
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

/** Most script of the first route, bytes after gzip. */
const MOST = 250_000;
const dist = new URL("../dist", import.meta.url).pathname;

function* files(folder) {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* files(path);
    else yield path;
  }
}

const text = /\.(html|js|css|svg|json|txt)$/;
function pack() {
  // The folder is part of the repository, so that a build without the app has one to look at.
  writeFileSync(join(dist, ".keep"), "");
  for (const path of files(dist)) {
    if (!text.test(path) || path.includes(".vite")) continue;
    const content = readFileSync(path);
    writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
    writeFileSync(`${path}.br`, brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
  }
}
if (!process.argv.includes("--say")) pack();

const manifest = JSON.parse(readFileSync(join(dist, ".vite/manifest.json"), "utf8"));
/** A chunk with everything it needs before it runs. */
function closure(name, seen = new Set()) {
  if (seen.has(name)) return seen;
  seen.add(name);
  for (const next of manifest[name].imports ?? []) closure(next, seen);
  return seen;
}
const first = new Set([...closure("index.html"), ...closure("src/i18n/zh.ts")]);
const size = (name) => gzipSync(readFileSync(join(dist, manifest[name].file)), { level: 9 }).length;
const total = [...first].reduce((sum, name) => sum + size(name), 0);
for (const name of Object.keys(manifest).sort()) {
  if (manifest[name].file.endsWith(".js"))
    console.log(`${first.has(name) ? "first " : "      "} ${String(size(name)).padStart(7)} ${name}`);
}
console.log(`first route: ${(total / 1000).toFixed(1)} KB of script after gzip, at most ${MOST / 1000}`);
if (total > MOST) {
  console.error("the first route needs too much script");
  process.exit(1);
}
