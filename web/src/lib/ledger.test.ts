import { createHash, generateKeyPairSync, sign } from "node:crypto";
import { expect, it } from "vitest";
import { check, type LedgerProof } from "./ledger";

const sha = (...parts: Uint8Array[]) => createHash("sha256").update(Buffer.concat(parts)).digest();
const leafHash = (text: string) => sha(Buffer.from([0]), Buffer.from(text));
const node = (a: Uint8Array, b: Uint8Array) => sha(Buffer.from([1]), a, b);

/** The root over some hashes, and the way up from one of them: as RFC 9162 defines them, by splitting. */
function tree(hashes: Buffer[]): Buffer {
  if (hashes.length === 1) return hashes[0] as Buffer;
  const half = 2 ** Math.floor(Math.log2(hashes.length - 1));
  return node(tree(hashes.slice(0, half)), tree(hashes.slice(half)));
}
function path(hashes: Buffer[], at: number): Buffer[] {
  if (hashes.length === 1) return [];
  const half = 2 ** Math.floor(Math.log2(hashes.length - 1));
  const [left, right] = [hashes.slice(0, half), hashes.slice(half)];
  return at < half ? [...path(left, at), tree(right)] : [...path(right, at - half), tree(left)];
}

const { publicKey, privateKey } = generateKeyPairSync("ed25519");
const raw = Buffer.concat([Buffer.from([1]), publicKey.export({ format: "der", type: "spki" }).subarray(-32)]);
const id = sha(Buffer.from("hefu.test\n"), raw).subarray(0, 4);
const verifier = `hefu.test+${id.toString("hex")}+${raw.toString("base64")}`;

function proofOf(index: number, size: number): LedgerProof {
  const leaves = Array.from({ length: size }, (_, at) => `entry ${at}`);
  const hashes = leaves.map(leafHash);
  const text = `hefu.test\n${size}\n${tree(hashes).toString("base64")}\n`;
  const signature = Buffer.concat([id, sign(null, Buffer.from(text), privateKey)]).toString("base64");
  return {
    index,
    size,
    leaf: leaves[index] ?? "",
    leaf_hash: (hashes[index] as Buffer).toString("base64"),
    proof: path(hashes, index).map((hash) => hash.toString("base64")),
    checkpoint: `${text}\n— hefu.test ${signature}\n— witness.test ${signature}\n`,
  };
}

it("finds every entry of ledgers of every small size", async () => {
  for (let size = 1; size <= 17; size += 1)
    for (let index = 0; index < size; index += 1)
      expect(await check(proofOf(index, size), verifier), `${index} of ${size}`).toEqual({
        leaf: true,
        root: true,
        signed: true,
      });
});

it("finds out what was changed", async () => {
  const good = proofOf(5, 11);
  const wrong = async (change: Partial<LedgerProof>) => check({ ...good, ...change }, verifier);
  expect(await wrong({ leaf: "entry 6" })).toMatchObject({ leaf: false, root: false });
  expect(await wrong({ index: 6 })).toMatchObject({ root: false });
  expect(await wrong({ proof: good.proof.slice(1) })).toMatchObject({ root: false });
  expect(await wrong({ proof: [...good.proof, ...good.proof.slice(0, 1)] })).toMatchObject({ root: false });
  expect(await wrong({ size: 12 })).toMatchObject({ root: false });
  expect(await wrong({ checkpoint: good.checkpoint.replace("\n11\n", "\n12\n") })).toMatchObject({
    root: false,
    signed: false,
  });
  expect(await check(good, verifier.replace("hefu.test", "other.test"))).toMatchObject({ signed: false });
});
