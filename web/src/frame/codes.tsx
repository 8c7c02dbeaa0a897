import { useTexts } from "../i18n";
import { Button } from "../kit";
import { FormDialog } from "../kit/form";
import { say } from "../kit/notices";

/** What stands for a second factor that is lost: shown once, and not again. */
export function RecoveryCodes({ codes, onClose }: { codes: readonly string[]; onClose: () => void }) {
  const t = useTexts();
  return (
    <FormDialog
      title={t("me.codes_title")}
      note={t("me.codes_note")}
      onClose={onClose}
      form={{ busy: false, error: null, conflict: false }}
      action={t("me.codes_kept")}
      onSend={onClose}
      more={
        <Button
          onPress={() => void navigator.clipboard.writeText(codes.join("\n")).then(() => say(t("me.codes_copied")))}
        >
          {t("me.codes_copy")}
        </Button>
      }
    >
      <ol className="codes num">
        {codes.map((one) => (
          <li key={one}>{one}</li>
        ))}
      </ol>
    </FormDialog>
  );
}
