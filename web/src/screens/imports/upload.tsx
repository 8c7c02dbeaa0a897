import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { filesQuery, type ImportFile, upload } from "../../api/imports";
import { useTexts } from "../../i18n";
import { Button, Refusal } from "../../kit";
import { FileDrop, Progress } from "../../kit/drop";
import { say } from "../../kit/notices";

const ENDINGS = [".csv", ".tsv", ".txt", ".xlsx", ".xls", ".json", ".jsonl", ".html", ".htm", ".zip", ".gz"];
const megabytes = (bytes: number) => (bytes / 1_000_000).toFixed(1);

/** Takes a file, and says how far it is on its way; the same file is received once. */
export function Upload({ onReceived }: { onReceived: (file: ImportFile) => void }) {
  const t = useTexts();
  const client = useQueryClient();
  const [sent, setSent] = useState({ sent: 0, all: 0 });
  const stop = useRef<AbortController>(undefined);
  /** The key of a file that was not received for sure: sent again it is the same. */
  const last = useRef<{ file: File; key: string }>(undefined);
  const sending = useMutation({
    mutationFn: (file: File) => {
      if (last.current?.file !== file) last.current = { file, key: crypto.randomUUID() };
      stop.current = new AbortController();
      setSent({ sent: 0, all: file.size });
      return upload(file, last.current.key, (now, all) => setSent({ sent: now, all }), stop.current.signal);
    },
    onSuccess: (received) => {
      last.current = undefined;
      void client.invalidateQueries({ queryKey: filesQuery.queryKey });
      onReceived(received);
    },
    onError: (error) => {
      if (error instanceof DOMException) say(t("imports.stopped"));
    },
  });
  if (sending.isPending) {
    const name = sending.variables.name;
    return (
      <section className="card sending" aria-label={t("imports.sending", { name })}>
        <b className="clip">{t("imports.sending", { name })}</b>
        <Progress label={t("imports.sending", { name })} done={sent.sent} all={sent.all > 0 ? sent.all : undefined} />
        <div className="sending-foot">
          <span className="two num">{t("imports.sent", { sent: megabytes(sent.sent), all: megabytes(sent.all) })}</span>
          <Button size="row" onPress={() => stop.current?.abort()}>
            {t("imports.stop_sending")}
          </Button>
        </div>
      </section>
    );
  }
  const wasStopped = sending.error instanceof DOMException;
  const again = sending.variables;
  return (
    <>
      <FileDrop
        title={t("imports.drop")}
        note={t("imports.drop_note")}
        choose={t("imports.choose")}
        endings={ENDINGS}
        onFile={(file) => sending.mutate(file)}
      />
      {!wasStopped && <Refusal error={sending.error} retry={again ? () => sending.mutate(again) : undefined} />}
    </>
  );
}
