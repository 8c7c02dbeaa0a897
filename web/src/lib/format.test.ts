import { describe, expect, it } from "vitest";
import { addDays, Format, groupNumber, isDate, nightsBetween, readMoney } from "./format";

const zh = new Format("zh-CN", "2026-11-28", ["周日", "周一", "周二", "周三", "周四", "周五", "周六"]);
const en = new Format("en", "2026-11-28", ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]);

describe("dates", () => {
  it("says the year only where it is another", () => {
    expect(zh.day("2026-11-28")).toBe("11/28");
    expect(zh.day("2027-01-02")).toBe("2027/01/02");
    expect(en.day("2026-11-28")).toBe("28 Nov");
    expect(en.day("2025-11-28")).toBe("28 Nov 2025");
  });
  it("names the day of the week", () => {
    expect(zh.longDay("2026-11-28")).toBe("11/28 周六");
    expect(en.longDay("2026-11-28")).toBe("Sat 28 Nov");
  });
  it("says the month of a range once in English", () => {
    expect(zh.range("2026-11-26", "2026-11-30")).toBe("11/26 – 11/30");
    expect(en.range("2026-11-26", "2026-11-30")).toBe("26 – 30 Nov");
    expect(en.range("2026-11-26", "2026-12-02")).toBe("26 Nov – 2 Dec");
    expect(en.range("2026-12-30", "2027-01-02")).toBe("30 Dec – 2 Jan 2027");
  });
  it("counts days over the end of a month and of a year", () => {
    expect(addDays("2026-12-31", 1)).toBe("2027-01-01");
    expect(addDays("2028-03-01", -1)).toBe("2028-02-29");
    expect(nightsBetween("2026-11-26", "2026-12-01")).toBe(5);
  });
  it("knows the dates of the calendar", () => {
    expect(isDate("2026-02-28")).toBe(true);
    expect(isDate("2026-02-30")).toBe(false);
    expect(isDate("28.11.2026")).toBe(false);
    expect(isDate(undefined)).toBe(false);
  });
  it("writes a moment of another day with its date, in the time zone of the property", () => {
    expect(zh.moment("2026-11-28T02:30:00Z", "Asia/Shanghai")).toBe("10:30");
    expect(zh.moment("2026-11-26T17:30:00Z", "Asia/Shanghai")).toBe("11/27 01:30");
  });
});

describe("money", () => {
  it("is written with all digits of its currency and a true minus", () => {
    expect(en.money(126420, "CNY")).toBe("1,264.20");
    expect(en.money(-50000, "CNY")).toBe("−500.00");
    expect(en.money(5, "CNY")).toBe("0.05");
    expect(en.money(123456, "JPY")).toBe("123,456");
    expect(en.money(1234567, "KWD")).toBe("1,234.567");
  });
  it("is read as people type it, and never rounded", () => {
    expect(readMoney("1,264.2", "CNY")).toBe(126420);
    expect(readMoney(" 35 ", "CNY")).toBe(3500);
    expect(readMoney("−35.5", "CNY")).toBe(-3550);
    expect(readMoney("1.234", "CNY")).toBeUndefined();
    expect(readMoney("12.5", "JPY")).toBeUndefined();
    expect(readMoney("abc", "CNY")).toBeUndefined();
    expect(readMoney("", "CNY")).toBeUndefined();
  });
});

it("groups the digits of a visit number and leaves other numbers alone", () => {
  expect(groupNumber("5275730002")).toBe("527-573-0002");
  expect(groupNumber("BK-2026-778812")).toBe("BK-2026-778812");
});
