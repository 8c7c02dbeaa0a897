import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import {
  exportQuarantine,
  type ImportFile,
  leaveOutRow,
  mendRow,
  type Quarantined,
  toMendQuery,
} from "../../api/imports";
import { useTexts } from "../../i18n";
import { Bones, Button, Card, Empty, Field, Refusal } from "../../kit";
import { FormDialog } from "../../kit/form";
import { say } from "../../kit/notices";
import { useSend } from "../../kit/send";
import { useHouse } from "../../lib/house";
import { saveAs } from "../../lib/save";
import { word } from "../../lib/words";

/** Where a cell stands in the body, as a JSON pointer. */
const pointerTo = (column: string) => `/cells/${column.replaceAll("~", "~0").replaceAll("/", "~1")}`;

/** What stands in a field at first: the text of the file where nothing of it is masked. */
const shownIn = (text: string) => (text.includes("*") ? "" : text);

function LeaveOut({ file, row, onClose }: { file: ImportFile; row: number; onClose: () => void }) {
  const t = useTexts();
  const [reason, setReason] = useState("");
  const form = useSend(
    (_: undefined, key) => leaveOutRow(file.id, row, reason.trim() || undefined, key),
    () => {
      say(t("imports.left_out", { row }));
      onClose();
    },
  );
  return (
    <FormDialog
      title={t("imports.leave_out_title", { row })}
      note={t("imports.leave_out_note")}
      onClose={onClose}
      form={form}
      action={t("imports.do_leave_out")}
      onSend={() => form.send(undefined)}
    >
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

/** A row that was not taken: what is wrong stands in fields, the rest is folded away. */
function MendLine({ file, item }: { file: ImportFile; item: Quarantined }) {
  const t = useTexts();
  const [typed, setTyped] = useState<Record<string, string>>({});
  const [leaving, setLeaving] = useState(false);
  const form = useSend(
    (cells: Record<string, string>, key) => mendRow(file.id, item.row, cells, key),
    (done) => {
      if (done.state === "mended") say(t("imports.mended", { row: item.row }));
    },
  );
  const isWrong = item.cells.some((cell) => cell.is_wrong);
  const wrong = item.cells.filter((cell) => cell.is_wrong || !isWrong);
  const others = item.cells.filter((cell) => !wrong.includes(cell));
  const changed = Object.fromEntries(
    item.cells.flatMap((cell) => {
      const text = typed[cell.column];
      return text === undefined || text === shownIn(cell.text) ? [] : [[cell.column, text]];
    }),
  );
  const isChanged = Object.keys(changed).length > 0;
  const send = () => {
    if (isChanged) form.send(changed);
  };
  const field = (cell: Quarantined["cells"][number]) => (
    <Field
      key={cell.column}
      label={cell.column}
      value={typed[cell.column] ?? shownIn(cell.text)}
      onChange={(next) => setTyped({ ...typed, [cell.column]: next })}
      help={t("imports.now", { text: cell.text === "" ? t("imports.empty_cell") : cell.text })}
      error={form.at(pointerTo(cell.column))}
    />
  );
  // It was tried, and something is still wrong: what, and why now.
  const still = form.done?.problem ?? undefined;
  return (
    <li className="mend-line">
      <div className="mend-head">
        <b className="num">{t("imports.row", { row: item.row })}</b>
        <span className="amber">{word(t, "import_field", still?.field ?? item.field)}</span>
        <span className="two grow">{still?.detail ?? item.detail}</span>
      </div>
      <form
        className="fields"
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        {wrong.map(field)}
        <div className="field-button mend-do">
          <Button type="submit" busy={form.busy} isDisabled={!isChanged}>
            {t("imports.do_mend")}
          </Button>
          <Button look="link" onPress={() => setLeaving(true)}>
            {t("imports.leave_out")}
          </Button>
        </div>
      </form>
      {still && (
        <p className="field-error" role="alert">
          {t("imports.still", { why: still.detail })}
        </p>
      )}
      <Refusal error={form.error} />
      {others.length > 0 && (
        <details>
          <summary>{t("imports.other_cells", { count: others.length })}</summary>
          <div className="fields">{others.map(field)}</div>
        </details>
      )}
      {leaving && <LeaveOut file={file} row={item.row} onClose={() => setLeaving(false)} />}
    </li>
  );
}

function Export({ file, onClose }: { file: ImportFile; onClose: () => void }) {
  const t = useTexts();
  const house = useHouse();
  const [reason, setReason] = useState("");
  const [tried, setTried] = useState(false);
  const form = useSend(
    (_: undefined, key) => exportQuarantine(file.id, reason.trim(), key),
    (rows) => {
      saveAs(rows, t("imports.export_name", { name: file.name.replace(/\.[^.]*$/, "") }));
      say(t("imports.exported"));
      onClose();
    },
  );
  return (
    <FormDialog
      title={t("imports.export_title")}
      note={t("imports.export_note")}
      onClose={onClose}
      form={form}
      action={t("imports.do_export", { rows: house.f.count(file.to_mend) })}
      onSend={() => {
        setTried(true);
        if (reason.trim() !== "") form.send(undefined);
      }}
    >
      <Field
        label={t("word.reason")}
        value={reason}
        onChange={setReason}
        maxLength={200}
        autoFocus
        required
        error={form.at("/reason") ?? (tried && reason.trim() === "" ? t("act.reason_needed") : undefined)}
      />
    </FormDialog>
  );
}

/** The rows of a file that were not taken: mended here, left out on purpose, or taken away to be mended in a spreadsheet. */
export function Mend({ file }: { file: ImportFile }) {
  const t = useTexts();
  const [taking, setTaking] = useState(false);
  const list = useInfiniteQuery(toMendQuery(file.id));
  const items = list.data?.pages.flatMap((page) => page.items) ?? [];
  if (file.quarantined === 0) return null;
  return (
    <Card
      title={t("imports.mend")}
      note={t("imports.to_mend", { count: file.to_mend })}
      tools={
        file.to_mend > 0 && (
          <Button size="row" onPress={() => setTaking(true)}>
            {t("imports.export")}
          </Button>
        )
      }
    >
      {list.error && !list.data ? (
        <div className="card-body">
          <Refusal error={list.error} retry={() => void list.refetch()} />
        </div>
      ) : !list.data ? (
        <Bones rows={4} />
      ) : items.length === 0 ? (
        <Empty title={t("imports.all_mended")}>{t("imports.all_mended_note")}</Empty>
      ) : (
        <>
          <p className="card-body two">{t("imports.mend_note")}</p>
          <ul className="mend-lines">
            {items.map((item) => (
              <MendLine key={item.row} file={file} item={item} />
            ))}
          </ul>
          {list.hasNextPage && (
            <div className="card-more">
              <Button busy={list.isFetchingNextPage} onPress={() => void list.fetchNextPage()}>
                {t("imports.more")}
              </Button>
            </div>
          )}
        </>
      )}
      {taking && <Export file={file} onClose={() => setTaking(false)} />}
    </Card>
  );
}
