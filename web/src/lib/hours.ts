/** Hours of a guest by the hour, in minutes after midnight of the date; they may end after the next one. */
export interface Hours {
  from: number;
  /** The minute after the last. */
  until: number;
}

/** Minutes of a day. */
export const DAY = 24 * 60;
/** The latest arrival of a guest by the hour: before six in the morning after. */
export const LATEST = 30 * 60 - 1;

/** What somebody typed as a time of the day, in minutes: `14:00`, `1400`, `9.30`, `14`; `undefined` if it is none. */
export function readClock(text: string): number | undefined {
  const match = /^(\d{1,2})(?::?(\d{2}))?$/.exec(text.trim().replace(/[：.．]/, ":"));
  if (!match) return undefined;
  const [hour, minute] = [Number(match[1]), Number(match[2] ?? 0)];
  return hour < 24 && minute < 60 ? hour * 60 + minute : undefined;
}

/** The hours that a room of a booking takes; `undefined`: it is sold by the night, or nobody knows when, or the guest has left. */
export function hoursOf(of: { from_minute?: number | null; until_minute?: number | null }): Hours | undefined {
  const { from_minute: from, until_minute: until } = of;
  return from == null || until == null || until <= from ? undefined : { from, until };
}

/** For how many hours a room is asked for: whole ones, and no more than can be. */
export function wholeHours({ from, until }: Hours): number {
  return Math.min(23, Math.max(1, Math.ceil((until - from) / 60)));
}

/** The next half hour, at which somebody may come who is not here yet. */
export function nextHalf(minute: number): number {
  return Math.min(LATEST, Math.ceil((minute + 1) / 30) * 30);
}
