import type { Doing } from "../doings";
import type { ActDialogProps } from "./act";
import { LateDialog } from "./late";
import { AddRoomDialog, PartDialog } from "./lines";
import { BenefitsDialog } from "./member";
import { BookerDialog, LeaveDialog, PeopleDialog, ShareDialog } from "./party";
import { SwapDialog, UpgradeDialog } from "./swap";
import { WakeDialog } from "./wake";

/** What is done to a visit more seldom: it comes when somebody does it. */
export function FurtherDialog({ doing, ...of }: ActDialogProps & { doing: Doing }) {
  switch (doing) {
    case "wake":
      return <WakeDialog {...of} />;
    case "upgrade":
      return <UpgradeDialog {...of} />;
    case "benefits":
      return <BenefitsDialog {...of} />;
    case "late":
      return <LateDialog {...of} />;
    case "swap":
      return <SwapDialog {...of} />;
    case "share":
      return <ShareDialog {...of} />;
    case "leave":
      return <LeaveDialog {...of} />;
    case "people":
      return <PeopleDialog {...of} />;
    case "booker":
      return <BookerDialog {...of} />;
    case "add-room":
      return <AddRoomDialog {...of} />;
    case "part":
      return <PartDialog {...of} />;
    default:
      return null;
  }
}
