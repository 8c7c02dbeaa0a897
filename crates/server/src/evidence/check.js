"use strict";
// Checks the evidence below, with nothing but what a browser has. Formats: RFC 6962 (tree), c2sp.org/signed-note, c2sp.org/tlog-checkpoint,
// c2sp.org/tlog-cosignature. `check` answers { steps, entries, rows, checkpoint }; a step's ok is true, false, or null: not checked.
const utf8 = new TextDecoder("utf-8", { fatal: true });
const encode = (text) => new TextEncoder().encode(text);
const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const same = (one, other) => hex(one) === hex(other);
function join(...parts) {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  parts.reduce((at, part) => (all.set(part, at), at + part.length), 0);
  return all;
}
const sha256 = async (...parts) => new Uint8Array(await crypto.subtle.digest("SHA-256", join(...parts)));
// As Hefu hashes a list of parts: each behind its length, as a 64-bit big-endian number.
function framed(...parts) {
  const lengths = parts.map(() => new Uint8Array(8));
  parts.forEach((part, at) => view(lengths[at]).setBigUint64(0, BigInt(part.length)));
  return sha256(...parts.flatMap((part, at) => [lengths[at], part]));
}
function bytes(text) {
  const raw = atob(text);
  if (btoa(raw) !== text) throw Error("base64");
  return Uint8Array.from(raw, (c) => c.charCodeAt(0));
}
const view = (part) => new DataView(part.buffer, part.byteOffset, part.byteLength);
const number = (part) => view(part).getBigInt64(0);

// An LZ4 block behind its size, as the rows of an entry are packed.
function unpack(packed) {
  if (packed.length === 0) return packed;
  const size = view(packed).getUint32(0, true);
  if (size > 1 << 26) throw Error("size");
  const out = new Uint8Array(size);
  let from = 4, to = 0;
  const more = (count) => {
    for (let next = 255; count >= 15 && next === 255; ) count += next = packed[from++];
    return count;
  };
  while (from < packed.length) {
    const token = packed[from++];
    for (let count = more(token >> 4); count > 0; count--) out[to++] = packed[from++];
    if (from >= packed.length) break;
    const back = packed[from] | (packed[from + 1] << 8);
    from += 2;
    for (let count = more(token & 15) + 4; count > 0; count--, to++) out[to] = out[to - back];
  }
  if (to !== size) throw Error("size");
  return out;
}

// What an entry says of rows: table, key, half of a SHA-256 hash (zeros: the row is gone). Behind a key that is the whole row, which the highest
// bit of its length says, there is no hash; such rows (search tokens) are not shown.
function* bound(rows) {
  for (let at = 0; at < rows.length; ) {
    const length = view(rows).getUint16(at + 1), whole = length > 0x7fff, end = at + 3 + (length & 0x7fff);
    if (!whole) yield [hex(rows.subarray(at, at + 1)) + hex(rows.subarray(at + 3, end)), hex(rows.subarray(end, end + 16))];
    at = end + (whole ? 0 : 16);
  }
}

// The values of a row, one after the other: kind, length, bytes.
function* values(row) {
  for (let at = 0; at < row.length; ) {
    const kind = String.fromCharCode(row[at]), length = view(row).getUint32(at + 1), start = at + 5;
    const value = length === 0xffffffff ? null : row.subarray(start, (at = start + length));
    if (value === null) at = start;
    yield [kind, value, at];
  }
}
function shown(kind, value) {
  if (value === null) return "";
  if (kind === "i") return String(number(value));
  if (kind === "b") return value[0] ? "true" : "false";
  if (kind === "z") return new Date(Number(number(value) / 1000n)).toISOString();
  if (kind === "t" || kind === "d") return utf8.decode(value);
  if (kind === "u") return hex(value).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  return hex(value);
}

// The root that a proof leads to (RFC 9162, section 2.1.3.2).
async function root(leaf, index, size, proof) {
  let at = BigInt(index), last = BigInt(size) - 1n, hash = leaf;
  if (at > last) throw Error("index");
  for (const text of proof) {
    if (last === 0n) throw Error("proof");
    const right = at % 2n === 1n || at === last;
    hash = right ? await sha256([1], bytes(text), hash) : await sha256([1], hash, bytes(text));
    while (right && at % 2n === 0n && at !== 0n) (at >>= 1n), (last >>= 1n);
    (at >>= 1n), (last >>= 1n);
  }
  if (last !== 0n) throw Error("proof");
  return hash;
}

