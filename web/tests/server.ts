import { type ChildProcess, spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The binary that is tried, with the app inside. */
export const BINARY = process.env.HEFU_BIN ?? join(process.env.CARGO_TARGET_DIR ?? "../target", "debug/hefu");

/** A server of its own, where everybody has to sign in. */
export interface Server {
  url: string;
  /** What it printed when it started. */
  said: string;
  stop: () => void;
}

/** Starts a server on a port; what it prints for whoever starts it is kept. */
export function start(port: number, ...args: string[]): Promise<Server> {
  const data = mkdtempSync(join(tmpdir(), "hefu-access-"));
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("HEFU_")));
  const server: ChildProcess = spawn(BINARY, ["serve", "--data", data, "--listen", `127.0.0.1:${port}`, ...args], {
    env: { ...env, HEFU_ACCOUNTS_REQUIRED: "true" },
    stdio: ["ignore", "pipe", "ignore"],
  });
  let said = "";
  const url = `http://127.0.0.1:${port}`;
  return new Promise((resolve, reject) => {
    server.once("exit", (code) => reject(new Error(`the server ended: ${code}`)));
    server.stdout?.on("data", (chunk: Buffer) => {
      said += String(chunk);
    });
    const ask = async () => {
      const answer = await fetch(`${url}/healthz`).catch(() => undefined);
      // The accounts are told of after the server is up.
      if (answer?.ok && /account/.test(said)) resolve({ url, said, stop: () => server.kill() });
      else setTimeout(ask, 200);
    };
    void ask();
  });
}

/** The code of the moment of an authenticator app (RFC 6238), so many steps from now. */
export function codeOf(secret: string, steps = 0): string {
  const bits = [...secret].map((letter) =>
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0"),
  );
  const bytes = bits.join("").match(/.{8}/g) ?? [];
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const digest = createHmac("sha1", Buffer.from(bytes.map((byte) => Number.parseInt(byte, 2))))
    .update(counter)
    .digest();
  const at = (digest.at(-1) ?? 0) & 15;
  return String((digest.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

/** Starts a server on a folder, where nobody has to sign in; what lies there is served again. */
export function serve(data: string, port: number, ...args: string[]): Promise<() => Promise<void>> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("HEFU_")));
  const server = spawn(BINARY, ["serve", "--data", data, "--listen", `127.0.0.1:${port}`, ...args], {
    env,
    stdio: "ignore",
  });
  const stop = () =>
    new Promise<void>((resolve) => {
      server.once("exit", () => resolve());
      server.kill();
    });
  return new Promise((resolve, reject) => {
    server.once("exit", (code) => reject(new Error(`the server ended: ${code}`)));
    const ask = async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => undefined);
      if (answer?.ok) resolve(stop);
      else setTimeout(ask, 200);
    };
    void ask();
  });
}
