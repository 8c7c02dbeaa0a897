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

function changed(): void {
  apply();
  for (const listener of listeners) listener();
}

/** Shows the theme, and follows the system where it is left to it, and what is chosen in another window. */
export function beginTheme(): void {
  apply();
  dark.addEventListener("change", apply);
  window.addEventListener("storage", ({ key }) => key === NAME && changed());
}

export function chooseTheme(theme: Theme): void {
  store(NAME, theme);
  changed();
}

export function useTheme(): Theme {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, chosen);
}
