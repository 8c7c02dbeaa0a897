import { useState } from "react";
import { useTexts } from "../../../i18n";
import { Field, Select } from "../../../kit";
import { DayField } from "../../../kit/date";
import { FormDialog } from "../../../kit/form";
import { say } from "../../../kit/notices";
import { latest } from "../../../lib/format";
import { useHouse } from "../../../lib/house";
import { useAct } from "../visit";
import type { ActDialogProps } from "./act";

const DEPARTMENTS = [
  "front_desk",
  "housekeeping",
  "concierge",
  "maintenance",
  "food",
  "reservations",
  "accounts",
  "management",
] as const;
type Department = (typeof DEPARTMENTS)[number];

/** Something that a department is to do for a visit, until a date. */
export function TraceDialog({ view, onClose }: ActDialogProps) {
  const t = useTexts();
  const house = useHouse();
  const { arrival } = view.booking.reservation;
  const [text, setText] = useState("");
  const [department, setDepartment] = useState<Department>("front_desk");
  const [due, setDue] = useState(latest(arrival, house.today));
  const [tried, setTried] = useState(false);
  const form = useAct(view.number, "notes", () => {
    say(t("bill.traced"));
    onClose();
  });
  return (
    <FormDialog
      title={t("bill.trace")}
      note={t("bill.trace_note")}
      onClose={onClose}
      form={form}
      action={t("bill.do_trace")}
      onSend={() => {
        setTried(true);
        if (text.trim() !== "") form.send({ kind: "trace", department, due, text: text.trim() });
      }}
    >
      <Field
        label={t("bill.trace_text")}
        value={text}
        onChange={setText}
        maxLength={500}
        autoFocus
        error={form.at("/text") ?? (tried && text.trim() === "" ? t("bill.trace_missing") : undefined)}
      />
      <div className="fields">
        <Select
          label={t("bill.trace_for")}
          choices={DEPARTMENTS.map((id) => ({ id, name: t(`department.${id}`) }))}
          value={department}
          onChange={(next) => setDepartment(DEPARTMENTS.find((one) => one === next) ?? "front_desk")}
          error={form.at("/department")}
        />
        <DayField label={t("bill.trace_due")} value={due} onChange={setDue} min={house.today} error={form.at("/due")} />
      </div>
    </FormDialog>
  );
}
