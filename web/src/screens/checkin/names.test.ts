import { expect, it } from "vitest";
import { sameName } from "./names";

it("compares names whatever their order, case and marks", () => {
  for (const [booked, scanned] of [
    ["Anna Maria Eriksson", "ERIKSSON ANNA MARIA"],
    ["Jürgen Müller", "JUERGEN MUELLER"],
    ["Jürgen Müller", "JURGEN MULLER"],
    ["Jean-Luc Désiré", "JEAN LUC DESIRE"],
    ["欧阳静好", "欧阳静好"],
    ["阿依古丽 买买提", "阿依古丽·买买提"],
  ] as const)
    expect(sameName(booked, scanned, false), booked).toBe(true);
  expect(sameName("Anna Eriksson", "ERIKSSON ANNA MARIA", false)).toBe(false);
  expect(sameName("欧阳静好", "欧阳静", false)).toBe(false);
});

it("says nothing where letters can't tell", () => {
  expect(sameName("欧阳静好", "OUYANG JINGHAO", false)).toBeUndefined();
  expect(sameName("Anna Maria Ulrika Eriksson", "ANNA MARIA ULR ERIKSSON", true)).toBeUndefined();
  expect(sameName("", "ERIKSSON", false)).toBeUndefined();
});
