import { useState } from "react";
import { useTexts } from "../../../i18n";
import { Field, Select } from "../../../kit";
import { FormDialog } from "../../../kit/form";
import { say } from "../../../kit/notices";
import { useAct } from "../visit";
import type { ActDialogProps } from "./act";

/** What can be taken back, with what is said before and after. */
const UNDONE = {
  "undo-check-in": { title: "act.undo_check_in", note: "act.undo_check_in_note", done: "act.undone_check_in" },
  "undo-check-out": { title: "act.undo_check_out", note: "act.undo_check_out_note", done: "act.undone_check_out" },
  reinstate: { title: "act.reinstate", note: "act.reinstate_note", done: "act.reinstated" },
} as const;
export type Undone = keyof typeof UNDONE;

/** Takes a check-in, a check-out or a cancellation back: of which room, and why, which the journal keeps. */
export function UndoDialog({ view, onClose, action }: ActDialogProps & { action: Undone }) {
  const t = useTexts();
  const { title, note, done } = UNDONE[action];
  const [reason, setReason] = useState("");
  const state = action === "undo-check-in" ? "in_house" : "checked_out";
  const stays = action === "reinstate" ? [] : view.stay.filter((stay) => stay.state === state);
  const [line, setLine] = useState(`${stays[0]?.line ?? ""}`);
  const form = useAct(view.number, action, () => {
    say(t(done));
    onClose();
  });
  return (
    <FormDialog
      title={t(title)}
      note={t(note)}
      onClose={onClose}
      form={form}
      action={t(title)}
      onSend={() => form.send({ reason: reason.trim() || null, ...(line === "" ? {} : { line: Number(line) }) })}
    >
      {stays.length > 1 && (
        <Select
          label={t("word.room")}
          choices={stays.map((stay) => ({ id: `${stay.line}`, name: t("word.room_n", { room: stay.room_number }) }))}
          value={line}
          onChange={setLine}
          error={form.at("/line")}
        />
      )}
      <Field
        label={t("word.reason")}
        value={reason}
        onChange={setReason}
        maxLength={200}
        help={t("word.optional")}
        error={form.at("/reason")}
        autoFocus
      />
    </FormDialog>
  );
}
