import { useQuery } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useMemo } from "react";
import { ApiError, type Schema } from "../api/client";
import { propertiesQuery, propertyQuery } from "../api/queries";
import { useFormat, useLanguage, useTexts } from "../i18n";
import { addDays, type Format, nightsBetween } from "./format";
import { DAY, type Hours, LATEST } from "./hours";

/** The property a screen is about: its setup, its business date, its names in the user's language. */
export interface House {
  code: string;
  name: string;
  today: string;
  tomorrow: string;
  currency: string;
  zone: string;
  view: Schema<"PropertyView">;
  f: Format;
  /** An amount in the property's currency, without it. */
  money: (minor: number) => string;
  typeName: (code: string) => string;
  planName: (code: string) => string;
  /** The name of a transaction code. */
  codeName: (code: string) => string;
  /** How a guest can pay here and now, the usual ways first. */
  methods: { id: string; name: string }[];
  /** What can be charged by hand: not what only a booking, a policy or the night audit posts. */
  items: { id: string; name: string }[];
  /** Whichever of two names is in the user's language. */
  named: (of: { name: string; name_en: string }) => string;
  /** How long a stay is: `4 nights`, or that it is by the hour. */
  length: (from: string, to: string) => string;
  /** A minute after midnight of a date: `14:00`, or a time of the day after. */
  clock: (minute: number) => string;
  /** `14:00 – 18:00`. */
  hours: (hours: Hours) => string;
  /** What staying beyond hours costs that were sold, in the currency it was agreed in. */
  overrun: (of: Schema<"Overrun">, currency: string) => string;
  /** The minute of a date at which it is now, by the clock of the property, as far as somebody by the hour can come. */
  minuteOf: (date: string) => number;
  /** Whether rooms are sold by the hour. */
  sellsHours: boolean;
}

const Context = createContext<House | undefined>(undefined);

/** The usual ways to pay, in the order in which a desk in China meets them. */
const USUAL = ["WECHAT", "ALIPAY", "CARD", "CASH", "BANK"];
/** Ways to pay that have a form of their own. */
const NOT_BY_HAND = ["POINTS", "PREAUTH"];
/** Charges that come by themselves. */
const BY_THEMSELVES = ["ROOM", "DAYUSE", "SVC", "DISC", "CXL", "NOSHOW", "FORFEIT"];

/** A property of which only the name, the business date and the like are shown. */
function bare(property: Schema<"PropertyInfo">): Schema<"PropertyView"> {
  return {
    property,
    rooms: [],
    room_types: [],
    rate_plans: [],
    policies: [],
    codes: [],
    city_accounts: [],
    closings: [],
  };
}

/** Lets screens ask for the property, once its setup is known. */
export function HouseOf({
  code,
  children,
  waiting,
  failed,
}: {
  code: string;
  children: ReactNode;
  waiting: ReactNode;
  failed: (error: unknown) => ReactNode;
}) {
  const t = useTexts();
  const language = useLanguage();
  const { data: whole, error } = useQuery(propertyQuery(code));
  // Auditors and stewards see no setup of a property; what everybody is told of it is enough for their screens.
  const isRefused = error instanceof ApiError && error.problem.status === 403;
  const { data: info } = useQuery({
    ...propertiesQuery,
    enabled: isRefused,
    select: (all) => all.find((one) => one.code === code),
  });
  const view = useMemo(() => whole ?? (info && isRefused ? bare(info) : undefined), [whole, info, isRefused]);
  const f = useFormat(view?.property.business_date);
  const house = useMemo<House | undefined>(() => {
    if (!view) return undefined;
    const named = (of: { name: string; name_en: string }) =>
      language === "en" ? of.name_en || of.name : of.name || of.name_en;
    const finder = (list: readonly { code: string; name: string; name_en: string }[]) => {
      const names = new Map(list.map((one) => [one.code, named(one)]));
      return (wanted: string) => names.get(wanted) ?? wanted;
    };
    const { business_date: today, currency, time_zone: zone } = view.property;
    const clock = (minute: number) =>
      minute <= DAY ? f.minute(minute) : t("hours.next_day", { time: f.minute(minute % DAY) });
    return {
      code,
      name: named(view.property),
      today,
      tomorrow: addDays(today, 1),
      currency,
      zone,
      view,
      f,
      money: (minor) => f.money(minor, currency),
      typeName: finder(view.room_types),
      planName: finder(view.rate_plans),
      codeName: finder(view.codes),
      methods: view.codes
        .filter((code) => code.kind === "payment" && !NOT_BY_HAND.includes(code.code))
        .map((code) => ({ id: code.code, name: named(code) }))
        .sort((a, b) => (USUAL.indexOf(a.id) + 1 || 99) - (USUAL.indexOf(b.id) + 1 || 99)),
      items: view.codes
        .filter((code) => code.kind === "revenue" && !BY_THEMSELVES.includes(code.code))
        .map((code) => ({ id: code.code, name: named(code) })),
      named,
      length: (from, to) =>
        from === to ? t("date.part_day") : t("date.nights", { count: Math.max(0, nightsBetween(from, to)) }),
      clock,
      hours: ({ from, until }) => `${clock(from)} – ${clock(until)}`,
      overrun: ({ price, grace_minutes: minutes = 0 }, agreed) =>
        t(minutes > 0 ? "hours.overrun_grace" : "hours.overrun", { price: f.money(price, agreed), minutes }),
      minuteOf: (date) => {
        const now = new Date().toISOString();
        const [hour = 0, minute = 0] = f.time(now, zone).split(":").map(Number);
        const since = nightsBetween(date, f.dateOf(now, zone)) * DAY + hour * 60 + minute;
        return Math.min(LATEST, Math.max(0, since));
      },
      sellsHours: view.rate_plans.some((plan) => plan.kind === "part_day"),
    };
  }, [view, language, f, code, t]);
  if (!house) return error ? failed(error) : waiting;
  return <Context value={house}>{children}</Context>;
}

/** The property of this screen. */
export function useHouse(): House {
  const house = useContext(Context);
  if (!house) throw new Error("a screen of a property stands outside of it");
  return house;
}
