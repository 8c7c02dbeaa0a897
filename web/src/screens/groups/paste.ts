import { isDate } from "../../lib/format";

/** A row of a pasted rooming list, as read: what could not be read is missing. */
export interface PastedRow {
  name: string;
  phone: string;
  type: string | undefined;
  arrival: string | undefined;
  departure: string | undefined;
  adults: number;
  children: number;
  /** What stood in the cells that could not be read. */
  wrong: { type?: string; arrival?: string; departure?: string };
}

/** What somebody who pasted a list takes for granted: rows may leave it out. */
export interface Assumed {
  type: string | undefined;
  arrival: string;
  departure: string;
}

type Column = "name" | "phone" | "type" | "arrival" | "departure" | "adults" | "children";

/** How the columns of a list are called; looked for in the first row, in any order. */
const HEADINGS: Record<Column, RegExp> = {
  name: /^(姓名|客人|客人姓名|宾客|名字|guest|guest name|name|full name)$/i,
  phone: /^(手机|手机号|电话|联系电话|联系方式|phone|mobile|tel)$/i,
  type: /^(房型|房间类型|类型|room type|type|room)$/i,
  arrival: /^(到店|抵达|入住|入住日期|抵店|到店日期|arrival|check-?in|arr|from)$/i,
  departure: /^(离店|离开|退房|离店日期|退房日期|departure|check-?out|dep|to|until)$/i,
  adults: /^(成人|人数|大人|adults|pax|people|persons)$/i,
  children: /^(儿童|小孩|children|kids)$/i,
};
/** The order of columns where the first row names none. */
const USUAL: readonly Column[] = ["name", "phone", "type", "arrival", "departure", "adults", "children"];

/** A date as spreadsheets write it: `2026-11-28`, `2026/11/28`, `28.11.2026`, `11/28` of the year that is meant, `11月28日`. */
export function readDate(text: string, near: string): string | undefined {
  const plain = text.trim();
  const year = near.slice(0, 4);
  const two = (part: string | undefined) => (part ?? "").padStart(2, "0");
  const found =
    /^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$/.exec(plain)?.slice(1) ??
    /^(\d{1,2})\.(\d{1,2})\.(\d{4})$/.exec(plain)?.slice(1).reverse() ??
    /^(\d{1,2})[/月](\d{1,2})日?$/.exec(plain)?.slice(1);
  if (!found) return undefined;
  const [y, m, d] = found.length === 3 ? found : [year, ...found];
  const date = `${y}-${two(m)}-${two(d)}`;
  if (!isDate(date)) return undefined;
  // Without a year the next such day is meant: a list made in December may arrive in January.
  return found.length === 2 && date < near ? readDate(`${Number(year) + 1}-${two(m)}-${two(d)}`, near) : date;
}

/** The cells of pasted lines: spreadsheets separate them by tabs, and by commas in files. */
function cellsOf(line: string): string[] {
  const by = line.includes("\t") ? "\t" : /[,，;；]/.test(line) ? /[,，;；]/ : /\s{2,}/;
  return line.split(by).map((cell) => cell.trim().replace(/^"(.*)"$/, "$1"));
}

/** Reads a list that was copied out of a spreadsheet. `types` finds the code of a room type by code or name. */
export function readList(
  text: string,
  assumed: Assumed,
  types: (text: string) => string | undefined,
): { rows: PastedRow[]; columns: Column[] } {
  const lines = text
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "")
    .map(cellsOf);
  const first = lines[0] ?? [];
  const named = first.map((cell) => USUAL.find((column) => HEADINGS[column].test(cell)));
  const hasHeadings = named.filter((column) => column !== undefined).length >= Math.min(2, first.length);
  const columns = hasHeadings ? named : USUAL.slice(0, Math.max(1, first.length));
  const rows = (hasHeadings ? lines.slice(1) : lines).map((cells): PastedRow => {
    const cell = (column: Column) => cells[columns.indexOf(column)] ?? "";
    const [type, arrival, departure] = [cell("type"), cell("arrival"), cell("departure")];
    const count = (column: Column, usual: number) => (/^\d{1,2}$/.test(cell(column)) ? Number(cell(column)) : usual);
    const read = {
      type: type === "" ? assumed.type : types(type),
      arrival: arrival === "" ? assumed.arrival : readDate(arrival, assumed.arrival),
      departure: departure === "" ? assumed.departure : readDate(departure, assumed.arrival),
    };
    return {
      name: cell("name"),
      phone: cell("phone"),
      ...read,
      adults: count("adults", 1),
      children: count("children", 0),
      wrong: {
        ...(read.type === undefined && type !== "" ? { type } : {}),
        ...(read.arrival === undefined ? { arrival } : {}),
        ...(read.departure === undefined ? { departure } : {}),
      },
    };
  });
  return { rows, columns: columns.filter((column) => column !== undefined) };
}
