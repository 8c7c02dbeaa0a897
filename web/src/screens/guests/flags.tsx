import { useState } from "react";
import { api, data, type Schema } from "../../api/client";
import { useTexts } from "../../i18n";
import { Field } from "../../kit";
import { FormDialog } from "../../kit/form";
import { say } from "../../kit/notices";
import { useSend } from "../../kit/send";

interface FlagProps {
  id: string;
  kind: Schema<"FlagKind">;
  onClose: () => void;
}

function useReason(needed: string) {
  const [reason, setReason] = useState("");
  const [tried, setTried] = useState(false);
  const given = reason.trim();
  return {
    given,
    field: (label: string, error: string | undefined) => (
      <Field
        label={label}
        value={reason}
        onChange={setReason}
        maxLength={200}
        autoFocus
        error={error ?? (tried && given === "" ? needed : undefined)}
      />
    ),
    ifGiven: (run: () => void) => {
      setTried(true);
      if (given !== "") run();
    },
  };
}

/** Has the staff know something about a guest at once. */
export function FlagDialog({ id, kind, onClose }: FlagProps) {
  const t = useTexts();
  const reason = useReason(t("act.reason_needed"));
  const form = useSend<void, Schema<"FlagView">>(
    () =>
      data(
        api.PUT("/api/v1/guests/{id}/flags/{kind}", { params: { path: { id, kind } }, body: { reason: reason.given } }),
      ),
    () => {
      say(t(`guest.${kind}_set`));
      onClose();
    },
  );
  return (
    <FormDialog
      title={t(`guest.${kind}_on`)}
      note={t(`guest.${kind}_note`)}
      onClose={onClose}
      form={form}
      action={t(`guest.${kind}_on`)}
      onSend={() => reason.ifGiven(() => form.send())}
    >
      {reason.field(t("word.reason"), form.at("/reason"))}
    </FormDialog>
  );
}

/** Takes such a flag away. */
export function UnflagDialog({ id, kind, onClose }: FlagProps) {
  const t = useTexts();
  const reason = useReason(t("act.reason_needed"));
  const form = useSend<void, Schema<"FlagView">[]>(
    (_, key) =>
      data(
        api.POST("/api/v1/guests/{id}/flags/{kind}/remove", {
          params: { path: { id, kind }, header: { "Idempotency-Key": key } },
          body: { reason: reason.given },
        }),
      ),
    () => {
      say(t(`guest.${kind}_gone`));
      onClose();
    },
  );
  return (
    <FormDialog
      title={t(`guest.${kind}_off`)}
      onClose={onClose}
      form={form}
      action={t(`guest.${kind}_off`)}
      onSend={() => reason.ifGiven(() => form.send())}
    >
      {reason.field(t("word.reason"), form.at("/reason"))}
    </FormDialog>
  );
}
