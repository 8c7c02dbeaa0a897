/** What is done to a visit from its record in a dialog that has an address of its own. */
export const DOINGS = [
  "charge",
  "pay",
  "move",
  "extend",
  "cancel",
  "assign",
  "change",
  "keys",
  "trace",
  "wake",
  "upgrade",
  "benefits",
  "late",
  "swap",
  "share",
  "leave",
  "people",
  "booker",
  "add-room",
  "part",
] as const;

export type Doing = (typeof DOINGS)[number];
