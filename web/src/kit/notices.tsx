import { useEffect, useSyncExternalStore } from "react";
import { useTexts } from "../i18n";
import { Button } from "./index";

interface Notice {
  id: number;
  text: string;
  undo?: (() => void) | undefined;
}

/** How long a notice stays, milliseconds. */
const STAYS = 10_000;
let notices: readonly Notice[] = [];
let next = 1;
const listeners = new Set<() => void>();

function set(list: readonly Notice[]): void {
  notices = list;
  for (const listener of listeners) listener();
}

/** Says what was done, for ten seconds, with the way back where there is one. */
export function say(text: string, undo?: () => void): void {
  set([...notices.slice(-2), { id: next++, text, undo }]);
}

function drop(id: number): void {
  set(notices.filter((notice) => notice.id !== id));
}

function Line({ notice }: { notice: Notice }) {
  const t = useTexts();
  useEffect(() => {
    const timer = setTimeout(() => drop(notice.id), STAYS);
    return () => clearTimeout(timer);
  }, [notice.id]);
  return (
    <div className="notice">
      <span className="grow">{notice.text}</span>
      {notice.undo && (
        <Button
          size="row"
          onPress={() => {
            drop(notice.id);
            notice.undo?.();
          }}
        >
          {t("do.undo")}
        </Button>
      )}
    </div>
  );
}

/** The notices over the page; announced once, without moving the focus. */
export function Notices() {
  const list = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => notices,
  );
  return (
    <div className="notices" role="status" aria-live="polite">
      {list.map((notice) => (
        <Line key={notice.id} notice={notice} />
      ))}
    </div>
  );
}
