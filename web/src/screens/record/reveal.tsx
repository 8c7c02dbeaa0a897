import { useMutation } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { Schema } from "../../api/client";
import { type FieldClass, reveal } from "../../api/people";
import { useTexts } from "../../i18n";
import { Button, Dialog, Field, Radios, Refusal } from "../../kit";

/** How long what was revealed stays on the screen, milliseconds. */
const SHOWN = 60_000;

type Guest = Schema<"GuestView">;

/** What is shown of a guest: fields of some classes, or all. */
export type Shown = readonly FieldClass[] | "all";

/** What is shown once a further class was asked for. */
export function withClass(shown: Shown, wanted: FieldClass): Shown {
  return shown === "all" ? shown : [...shown.filter((one) => one !== wanted), wanted];
}

/** A guest as revealed for a minute, or as masked. */
export function useRevealed(guest: Guest): {
  guest: Guest;
  /** What is shown now. */
  shown: Shown;
  shows: (wanted: FieldClass) => boolean;
  put: (guest: Guest, shown: Shown) => void;
} {
  const [revealed, setRevealed] = useState<{ guest: Guest; shown: Shown }>();
  useEffect(() => {
    if (!revealed) return;
    const timer = setTimeout(() => setRevealed(undefined), SHOWN);
    return () => clearTimeout(timer);
  }, [revealed]);
  const now = revealed?.guest.id === guest.id ? revealed : undefined;
  const shown = now?.shown ?? [];
  return {
    guest: now?.guest ?? guest,
    shown,
    shows: (wanted) => shown === "all" || shown.includes(wanted),
    put: (next, fields) => setRevealed({ guest: next, shown: fields }),
  };
}

const REASONS = ["document", "police", "guest", "other"] as const;

/** Asks why a guest's data is to be seen; who looked, when and why stands in the journal. */
export function RevealDialog({
  guest,
  fields,
  onClose,
  onShown,
}: {
  guest: Guest;
  /** What is asked for, and no more. */
  fields: Shown;
  onClose: () => void;
  onShown: (guest: Guest) => void;
}) {
  const t = useTexts();
  const [why, setWhy] = useState<(typeof REASONS)[number]>("document");
  const [other, setOther] = useState("");
  const [tried, setTried] = useState(false);
  const reason = why === "other" ? other.trim() : t(`reveal.${why}`);
  const ask = useMutation({
    mutationFn: () => reveal(guest.id, reason, fields),
    onSuccess: (shown) => {
      onShown(shown);
      onClose();
    },
  });
  return (
    <Dialog title={t("reveal.title")} note={t("reveal.note")} onClose={onClose}>
      <Radios
        label={t("reveal.title")}
        className="method-choices"
        optionClass="method"
        value={why}
        onChange={setWhy}
        options={REASONS.map((id) => ({ id, text: t(`reveal.${id}`) }))}
      />
      {why === "other" && (
        <Field
          label={t("word.reason")}
          value={other}
          onChange={setOther}
          maxLength={200}
          autoFocus
          error={tried && reason === "" ? t("act.reason_needed") : undefined}
        />
      )}
      <Refusal error={ask.error} />
      <div className="dialog-foot">
        <Button
          look="fill"
          busy={ask.isPending}
          onPress={() => {
            setTried(true);
            if (reason !== "") ask.mutate();
          }}
        >
          {t("reveal.do")}
        </Button>
        <Button onPress={onClose}>{t("do.leave")}</Button>
      </div>
    </Dialog>
  );
}
