/**
 * Checks in the browser that an entry is in the ledger: the hash of the entry, with those beside its way up, comes to the root that the checkpoint
 * says (RFC 9162, section 2.1.3), and the checkpoint is signed with the ledger's key (c2sp.org/signed-note). Nothing of the server's answer is
 * believed but what the hashes say.
 */

export interface LedgerProof {
  index: number;
  size: number;
  leaf: string;
  leaf_hash: string;
  proof: readonly string[];
  checkpoint: string;
}

/** What was checked. `signed` is none where the browser can't check Ed25519. */
export interface Checked {
  leaf: boolean;
  root: boolean;
  signed: boolean | undefined;
}

const bytesOf = (base64: string): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
const textBytes = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(new TextEncoder().encode(text));

function joined(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

const sha256 = async (...parts: Uint8Array[]) =>
  new Uint8Array(await crypto.subtle.digest("SHA-256", joined(...parts)));
const equal = (a: Uint8Array, b: Uint8Array) => a.length === b.length && a.every((byte, at) => byte === b[at]);

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

/** The root that a leaf's hash and the hashes beside its way come to; `undefined` if there are too few or too many of them. */
async function rootOf(
  leaf: Uint8Array,
  index: number,
  size: number,
  path: readonly Uint8Array[],
): Promise<Uint8Array | undefined> {
  if (!(index >= 0 && index < size)) return undefined;
  let [at, last, root] = [index, size - 1, leaf];
  for (const beside of path) {
    if (last === 0) return undefined;
    if (at % 2 === 1 || at === last) {
      root = await sha256(NODE, beside, root);
      while (at % 2 === 0 && at !== 0) {
        at = Math.floor(at / 2);
        last = Math.floor(last / 2);
      }
    } else {
      root = await sha256(NODE, root, beside);
    }
    at = Math.floor(at / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 ? root : undefined;
}

/** A signed note: what is signed, and the signatures by the name of whoever made them. */
function noteOf(note: string): { text: string; signatures: { name: string; bytes: Uint8Array }[] } {
  const end = note.indexOf("\n\n");
  const signatures = note
    .slice(end + 2)
    .split("\n")
    .flatMap((line) => {
      const [dash, name, base64] = line.split(" ");
      return dash === "—" && name && base64 ? [{ name, bytes: bytesOf(base64) }] : [];
    });
  return { text: note.slice(0, end + 1), signatures };
}

/** Whether a note bears the signature of a key, given as `name+id+key`. */
async function isSigned(note: string, verifier: string): Promise<boolean | undefined> {
  const [name = "", id = "", base64 = ""] = verifier.split("+", 2).concat(verifier.split("+").slice(2).join("+"));
  const key = bytesOf(base64);
  // One byte before the key says that it is of Ed25519.
  if (key[0] !== 1 || key.length !== 33) return undefined;
  const { text, signatures } = noteOf(note);
  const mine = signatures.find(
    (one) =>
      one.name === name &&
      [...one.bytes.slice(0, 4)].map((byte) => byte.toString(16).padStart(2, "0")).join("") === id.toLowerCase(),
  );
  if (!mine) return false;
  try {
    const imported = await crypto.subtle.importKey("raw", key.slice(1), { name: "Ed25519" }, false, ["verify"]);
    return await crypto.subtle.verify("Ed25519", imported, new Uint8Array(mine.bytes.slice(4)), textBytes(text));
  } catch (error) {
    // A browser without this algorithm says so; a wrong signature is an answer.
    if (error instanceof DOMException) return undefined;
    throw error;
  }
}

/** Checks a proof against its checkpoint, and the checkpoint against the key. */
export async function check(proof: LedgerProof, verifier: string): Promise<Checked> {
  const [, size, root] = proof.checkpoint.split("\n");
  const leaf = await sha256(LEAF, textBytes(proof.leaf));
  const found = await rootOf(leaf, proof.index, proof.size, proof.proof.map(bytesOf));
  return {
    leaf: equal(leaf, bytesOf(proof.leaf_hash)),
    root: found !== undefined && Number(size) === proof.size && root !== undefined && equal(found, bytesOf(root)),
    signed: await isSigned(proof.checkpoint, verifier),
  };
}
