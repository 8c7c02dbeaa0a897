import { useEffect, useRef, useState } from "react";
import { useTexts } from "../../../i18n";
import { Bones, Field } from "../../../kit";
import { FormDialog } from "../../../kit/form";
import { say } from "../../../kit/notices";
import { useHouse } from "../../../lib/house";
import { roomsOf } from "../tally";
import { useAct } from "../visit";
import type { ActDialogProps } from "./act";

/** Does something when the dialog opens. */
function useOnce(run: () => void) {
  const once = useRef(run);
  useEffect(() => once.current(), []);
}

/** Calls a booking off; what it costs is said before. */
export function CancelDialog({ view, onClose }: ActDialogProps) {
  const t = useTexts();
  const house = useHouse();
  const currency = view.booking.reservation.currency;
  const [reason, setReason] = useState("");
  const preview = useAct(view.number, "cancel");
  const form = useAct(view.number, "cancel", (state) => {
    say(t("act.cancelled", { amount: house.f.money(state.penalty, currency) }));
    onClose();
  });
  const { send, done, busy, error } = preview;
  useOnce(() => send({ preview: true }));
  const policies = [
    ...new Set(roomsOf(view).flatMap((room) => (room.terms.policy ? house.named(room.terms.policy) : []))),
  ];
  return (
    <FormDialog
      title={t("act.cancel")}
      note={policies.length > 0 ? t("act.policy", { name: policies.join(t("word.comma")) }) : undefined}
      onClose={onClose}
      form={form}
      action={done ? t("act.do_cancel_amount", { amount: house.f.money(done.penalty, currency) }) : t("act.cancel")}
      onSend={() => form.send({ reason: reason.trim() || null })}
      isDisabled={!done}
      error={error}
    >
      {busy && <Bones rows={1} />}
      {done && (
        <p className="big-line">
          {t("act.penalty")}{" "}
          <b className="num">
            {currency} {house.f.money(done.penalty, currency)}
          </b>
        </p>
      )}
      <Field
        label={t("word.reason")}
        value={reason}
        onChange={setReason}
        maxLength={200}
        help={t("word.optional")}
        error={form.at("/reason")}
      />
    </FormDialog>
  );
}
