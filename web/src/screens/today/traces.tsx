import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Schema } from "../../api/client";
import { act } from "../../api/client";
import { tracesQuery } from "../../api/queries";
import { useTexts } from "../../i18n";
import { Bones, Button, Card, Empty, Refusal } from "../../kit";
import { say } from "../../kit/notices";
import { useSend } from "../../kit/send";
import { useHouse } from "../../lib/house";

function Trace({ trace }: { trace: Schema<"TraceView"> }) {
  const t = useTexts();
  const house = useHouse();
  const client = useQueryClient();
  const note_id = trace.note.id;
  const done = useSend(
    (_: undefined, key) => act(trace.number, "finish-note", { note_id }, { key }),
    () =>
      say(t("today.trace_done"), () => {
        void act(trace.number, "reopen-note", { note_id }, { key: crypto.randomUUID() }).then(() =>
          client.invalidateQueries(),
        );
      }),
  );
  const late = trace.note.due != null && trace.note.due < house.today;
  return (
    <li className="trace">
      <span className="grow">
        <span className="trace-text">
          <Link to="/p/$property/visits/$number" params={{ property: house.code, number: trace.number }}>
            {trace.room ?? trace.number}
          </Link>{" "}
          {trace.note.text}
        </span>
        <span className="meta">
          {trace.note.due && (
            <span className={late ? "amber" : undefined}>
              {t(late ? "today.trace_late" : "today.trace_due", { date: house.f.day(trace.note.due) })}
            </span>
          )}
          {trace.note.department && ` ${t(`department.${trace.note.department}`)}`}
        </span>
        <Refusal error={done.error} />
      </span>
      <Button size="row" busy={done.busy} onPress={() => done.send(undefined)}>
        {t("today.trace_finish")}
      </Button>
    </li>
  );
}

/** What is to be done for visits and was not yet. */
export function Traces({ off }: { off: boolean }) {
  const t = useTexts();
  const house = useHouse();
  const { data, error, refetch } = useQuery(tracesQuery(house.code));
  return (
    <div className="traces" data-tab-off={off || undefined}>
      <Card title={t("word.traces")} note={data && t("today.traces_note", { count: data.items.length })}>
        {error && !data ? (
          <div className="card-body">
            <Refusal error={error} retry={() => void refetch()} />
          </div>
        ) : !data ? (
          <Bones rows={3} />
        ) : data.items.length === 0 ? (
          <Empty title={t("today.no_traces")}>{t("today.no_traces_note")}</Empty>
        ) : (
          <ul>
            {data.items.map((trace) => (
              <Trace key={trace.note.id} trace={trace} />
            ))}
          </ul>
        )}
      </Card>
    </div>
  );
}
