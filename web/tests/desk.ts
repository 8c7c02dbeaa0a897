import { type APIRequestContext, expect, type Page } from "@playwright/test";
import type { Catalogue } from "../src/i18n/catalogue";
import { en } from "../src/i18n/en";
import { zh } from "../src/i18n/zh";

export type Language = "zh-CN" | "en";
export const LANGUAGES: readonly Language[] = ["zh-CN", "en"];
export const PROPERTY = "SH01";

/** The texts of a language, as they stand on the screen. */
export function textsOf(language: Language): Catalogue {
  return language === "en" ? en : zh;
}

/** A text with its gaps filled in. */
export function filled(text: string, values: Record<string, string | number>): string {
  return text.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, name: string) => String(values[name] ?? ""));
}

/** Opens a page in a language and theme, and fails the test for whatever the browser complains about. */
export async function speak(page: Page, language: Language | "long", theme: "light" | "dark" = "light"): Promise<void> {
  await page.addInitScript(
    ([chosen, look]) => {
      // An empty page between two screens has no storage.
      if (location.protocol === "about:") return;
      localStorage.setItem("hefu.lang", chosen);
      localStorage.setItem("hefu.theme", look);
      localStorage.setItem("hefu.property", "SH01");
    },
    [language, theme] as const,
  );
  page.on("pageerror", (error) => {
    throw error;
  });
  page.on("console", (message) => {
    // Refusals are answers like others; a broken policy or a warning of React is not.
    if (message.type() === "error" && !/Failed to load resource/.test(message.text())) throw new Error(message.text());
  });
}

/** Waits until nothing is on its way any more. */
export async function settled(page: Page): Promise<void> {
  await page.waitForLoadState("networkidle");
  await expect(page.getByRole("status", { name: /正在取|^Loo*a*di+ng/ })).toHaveCount(0);
}

async function read<T>(request: APIRequestContext, path: string): Promise<T> {
  const answer = await request.get(path);
  expect(answer.ok(), `${path}: ${answer.status()}`).toBe(true);
  return (await answer.json()) as T;
}

interface Row {
  number: string;
  room: string | null;
}
interface Board {
  business_date: string;
  arrivals: Row[];
  in_house: Row[];
}

/** The board of the property, from the server. */
export function board(request: APIRequestContext): Promise<Board> {
  return read<Board>(request, `/api/v1/properties/${PROPERTY}/today`);
}

export interface Visit {
  number: string;
  booking: { reservation: { state: string }; rooms: { departure: string }[] };
  stay: { state: string; room_number: string; departure: string }[];
  consumption: {
    balance: number;
    charged: number;
    postings: { code: string; amount: number; reverses: string | null }[];
  };
}

/** A visit, from the server. */
export function visit(request: APIRequestContext, number: string): Promise<Visit> {
  return read<Visit>(request, `/api/v1/visits/${number}`);
}