// Opens an entry: who, what, when, where and why, and which rows it wrote.
async function open(entry) {
  const statement = bytes(entry.statement), evidence = bytes(entry.evidence), change = entry.change && bytes(entry.change);
  const said = JSON.parse(utf8.decode(statement));
  const commitment = hex(await framed(await framed(statement), evidence));
  const leaf = await sha256([0], encode(JSON.stringify({ id: said.id, commitment })));
  const opened = { ...said, index: entry.index, leaf, reason: "", event: null, rows: [...bound(unpack(evidence.subarray(32)))] };
  if (change === null) return opened; // destroyed with the data of whom it was about
  if (!same(await framed(change), evidence.subarray(0, 32))) throw Error("change");
  const reason = 18 + view(change).getUint16(16), event = reason + 4 + view(change).getUint32(reason);
  opened.reason = utf8.decode(change.subarray(18, reason));
  opened.event = JSON.parse(utf8.decode(change.subarray(reason + 4, event)));
  if (opened.event.event !== said.action) throw Error("action");
  opened.rows.push(...bound(unpack(change.subarray(event))));
  return opened;
}

// Verifies the signatures of a note by these keys: how many there are of each key, or null where Ed25519 is not known here.
async function signatures(note, keys) {
  const end = note.lastIndexOf("\n\n"), text = note.slice(0, end + 1), found = [];
  const lines = note.slice(end + 2).split("\n").slice(0, -1).map((line) => line.match(/^\u2014 ([^ +]+) ([^ ]+)$/));
  if (end < 0 || lines.length === 0 || lines.includes(null)) throw Error("note");
  for (const key of keys) {
    const [, name, id, material] = key.match(/^([^+]+)\+([0-9a-f]{8})\+(.+)$/), raw = bytes(material);
    if (hex(await sha256(encode(name), [10], raw)).slice(0, 8) !== id) throw Error("key");
    const publicKey = await crypto.subtle.importKey("raw", raw.subarray(1), { name: "Ed25519" }, false, ["verify"]).catch(() => null);
    for (const [, by, signed] of lines) {
      const line = bytes(signed);
      if (by !== name || hex(line.subarray(0, 4)) !== id) continue;
      if (publicKey === null) return null;
      const time = raw[0] === 4 ? number(line.subarray(4, 12)) : 0n;
      const message = raw[0] === 4 ? `cosignature/v1\ntime ${time}\n${text}` : text;
      const good = await crypto.subtle.verify("Ed25519", publicKey, line.subarray(raw[0] === 4 ? 12 : 4), encode(message));
      if (!good) throw Error("signature");
      found.push({ name, key, time: raw[0] === 4 ? new Date(Number(time) * 1000).toISOString() : "" });
    }
  }
  return found;
}

async function check(data) {
  const result = { steps: {}, entries: [], rows: [], checkpoint: null, ledger: [], witnesses: [] };
  const step = async (name, work) => {
    try {
      result.steps[name] = await work();
    } catch (error) {
      result.steps[name] = false;
    }
  };
  await step("entries", async () => {
    for (const entry of data.entries) result.entries.push(await open(entry));
    return result.entries.length > 0;
  });
  await step("proofs", async () => {
    const [origin, size, hash] = data.checkpoint.split("\n");
    if (!/^(0|[1-9][0-9]*)$/.test(size)) throw Error("size");
    result.checkpoint = { origin, size, hash };
    let before = -1;
    for (const [at, { proof }] of data.entries.entries()) {
      const { leaf, index } = result.entries[at];
      if (!Number.isSafeInteger(index) || index <= before) return false;
      if (!same(await root(leaf, (before = index), size, proof), bytes(hash))) return false;
    }
    return result.entries.length > 0;
  });
  await step("ledger", async () => {
    result.ledger = await signatures(data.checkpoint, data.keys);
    if (result.ledger === null) return null;
    return result.ledger.some(({ name }) => name === result.checkpoint.origin);
  });
  await step("witnesses", async () => {
    result.witnesses = await signatures(data.checkpoint, data.witnesses);
    if (result.witnesses === null || data.witnesses.length === 0) return null;
    return data.witnesses.every((key) => result.witnesses.some((found) => found.key === key));
  });
  await step("rows", async () => {
    const last = new Map(result.entries.flatMap(({ rows }) => rows));
    for (const { code, signature, keys, bytes: text } of data.rows) {
      const row = bytes(text), [, table, names] = signature.match(/^([a-z_]+)\(([a-z_,]+),\)$/);
      const all = [...values(row)], digest = hex((await framed(encode(signature), row)).subarray(0, 16));
      if (last.get(hex([code]) + hex(row.subarray(0, all[keys - 1][2]))) !== digest) return false;
      const fields = names.split(",").map((name, at) => [name, shown(all[at][0], all[at][1])]);
      result.rows.push({ table, fields });
    }
    return true;
  });
  return result;
}
