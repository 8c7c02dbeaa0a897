import { useEffect, useRef, useSyncExternalStore } from "react";

/** A key of a screen: what it does is said by `?`. */
export interface Key {
  /** As `event.key` says it, e.g. `F8`, `j`, `/`, `ArrowDown`; with `Ctrl+`, `Alt+` or `Shift+` before it. */
  key: string;
  /** What it does, in the user's language. */
  says: string;
  run: () => void;
  /** A further key of the same meaning that is not listed again. */
  silent?: boolean;
}

interface Layer {
  keys: readonly Key[];
}

const layers: Layer[] = [];
const STORED = "hefu.letter-keys";
const listeners = new Set<() => void>();
let version = 0;

function changed(): void {
  version += 1;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Whether letters act as keys outside of fields. */
export const letterKeys = {
  get on(): boolean {
    try {
      return localStorage.getItem(STORED) !== "off";
    } catch {
      return true;
    }
  },
  set on(on: boolean) {
    try {
      localStorage.setItem(STORED, on ? "on" : "off");
    } catch {
      // Storage is blocked: they stay as they are.
    }
    changed();
  },
};

/** The name of a pressed key with its modifiers. */
export function nameOf(event: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">): string {
  const letter = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const shifted = event.shiftKey && event.key.length > 1;
  return `${event.ctrlKey || event.metaKey ? "Ctrl+" : ""}${event.altKey ? "Alt+" : ""}${shifted ? "Shift+" : ""}${letter}`;
}

/** Whether a key means nothing while somebody types in a field. */
function isTyped(name: string): boolean {
  return (
    name.length === 1 ||
    name === "Enter" ||
    name === "Backspace" ||
    name === "Delete" ||
    /^(Shift\+)?(Arrow|Home|End|Space)/.test(name)
  );
}

/** Whether somebody types where an event comes from. */
export function isField(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable ||
      target instanceof HTMLTextAreaElement ||
      target instanceof HTMLSelectElement ||
      (target instanceof HTMLInputElement && !["checkbox", "radio", "button"].includes(target.type)) ||
      target.getAttribute("role") === "spinbutton")
  );
}

function onKeyDown(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing || event.keyCode === 229) return;
  const name = nameOf(event);
  const typing = isField(event.target);
  if (typing && isTyped(name)) return;
  if (/^[a-z]$/.test(name) && !letterKeys.on) return;
  // A button or a link that has the focus takes Enter and Space itself, and a list its arrows.
  const target = event.target instanceof HTMLElement ? event.target : null;
  if (
    (name === "Enter" || name === " ") &&
    target?.closest("button, a, [role=option], [role=row], [role=radio], input")
  )
    return;
  for (const layer of [...layers].reverse()) {
    const key = layer.keys.find((one) => one.key === name);
    if (key) {
      event.preventDefault();
      key.run();
      return;
    }
  }
}

/** Lets keys act as long as the component is shown; the last one that came is asked first. */
export function useKeys(keys: readonly Key[], active = true): void {
  const layer = useRef<Layer>({ keys });
  layer.current.keys = keys;
  useEffect(() => {
    if (!active) return;
    const mine = layer.current;
    if (layers.length === 0) document.addEventListener("keydown", onKeyDown);
    layers.push(mine);
    changed();
    return () => {
      layers.splice(layers.indexOf(mine), 1);
      if (layers.length === 0) document.removeEventListener("keydown", onKeyDown);
      changed();
    };
  }, [active]);
}

/** All keys that act now, those of the screen first. */
export function useAllKeys(): Key[] {
  useSyncExternalStore(subscribe, () => version);
  return [...layers].reverse().flatMap((layer) => layer.keys.filter((key) => !key.silent));
}
