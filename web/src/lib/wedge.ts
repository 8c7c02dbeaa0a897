import { useEffect, useRef } from "react";
import { isField } from "./keys";

/** Between two keys of a scanner, milliseconds: no hand is as fast for long. Behind a line it takes a while. */
const GAP = 50;
const GAP_OF_LINES = 400;
/** So many keys in a row are a scanner's. */
const SURE = 3;
/** The shortest text that is worth reading. */
const LEAST = 18;

/** Keys that come so close behind each other that a scanner types them. */
export class Burst {
  #text = "";
  #last = Number.NEGATIVE_INFINITY;

  /** Takes a key; whether it is a scanner's, as far as the keys before it tell. */
  key(character: string, at: number): boolean {
    if (at - this.#last > (this.#text.endsWith("\n") ? GAP_OF_LINES : GAP)) this.#text = "";
    this.#last = at;
    this.#text += character;
    return this.#text.length >= SURE;
  }

  /** What was typed so far, if it is worth reading; and begins anew. */
  take(): string | undefined {
    const text = this.#text;
    this.#text = "";
    return text.length >= LEAST ? text : undefined;
  }
}

/** Hears a scanner that types like a keyboard while nobody is in a field. Its keys do nothing else: they are no orders. */
export function useWedge(onText: (text: string) => void, active = true): void {
  const run = useRef(onText);
  run.current = onText;
  useEffect(() => {
    if (!active) return;
    const burst = new Burst();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const listen = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || isField(event.target)) return;
      const character = event.key === "Enter" ? "\n" : event.key;
      if (character.length !== 1) return;
      if (burst.key(character, event.timeStamp)) {
        event.preventDefault();
        event.stopPropagation();
      }
      clearTimeout(timer);
      timer = setTimeout(() => {
        const text = burst.take();
        if (text !== undefined) run.current(text);
      }, GAP_OF_LINES + GAP);
    };
    // Before anything else hears of it.
    document.addEventListener("keydown", listen, true);
    return () => {
      document.removeEventListener("keydown", listen, true);
      clearTimeout(timer);
    };
  }, [active]);
}
