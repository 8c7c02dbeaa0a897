import type { zh } from "./zh";

type Texts<T> = { [K in keyof T]: T[K] extends string ? string : Texts<T[K]> };

/** The shape of a catalogue: the Chinese one is the model, and the compiler wants every text of it in English. */
export type Catalogue = Texts<typeof zh>;
