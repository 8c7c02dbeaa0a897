import { bill } from "./parts/bill.zh";
import { care } from "./parts/care.zh";
import { account, channelFaults, channels, holdReasons } from "./parts/channels.zh";
import { identity } from "./parts/identity.zh";
import { importDoubts, importFields, imports } from "./parts/imports.zh";
import { benefit, party, services } from "./parts/party.zh";
import { photo } from "./parts/photo.zh";
import { reconcile } from "./parts/reconcile.zh";
import { scan } from "./parts/scan.zh";

/** The Chinese texts of screens that nobody begins with: they come after the first one. */
export const more = {
  account,
  benefit,
  bill,
  care,
  channels,
  ending: { note: "请输入密码，确认是本人操作。" },
  looked: { who: "谁看过", address: "来自地址", help: "查谁看过时，也可以填客史编号。" },
  identity,
  party,
  photo,
  reconcile,
  scan,
  services,
  imports,
  code: { import_field: importFields, import_doubt: importDoubts, hold: holdReasons, channel_fault: channelFaults },
};
