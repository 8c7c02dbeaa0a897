import { expect, it, vi } from "vitest";
import { readWaiting, sendAll, type Waiting } from "./waiting";

const one = (room: string): Waiting => ({ property: "SH01", room, key: `k-${room}`, state: "clean" });

it("sends in order, leaves out what is refused, and stops where the server is away", async () => {
  const send = vi.fn(async ({ room }: Waiting) => {
    if (room === "0302") throw new Error("refused");
    if (room === "0304") throw new Error("lost");
  });
  const { left, sent, refused } = await sendAll(
    ["0301", "0302", "0303", "0304", "0305"].map(one),
    send,
    (error) => error instanceof Error && error.message === "lost",
  );
  expect(send.mock.calls.map(([{ room }]) => room)).toEqual(["0301", "0302", "0303", "0304"]);
  expect(left.map(({ room }) => room)).toEqual(["0304", "0305"]);
  expect(sent).toBe(2);
  expect(refused.map((it) => it.one.room)).toEqual(["0302"]);
});

it("reads what was stored, and nothing else", () => {
  expect(readWaiting(JSON.stringify([one("0301")]))).toEqual([one("0301")]);
  expect(readWaiting('[{"room":"0301"},{"property":"SH01","room":"1","key":"k"}]')).toEqual([]);
  expect(readWaiting("{")).toEqual([]);
  expect(readWaiting(undefined)).toEqual([]);
});
