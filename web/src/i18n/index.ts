import i18next from "i18next";
import { useMemo } from "react";
import { initReactI18next, useTranslation } from "react-i18next";
import { askIn } from "../api/client";
import { Format, type Language } from "../lib/format";
import type { Catalogue, FirstCatalogue, MoreCatalogue } from "./catalogue";
import { lengthen } from "./lengthen";

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "desk";
    resources: { desk: Catalogue };
  }
}

/** The languages, and `long`: English with every text two fifths longer, in which tests look for what breaks. */
export type Choice = Language | "long";
const STORED = "hefu.lang";

async function first(choice: Choice): Promise<FirstCatalogue> {
  if (choice === "zh-CN") return (await import("./zh")).zh;
  const { en } = await import("./en");
  return choice === "long" ? (lengthen(en) as FirstCatalogue) : en;
}

async function further(choice: Choice): Promise<MoreCatalogue> {
  if (choice === "zh-CN") return (await import("./more.zh")).more;
  const { more } = await import("./more.en");
  return choice === "long" ? (lengthen(more) as MoreCatalogue) : more;
}

/** What is spoken, and whether all of its texts are wanted. */
let spoken: Choice = "zh-CN";
let isWhole = false;

function stored(): Choice {
  try {
    const known = localStorage.getItem(STORED);
    if (known === "en" || known === "long") return known;
    // What the page before this app wrote.
    return known === "zh" || known === null ? "zh-CN" : "zh-CN";
  } catch {
    return "zh-CN";
  }
}

async function speak(choice: Choice): Promise<void> {
  const language: Language = choice === "zh-CN" ? "zh-CN" : "en";
  spoken = choice;
  const texts = await first(choice);
  // Before the screens hear of it: what they then ask for is answered in the new language.
  askIn(language);
  if (!i18next.isInitialized) {
    await i18next.use(initReactI18next).init({
      lng: language,
      defaultNS: "desk",
      ns: ["desk"],
      resources: { [language]: { desk: texts } },
      interpolation: { escapeValue: false },
      returnNull: false,
      fallbackLng: false,
    });
  } else {
    i18next.addResourceBundle(language, "desk", texts, true, true);
    if (isWhole) i18next.addResourceBundle(language, "desk", await further(choice), true, true);
    await i18next.changeLanguage(language);
  }
  document.documentElement.lang = language;
  document.title = i18next.t("app.title");
}

/** Speaks the language chosen before, Chinese at first, and follows what is chosen in another window. */
export function begin(): Promise<void> {
  window.addEventListener("storage", ({ key }) => key === STORED && void speak(stored()));
  return speak(stored());
}

let rest: Promise<void> | undefined;
/** The texts of screens that nobody begins with. They are asked for once; a later change of language brings them along. */
export function allTexts(): Promise<void> {
  rest ??= (async () => {
    isWhole = true;
    const choice = spoken;
    const texts = await further(choice);
    // Another language was chosen meanwhile: it brought its own.
    if (choice === spoken) i18next.addResourceBundle(choice === "zh-CN" ? choice : "en", "desk", texts, true, true);
  })();
  return rest;
}

/** Speaks another language from now on, also the next time. */
export async function choose(choice: Choice): Promise<void> {
  try {
    localStorage.setItem(STORED, choice);
  } catch {
    // Storage is blocked: the choice lasts as long as the page.
  }
  await speak(choice);
}

/** The texts. */
export function useTexts() {
  return useTranslation("desk").t;
}

/** The language of the texts. */
export function useLanguage(): Language {
  return useTranslation("desk").i18n.language === "en" ? "en" : "zh-CN";
}

/** How dates and money are written, for a property's business date. */
export function useFormat(today?: string): Format {
  const { t, i18n } = useTranslation("desk");
  return useMemo(
    () => new Format(i18n.language === "en" ? "en" : "zh-CN", today, t("weekdays").split(" ")),
    [t, i18n.language, today],
  );
}
