import { expect, it } from "vitest";
import type { Schema } from "../../api/client";
import { done, inOrder, nextState, type Task } from "./work";

const task = (room: string, over: Partial<Task> = {}): Task => ({
  room,
  floor: "3",
  date: "2026-11-28",
  kind: "stayover",
  state: "open",
  room_state: "dirty",
  credits: 30,
  place: 1,
  version: 1,
  ...over,
});
const arrival: Schema<"RoomStatus"> = {
  number: "0303",
  floor: "3",
  room_type: "DBL",
  occupied: false,
  state: "dirty",
  today: ["arrival"],
  version: 1,
};

it("puts what was begun first, then rooms of arrivals, then departed rooms", () => {
  const tasks = [
    task("0301"),
    task("0302", { kind: "departure" }),
    task("0303"),
    task("0304", { state: "started" }),
    task("0305", { state: "finished" }),
  ];
  expect(inOrder(tasks, new Map([["0303", arrival]])).map((one) => one.room)).toEqual(["0304", "0303", "0302", "0301"]);
});

it("goes from dirty to clean to inspected", () => {
  expect(nextState("dirty")).toBe("clean");
  expect(nextState("clean")).toBe("inspected");
  expect(nextState("inspected")).toBeUndefined();
  expect(nextState("out_of_order")).toBeUndefined();
});

it("shows what was done while the server was away, of this property, and leaves what is finished", () => {
  const tasks = [task("0301"), task("0302", { state: "started" }), task("0303", { state: "finished" })];
  const waiting = [
    { property: "SH01", room: "0301", key: "a", step: "start" as const },
    { property: "SH01", room: "0301", key: "b", step: "finish" as const },
    { property: "HZ01", room: "0302", key: "c", step: "skip" as const },
    { property: "SH01", room: "0303", key: "d", step: "start" as const },
  ];
  expect(done(tasks, "SH01", waiting).map((one) => one.state)).toEqual(["finished", "started", "finished"]);
});
