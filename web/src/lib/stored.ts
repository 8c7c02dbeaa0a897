import { useCallback, useState } from "react";

/** A value kept in this browser under a name: choices of a person, never data of a guest. */
export function readStored(name: string): string | undefined {
  try {
    return localStorage.getItem(name) ?? undefined;
  } catch {
    return undefined;
  }
}

export function store(name: string, value: string): void {
  try {
    localStorage.setItem(name, value);
  } catch {
    // Storage is blocked: it lasts as long as the page.
  }
}

/** A choice that outlives the page. */
export function useStored<T extends string>(name: string, first: T): [T, (value: T) => void] {
  const [value, setValue] = useState<T>(() => (readStored(name) as T | undefined) ?? first);
  const set = useCallback(
    (next: T) => {
      store(name, next);
      setValue(next);
    },
    [name],
  );
  return [value, set];
}
