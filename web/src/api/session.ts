import { useSyncExternalStore } from "react";

/**
 * What stands between a person and an answer: `password`, nobody is signed in; `code`, the second factor is still to be shown, or is to be
 * shown again for what was asked; `change`, the password was set by somebody else; `enrol`, the person's role wants a second factor, and there is
 * none yet.
 */
export type Barrier = "password" | "code" | "change" | "enrol";

let barrier: Barrier | undefined;
/** Whether somebody came back from the chain's own sign-in and was not let in. */
let isTurnedAway = false;
const listeners = new Set<() => void>();

function set(next: Barrier | undefined): void {
  if (next === barrier) return;
  barrier = next;
  for (const listener of listeners) listener();
}

const BARRIERS: Record<string, Barrier> = {
  not_signed_in: "password",
  second_factor_required: "code",
  password_change_required: "change",
  second_factor_enrolment_required: "enrol",
};

/** Whether somebody is signed in, as far as the server has said. */
export const session = {
  /** The server refused something with this code: whether because somebody has to show who they are. */
  refused(code: string): void {
    const next = BARRIERS[code];
    if (next) set(next);
  },
  ask(next: Barrier): void {
    set(next);
  },
  passed(): void {
    isTurnedAway = false;
    set(undefined);
  },
  turnAway(): void {
    isTurnedAway = true;
  },
  wasTurnedAway: (): boolean => isTurnedAway,
};

/** What stands in the way now; `undefined` while nothing does. */
export function useBarrier(): Barrier | undefined {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => barrier,
  );
}
