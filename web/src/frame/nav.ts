import {
  BedDouble,
  CalendarDays,
  CalendarPlus,
  type LucideIcon,
  MoonStar,
  Receipt,
  Sun,
  TrendingUp,
} from "lucide-react";

/** A screen of the sidebar. Only screens that exist stand here. */
export interface Place {
  id: "today" | "chart" | "bookings" | "rooms" | "audit" | "rates" | "cashier";
  icon: LucideIcon;
  to:
    | "/p/$property/today"
    | "/p/$property/chart"
    | "/p/$property/bookings"
    | "/p/$property/rooms"
    | "/p/$property/audit"
    | "/p/$property/rates"
    | "/p/$property/cashier";
}

/** The sidebar, group by group. */
export const PLACES: readonly { id: "desk" | "money"; places: readonly Place[] }[] = [
  {
    id: "desk",
    places: [
      { id: "today", icon: Sun, to: "/p/$property/today" },
      { id: "chart", icon: CalendarDays, to: "/p/$property/chart" },
      { id: "bookings", icon: CalendarPlus, to: "/p/$property/bookings" },
      { id: "rooms", icon: BedDouble, to: "/p/$property/rooms" },
    ],
  },
  {
    id: "money",
    places: [
      { id: "cashier", icon: Receipt, to: "/p/$property/cashier" },
      { id: "audit", icon: MoonStar, to: "/p/$property/audit" },
      { id: "rates", icon: TrendingUp, to: "/p/$property/rates" },
    ],
  },
];
