import type { MoreCatalogue } from "./catalogue";
import { bill } from "./parts/bill.en";
import { care } from "./parts/care.en";
import { account, channelFaults, channels, holdReasons } from "./parts/channels.en";
import { identity } from "./parts/identity.en";
import { importDoubts, importFields, imports } from "./parts/imports.en";
import { benefit, party, services } from "./parts/party.en";
import { photo } from "./parts/photo.en";
import { reconcile } from "./parts/reconcile.en";
import { scan } from "./parts/scan.en";

/** The English texts of screens that nobody begins with: they come after the first one. */
export const more: MoreCatalogue = {
  account,
  benefit,
  bill,
  care,
  channels,
  ending: { note: "Enter your password: only you end where you are signed in." },
  looked: {
    who: "Who opened it",
    address: "From",
    help: "For who opened it, also the id of a guest.",
  },
  identity,
  party,
  photo,
  reconcile,
  scan,
  services,
  imports,
  code: { import_field: importFields, import_doubt: importDoubts, hold: holdReasons, channel_fault: channelFaults },
};
