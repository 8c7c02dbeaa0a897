import type { Schema } from "../../api/client";
import type { Waiting } from "../../api/waiting";

export type Task = Schema<"TaskView">;
type RoomStatus = Schema<"RoomStatus">;

/** The work in the order in which it is done: what was begun, rooms of arrivals, departed rooms, the rest by place. */
export function inOrder(tasks: readonly Task[], rooms: ReadonlyMap<string, RoomStatus>): Task[] {
  const waits = (task: Task) =>
    rooms.get(task.room)?.today.includes("arrival") ? 0 : task.kind === "departure" ? 1 : 2;
  return [...tasks]
    .filter((task) => task.state === "open" || task.state === "started")
    .sort(
      (a, b) =>
        Number(b.state === "started") - Number(a.state === "started") ||
        waits(a) - waits(b) ||
        a.place - b.place ||
        a.room.localeCompare(b.room),
    );
}

/** The next state of a room by housekeeping's own round: dirty, clean, inspected. */
export function nextState(state: Schema<"RoomState">): Schema<"RoomState"> | undefined {
  switch (state) {
    case "dirty":
    case "pickup":
      return "clean";
    case "clean":
      return "inspected";
    case "out_of_service":
      return "dirty";
    default:
      return undefined;
  }
}

/** What a task is after a step. */
const AFTER: Partial<Record<Schema<"TaskStep">, Task["state"]>> = {
  start: "started",
  finish: "finished",
  skip: "skipped",
};

/** The work with what was done while the server was away. */
export function done(tasks: readonly Task[], property: string, waiting: readonly Waiting[]): Task[] {
  const states = new Map<string, Task["state"]>();
  for (const { property: of, room, step } of waiting) {
    const state = step && AFTER[step];
    if (of === property && state) states.set(room, state);
  }
  return tasks.map((task) => {
    const state = states.get(task.room);
    return state && (task.state === "open" || task.state === "started") ? { ...task, state } : task;
  });
}
