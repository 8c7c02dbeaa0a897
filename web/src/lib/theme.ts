import { useSyncExternalStore } from "react";
import { readStored, store } from "./stored";

/** Light, dark, or as the system says. */
export type Theme = "light" | "dark" | "system";
const NAME = "hefu.theme";
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();

function chosen(): Theme {
  const known = readStored(NAME);
  return known === "light" || known === "dark" ? known : "system";
}

function apply(): void {
  const theme = chosen();
  document.documentElement.dataset.theme = theme === "system" ? (dark.matches ? "dark" : "light") : theme;
}

/** Shows the theme, and follows the system where it is left to it. */
export function beginTheme(): void {
  apply();
  dark.addEventListener("change", apply);
}

export function chooseTheme(theme: Theme): void {
  store(NAME, theme);
  apply();
  for (const listener of listeners) listener();
}

export function useTheme(): Theme {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, chosen);
}
