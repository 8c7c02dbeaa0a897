import { bill } from "./parts/bill.zh";
import { care } from "./parts/care.zh";
import { account, channels, holdReasons } from "./parts/channels.zh";
import { importDoubts, importFields, imports } from "./parts/imports.zh";
import { benefit, party, services } from "./parts/party.zh";
import { photo } from "./parts/photo.zh";
import { scan } from "./parts/scan.zh";

/** The Chinese texts of screens that nobody begins with: they come after the first one. */
export const more = {
  account,
  benefit,
  bill,
  care,
  channels,
  party,
  photo,
  scan,
  services,
  imports,
  code: { import_field: importFields, import_doubt: importDoubts, hold: holdReasons },
};
