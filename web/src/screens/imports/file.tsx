import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import {
  fileQuery,
  type ImportFile,
  isMoving,
  keepMap,
  type Preview,
  previewQuery,
  startImport,
  withdrawImport,
} from "../../api/imports";
import { useTexts } from "../../i18n";
import { Bones, Button, Card, Chip, Empty, Refusal, type Tone, Warning } from "../../kit";
import { Progress } from "../../kit/drop";
import { FormDialog } from "../../kit/form";
import { say } from "../../kit/notices";
import { useSend } from "../../kit/send";
import { useHouse } from "../../lib/house";
import { useWho } from "../../lib/who";
import { isReady, MapEditor, useMapping } from "./mapping";
import { Mend } from "./mend";
import { Report } from "./report";

/** How the state of a file looks. */
export const fileTone: Record<ImportFile["state"], Tone> = {
  received: "act",
  waiting: "planned",
  running: "house",
  finished: "done",
  failed: "wrong",
  withdrawn: "done",
};

/** What the file is, and how far its import is. */
function Head({ file }: { file: ImportFile }) {
  const t = useTexts();
  const who = useWho([file.by]);
  const house = useHouse();
  const [stopping, setStopping] = useState(false);
  const stop = useSend(
    (_: undefined, key) => withdrawImport(file.id, key),
    () => {
      say(t("imports.withdrawn"));
      setStopping(false);
    },
  );
  const rows =
    file.rows == null
      ? t("imports.rows_so_far", { done: house.f.count(file.done) })
      : t("imports.rows_done", { done: house.f.count(file.done), all: house.f.count(file.rows) });
  return (
    <Card
      title={file.name}
      note={t("imports.received", {
        size: (file.size / 1_000_000).toFixed(1),
        time: house.f.moment(file.received_at, house.zone),
      })}
      tools={
        <>
          {file.by && <span className="two">{t("imports.by", { who: who(file.by) })}</span>}
          <Chip tone={fileTone[file.state]}>{t(`imports.state.${file.state}`)}</Chip>
        </>
      }
    >
      {isMoving(file) && (
        <div className="card-body file-going">
          {file.state === "running" ? (
            <>
              <Progress label={rows} done={file.done} all={file.rows ?? undefined} />
              <span className="two num">{rows}</span>
            </>
          ) : (
            <p className="two">{t("imports.go_on")}</p>
          )}
          <div>
            <Button onPress={() => setStopping(true)}>{t("imports.stop")}</Button>
          </div>
        </div>
      )}
      {file.state === "failed" && file.problem && (
        <div className="card-body">
          <Warning>
            <b>{t("imports.failed")}</b>
            <p>{file.problem.message}</p>
          </Warning>
        </div>
      )}
      {file.state === "withdrawn" && <p className="card-body two">{t("imports.was_withdrawn")}</p>}
      {stopping && (
        <FormDialog
          title={t("imports.stop_title")}
          note={t("imports.stop_note")}
          onClose={() => setStopping(false)}
          form={stop}
          action={t("imports.do_stop")}
          onSend={() => stop.send(undefined)}
        >
          {null}
        </FormDialog>
      )}
    </Card>
  );
}

/** The map of a file that is not imported yet, and the button that begins. */
function Choose({ file, preview }: { file: ImportFile; preview: Preview }) {
  const t = useTexts();
  const house = useHouse();
  const mapping = useMapping(file, preview);
  const start = useSend(
    async (_: undefined, key) => {
      // What was guessed and found right is kept as it is.
      if (!preview.kept) await keepMap(file.id, {}, `${key}-map`);
      return startImport(file.id, key);
    },
    () => say(t("imports.started", { name: file.name })),
  );
  const ready = isReady(mapping, preview);
  return (
    <>
      <div className="file-start">
        <Button look="fill" size="main" busy={start.busy} isDisabled={!ready} onPress={() => start.send(undefined)}>
          {file.state === "failed"
            ? t("imports.again")
            : preview.is_whole
              ? t("imports.start", { rows: house.f.count(preview.rows_seen) })
              : t("imports.start_all")}
        </Button>
        {!ready && !mapping.isStale && <span className="two">{t("imports.first")}</span>}
      </div>
      <Refusal error={start.error} />
      <MapEditor mapping={mapping} preview={preview} />
    </>
  );
}

function Chosen({ file }: { file: ImportFile }) {
  const { data: preview, error, refetch } = useQuery(previewQuery(file.id));
  if (error && !preview) return <Refusal error={error} retry={() => void refetch()} />;
  if (!preview) return <Bones rows={8} />;
  return <Choose file={file} preview={preview} />;
}

/** A file that was received here: what it says, how far it is, what became of it. */
export function FilePart({ id }: { id: string }) {
  const t = useTexts();
  const { data: file, error, refetch } = useQuery(fileQuery(id));
  if (error && !file) return <Refusal error={error} retry={() => void refetch()} />;
  if (!file) return <Bones rows={4} />;
  const isDone = file.state === "finished" || file.state === "withdrawn";
  return (
    <>
      <Head file={file} />
      {(file.state === "received" || file.state === "failed") && <Chosen file={file} />}
      {file.report && file.state !== "received" && (
        <Report title={t(`imports.state.${file.state}`)} note={file.map} report={file.report} />
      )}
      {(isDone || file.state === "failed") && <Mend file={file} />}
      {file.state === "finished" && file.quarantined === 0 && (
        <Card label={t("imports.mend")}>
          <Empty title={t("imports.none_quarantined")} />
        </Card>
      )}
    </>
  );
}
