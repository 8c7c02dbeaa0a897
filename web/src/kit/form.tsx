import type { ReactNode } from "react";
import { useTexts } from "../i18n";
import { Button, Dialog, type DialogProps, Refusal, Warning } from "./index";
import type { Sender } from "./send";

interface FormDialogProps extends DialogProps {
  /** What is sent: how far it is, and what was refused. */
  form: Pick<Sender<never, unknown>, "busy" | "error" | "conflict">;
  /** What the button does, in words. */
  action: ReactNode;
  onSend: () => void;
  isDisabled?: boolean | undefined;
  /** What else was refused, e.g. of a preview. */
  error?: unknown;
  /** Further buttons beside the one that sends. */
  more?: ReactNode;
}

/** A form over the page: what stands in its way, the one button that sends it, and the way out with nothing done. */
export function FormDialog({
  form,
  action,
  onSend,
  isDisabled,
  error,
  more,
  onClose,
  children,
  ...dialog
}: FormDialogProps) {
  const t = useTexts();
  return (
    <Dialog {...dialog} onClose={onClose}>
      {form.conflict && <Warning>{t("state.conflict")}</Warning>}
      {children}
      {!form.conflict && <Refusal error={form.error ?? error} />}
      <div className="dialog-foot">
        <Button look="fill" busy={form.busy} isDisabled={isDisabled ?? false} onPress={onSend}>
          {action}
        </Button>
        {more}
        <Button onPress={onClose}>{t("do.leave")}</Button>
      </div>
    </Dialog>
  );
}
