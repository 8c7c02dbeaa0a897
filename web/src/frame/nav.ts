import {
  BedDouble,
  BellRing,
  BookUser,
  Building2,
  CalendarDays,
  CalendarPlus,
  ConciergeBell,
  FileInput,
  GitMerge,
  KeyRound,
  type LucideIcon,
  MoonStar,
  RadioTower,
  Receipt,
  Scale,
  ScrollText,
  Settings,
  Sun,
  TrendingUp,
  Users,
} from "lucide-react";

type Id =
  | "today"
  | "chart"
  | "bookings"
  | "rooms"
  | "services"
  | "groups"
  | "guests"
  | "cashier"
  | "audit"
  | "rates"
  | "companies"
  | "reconcile"
  | "identity"
  | "imports"
  | "channels"
  | "alarms"
  | "journal"
  | "access"
  | "settings";

/** A screen of the sidebar. Only screens that exist stand here. */
export interface Place {
  id: Id;
  icon: LucideIcon;
  to: `/p/$property/${Id}`;
}

const place = (id: Id, icon: LucideIcon): Place => ({ id, icon, to: `/p/$property/${id}` });

/** The sidebar, group by group. */
export const PLACES: readonly { id: "desk" | "money" | "tally" | "manage"; places: readonly Place[] }[] = [
  {
    id: "desk",
    places: [
      place("today", Sun),
      place("chart", CalendarDays),
      place("bookings", CalendarPlus),
      place("rooms", BedDouble),
      place("services", ConciergeBell),
      place("groups", Users),
      place("guests", BookUser),
    ],
  },
  {
    id: "money",
    places: [
      place("cashier", Receipt),
      place("audit", MoonStar),
      place("rates", TrendingUp),
      place("companies", Building2),
    ],
  },
  {
    id: "tally",
    places: [
      place("reconcile", Scale),
      place("identity", GitMerge),
      place("imports", FileInput),
      place("channels", RadioTower),
    ],
  },
  {
    id: "manage",
    places: [
      place("alarms", BellRing),
      place("journal", ScrollText),
      place("access", KeyRound),
      place("settings", Settings),
    ],
  },
];
