/** How dates, times, money and numbers are written in the two languages. Nothing here adds or multiplies money. */

export type Language = "zh-CN" | "en";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAY = 86_400_000;

/** The parts of an ISO date. */
function parts(date: string): [year: number, month: number, day: number] {
  const [year = 0, month = 1, day = 1] = date.split("-").map(Number);
  return [year, month, day];
}

function utc(date: string): number {
  const [year, month, day] = parts(date);
  return Date.UTC(year, month - 1, day);
}

/** The date so many days after another one. */
export function addDays(date: string, days: number): string {
  return new Date(utc(date) + days * DAY).toISOString().slice(0, 10);
}

/** How many nights lie between two dates; 0 for a part-day stay. */
export function nightsBetween(from: string, to: string): number {
  return Math.round((utc(to) - utc(from)) / DAY);
}

/** The later of two dates. */
export function latest(one: string, other: string): string {
  return [one, other].sort().at(-1) ?? one;
}

/** The day of the week, 0 for Sunday. */
export function weekday(date: string): number {
  return new Date(utc(date)).getUTCDay();
}

/** Whether a text is a date of the calendar, as `2026-11-28`. */
export function isDate(text: string | undefined): text is string {
  return (
    text !== undefined &&
    /^\d{4}-\d{2}-\d{2}$/.test(text) &&
    !Number.isNaN(utc(text)) &&
    new Date(utc(text)).toISOString().slice(0, 10) === text
  );
}

/** A formatter for one language and one business date: the year is written only where it is another. */
export class Format {
  readonly #zh: boolean;
  readonly #year: number;
  readonly #weekdays: readonly string[];

  constructor(
    readonly language: Language,
    readonly today: string | undefined,
    weekdays: readonly string[],
  ) {
    this.#zh = language === "zh-CN";
    this.#year = today === undefined ? 0 : parts(today)[0];
    this.#weekdays = weekdays;
  }

  /** `11/28` or `28 Nov`, with the year if it is not this one. */
  day(date: string): string {
    const [year, month, day] = parts(date);
    const other = this.#year !== 0 && year !== this.#year;
    if (this.#zh) {
      return `${other ? `${year}/` : ""}${String(month).padStart(2, "0")}/${String(day).padStart(2, "0")}`;
    }
    return `${day} ${MONTHS[month - 1]}${other ? ` ${year}` : ""}`;
  }

  /** `周六` or `Sat`. */
  weekday(date: string): string {
    return this.#weekdays[weekday(date)] ?? "";
  }

  /** `11/28 周六` or `Sat 28 Nov`. */
  longDay(date: string): string {
    return this.#zh ? `${this.day(date)} ${this.weekday(date)}` : `${this.weekday(date)} ${this.day(date)}`;
  }

  /** `11/26 – 11/30` or `26 – 30 Nov`. */
  range(from: string, to: string): string {
    if (from === to) return this.day(from);
    const [year, month, day] = parts(from);
    const [toYear, toMonth] = parts(to);
    if (!this.#zh && year === toYear && month === toMonth) return `${day} – ${this.day(to)}`;
    return `${this.day(from)} – ${this.day(to)}`;
  }

  /** `14:12`, in the time zone of the property. */
  time(at: string, zone: string | undefined): string {
    return new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: zone }).format(
      new Date(at),
    );
  }

  /** The calendar date of a moment in a time zone. */
  dateOf(at: string, zone: string | undefined): string {
    return new Intl.DateTimeFormat("en-CA", {
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      timeZone: zone,
    }).format(new Date(at));
  }

  /** `11/26 14:12` or `26 Nov 14:12`; of today only the time. */
  moment(at: string, zone: string | undefined): string {
    const date = this.dateOf(at, zone);
    return date === this.today ? this.time(at, zone) : `${this.day(date)} ${this.time(at, zone)}`;
  }

  /** `11/26 14:12:09` or `26 Nov 14:12:09`, always with its date. */
  exactly(at: string, zone: string | undefined): string {
    const seconds = new Date(at).getUTCSeconds();
    return `${this.day(this.dateOf(at, zone))} ${this.time(at, zone)}:${String(seconds).padStart(2, "0")}`;
  }

  /** A minute of the day as `14:00`. */
  minute(minute: number): string {
    return `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
  }

  /** Minor units as `1,264.20`, with a true minus. */
  money(minor: number, currency: string): string {
    const digits = fractionDigits(currency);
    const text = String(Math.abs(minor)).padStart(digits + 1, "0");
    const whole = digits === 0 ? text : text.slice(0, -digits);
    const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
    return `${minor < 0 ? "−" : ""}${grouped}${digits === 0 ? "" : `.${text.slice(-digits)}`}`;
  }

  /** A count as `18,470`. */
  count(n: number): string {
    return String(Math.abs(n))
      .replace(/\B(?=(\d{3})+$)/g, ",")
      .replace(/^/, n < 0 ? "−" : "");
  }

  /** Basis points as `10%` or `6.5%`. */
  percent(basisPoints: number): string {
    const text = (basisPoints / 100).toFixed(2).replace(/\.?0+$/, "");
    return `${text}%`;
  }
}

const digitsOf = new Map<string, number>();

/** How many digits a currency has after the point. */
export function fractionDigits(currency: string): number {
  let digits = digitsOf.get(currency);
  if (digits === undefined) {
    try {
      digits =
        new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2;
    } catch {
      digits = 2;
    }
    digitsOf.set(currency, digits);
  }
  return digits;
}

/**
 * What somebody typed as an amount, in minor units; `undefined` if it is none. `12.5`, `1,264.20` and `−35` are amounts,
 * `1.234` of a currency with two digits is not: it would have to be rounded.
 */
export function readMoney(text: string, currency: string): number | undefined {
  const digits = fractionDigits(currency);
  const plain = text
    .trim()
    .replace(/[,，\s]/g, "")
    .replace(/^[−－]/, "-")
    .replace(/[。．]/g, ".");
  const match = /^(-?)(\d{1,12})(?:\.(\d*))?$/.exec(plain);
  if (!match) return undefined;
  const [, sign, whole = "", fraction = ""] = match;
  if (fraction.length > digits) return undefined;
  const minor = Number(whole + fraction.padEnd(digits, "0"));
  return sign === "-" ? -minor : minor;
}

/** `5275730002` as `527-573-0002`; what is no visit number stays as it is. */
export function groupNumber(number: string): string {
  const plain = number.replaceAll("-", "");
  return /^\d{10}$/.test(plain) ? `${plain.slice(0, 3)}-${plain.slice(3, 6)}-${plain.slice(6)}` : number;
}
