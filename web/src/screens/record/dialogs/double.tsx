import { useNavigate } from "@tanstack/react-router";
import { reportDouble } from "../../../api/settle";
import { useTexts } from "../../../i18n";
import { Field } from "../../../kit";
import { FormDialog } from "../../../kit/form";
import { say } from "../../../kit/notices";
import { useSend } from "../../../kit/send";
import { useTyped } from "../../../kit/typed";
import { useHouse } from "../../../lib/house";
import type { ActDialogProps } from "./act";

/** A guest found two records of one visit: which the other is, and what the guest shows. It waits among the findings until staff decide. */
export function DoubleDialog({ view, onClose }: ActDialogProps) {
  const t = useTexts();
  const house = useHouse();
  const navigate = useNavigate();
  const typed = useTyped({ other: "", text: "" });
  const form = useSend(
    (_: undefined, key) => reportDouble(view.number, typed.said("other"), typed.said("text"), key),
    (finding) => {
      say(t("settle.double_noted"));
      onClose();
      void navigate({ to: "/p/$property/reconcile/$id", params: { property: house.code, id: finding.id } });
    },
  );
  return (
    <FormDialog
      title={t("settle.double")}
      note={t("settle.double_note")}
      onClose={onClose}
      form={form}
      action={t("settle.do_double")}
      onSend={() => form.send(undefined)}
      isDisabled={typed.lacks("other", "text")}
    >
      <Field {...typed.of("other", form)} label={t("settle.double_other")} autoFocus help={t("settle.double_help")} />
      <Field {...typed.of("text", form)} label={t("settle.double_text")} long maxLength={500} />
    </FormDialog>
  );
}
