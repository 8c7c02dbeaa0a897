import type { more } from "./more.zh";
import type { zh } from "./zh";

type Texts<T> = { [K in keyof T]: T[K] extends string ? string : Texts<T[K]> };

/** The shape of a catalogue: the Chinese one is the model, and the compiler wants every text of it in English. Some of it comes after the first screen. */
export type FirstCatalogue = Texts<typeof zh>;
export type MoreCatalogue = Texts<typeof more>;
export type Catalogue = FirstCatalogue & MoreCatalogue;
