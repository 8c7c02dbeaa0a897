// Checks a file of evidence as a browser would, and with each of its parts altered: `node evidence.mjs FILE WORDS…`. The words must stand in what
// the checks open; all of them are printed by the page.
import { readFileSync } from "node:fs";
import vm from "node:vm";
import { webcrypto } from "node:crypto";
import assert from "node:assert/strict";

const [file, ...words] = process.argv.slice(2);
const html = readFileSync(file, "utf8");
const between = (from, to) => html.split(from)[1].split(to)[0];
const script = between('<script id="check">', "</script>");
const text = between('<script type="application/json" id="data">', "</script>");
assert(script.trim().split("\n").length <= 200, "the script that checks is short enough to be read");

const browser = (crypto) =>
  vm.runInNewContext(`${script}; check`, { crypto, TextDecoder, TextEncoder, atob, btoa, Uint8Array, BigInt, DataView, Date, Error, JSON, Map, Promise });
const check = browser(webcrypto);
const isBad = (result) => Object.values(result.steps).some((ok) => ok === false);
const data = () => JSON.parse(text);

const good = await check(data());
assert.deepEqual({ ...good.steps }, { entries: true, proofs: true, ledger: true, witnesses: data().witnesses.length > 0 ? true : null, rows: true });
const said = JSON.stringify([good.entries, good.rows], (_, value) => (typeof value === "bigint" ? String(value) : value));
for (const word of words) assert(said.includes(word), word);
assert(good.rows.length > 3 && good.entries.length > 3);

// A browser without Ed25519 checks the rest, and says that it did not check the signatures.
const without = { subtle: { digest: (...of) => webcrypto.subtle.digest(...of), importKey: async () => { throw Error("unknown"); } } };
const partly = await browser(without)(data());
assert.deepEqual([partly.steps.ledger, partly.steps.entries, partly.steps.proofs, partly.steps.rows], [null, true, true, true]);

// One bit of each part.
const flip = (base64, at) => {
  const bytes = Buffer.from(base64, "base64");
  bytes[at < 0 ? bytes.length + at : at] ^= 1;
  return bytes.toString("base64");
};
const parts = {};
const last = data().entries.length - 1;
for (const at of [0, last]) {
  for (const part of ["statement", "evidence", "change"]) {
    parts[`${part} ${at} begins`] = (d) => (d.entries[at][part] = flip(d.entries[at][part], 0));
    parts[`${part} ${at} ends`] = (d) => (d.entries[at][part] = flip(d.entries[at][part], -1));
  }
  parts[`change ${at} is gone from the middle`] = (d) => (d.entries[at].change = flip(d.entries[at].change, 40));
  for (const n of data().entries[at].proof.keys()) parts[`proof ${at} ${n}`] = (d) => (d.entries[at].proof[n] = flip(d.entries[at].proof[n], 31));
  parts[`proof ${at} is shorter`] = (d) => d.entries[at].proof.pop();
  parts[`proof ${at} is longer`] = (d) => d.entries[at].proof.push(d.entries[at].proof[0]);
  parts[`index ${at}`] = (d) => (d.entries[at].index += 1);
}
parts["two entries changed places"] = (d) => d.entries.reverse();
parts["an entry stands twice"] = (d) => d.entries.push(d.entries[0]);
parts["no entries"] = (d) => (d.entries = []);
data().rows.forEach((row, at) => {
  parts[`row ${at}`] = (d) => (d.rows[at].bytes = flip(row.bytes, -1));
  parts[`names of row ${at}`] = (d) => (d.rows[at].signature = row.signature.replace(/,([a-z_]+),\)/, ",another,)"));
  parts[`table of row ${at}`] = (d) => (d.rows[at].code += 1);
});
const lines = data().checkpoint.split("\n");
lines.forEach((line, at) => {
  if (line === "") return;
  const altered = line.startsWith("\u2014")
    ? line.replace(/[^ ]+$/, (signed) => flip(signed, -1))
    : at === 2 ? flip(line, 0) : `${line}0`;
  parts[`checkpoint line ${at}`] = (d) => (d.checkpoint = [...lines.slice(0, at), altered, ...lines.slice(at + 1)].join("\n"));
});
// The last of three fields, which may itself hold a plus.
const rekey = (key) => key.replace(/(?<=^[^+]*\+[^+]*\+).+$/, (material) => flip(material, 5));
for (const [list, keys] of Object.entries({ keys: data().keys, witnesses: data().witnesses })) {
  keys.forEach((key, at) => (parts[`${list} ${at}`] = (d) => (d[list][at] = rekey(key))));
}
parts["the ledger's key is another"] = (d) => (d.keys = []);
parts["the ledger has another name"] = (d) => (d.keys = d.keys.map((key) => key.replace("hefu/", "hefx/")));
for (const [part, alter] of Object.entries(parts)) {
  const altered = data();
  alter(altered);
  assert.notDeepEqual(altered, data(), part);
  assert(isBad(await check(altered)), `${part} was altered, and nothing was said`);
}
// Text that is spelt otherwise is not the same text.
const spelt = data();
spelt.entries[0].statement = spelt.entries[0].statement.replace(/=*$/, " $&");
assert(isBad(await check(spelt)));
console.log(`${Object.keys(parts).length} alterations are told`);
