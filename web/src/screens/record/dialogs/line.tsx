import { useState } from "react";
import { useTexts } from "../../../i18n";
import { Select } from "../../../kit";
import { staysOf, type VisitView } from "../tally";

/** Which of the visit's rooms in house; asked only where there are several. */
export function useLine(view: VisitView) {
  const t = useTexts();
  const stays = staysOf(view).filter((stay) => stay.state === "in_house");
  const [line, setLine] = useState(stays[0]?.line ?? 1);
  const stay = stays.find((one) => one.line === line) ?? stays[0];
  const choice =
    stays.length > 1 ? (
      <Select
        label={t("word.room")}
        choices={stays.map((one) => ({ id: String(one.line), name: one.room_number }))}
        value={String(line)}
        onChange={(next) => setLine(Number(next))}
      />
    ) : null;
  return { stay, line, choice };
}
