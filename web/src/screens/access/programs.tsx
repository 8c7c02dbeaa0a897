import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, data, type Schema } from "../../api/client";
import { clientsQuery } from "../../api/office";
import { useTexts } from "../../i18n";
import { Bones, Button, Card, Chip, Dialog, Empty, Field, Refusal, ScrollX, Tick, Warning } from "../../kit";
import { FormDialog } from "../../kit/form";
import { say } from "../../kit/notices";
import { useSend } from "../../kit/send";
import { ReasonField, useTyped } from "../../kit/typed";
import { useHouse } from "../../lib/house";
import { Choosable } from "./choosable";
import { Grants } from "./grants";

type Program = Schema<"ClientView">;
type NewKey = Schema<"NewKey">;

const DAYS = "90";

/** A key, shown once. */
export function KeyShown({ made, onClose }: { made: NewKey; onClose: () => void }) {
  const t = useTexts();
  return (
    <Dialog title={t("access.key_title", { name: made.client.name })} note={t("access.key_note")} onClose={onClose}>
      <div className="new-key">
        <code className="grow">{made.key}</code>
        <Button onPress={() => void navigator.clipboard.writeText(made.key).then(() => say(t("access.key_copied")))}>
          {t("access.copy")}
        </Button>
      </div>
      <Warning>{t("access.key_once")}</Warning>
      <div className="dialog-foot">
        <Button look="fill" onPress={onClose}>
          {t("access.key_kept")}
        </Button>
      </div>
    </Dialog>
  );
}

function NewProgram({ onClose, onMade }: { onClose: () => void; onMade: (made: NewKey) => void }) {
  const t = useTexts();
  const typed = useTyped({ name: "", days: DAYS });
  const form = useSend<void, NewKey>(
    (_, key) =>
      data(
        api.POST("/api/v1/api-clients", {
          params: { header: { "Idempotency-Key": key } },
          body: { name: typed.said("name"), days: Number(typed.values.days) || null },
        }),
      ),
    onMade,
  );
  return (
    <FormDialog
      title={t("access.new_program")}
      note={t("access.new_program_note")}
      onClose={onClose}
      form={form}
      action={t("access.do_new_program")}
      onSend={() => form.send()}
      isDisabled={typed.lacks("name")}
    >
      <Field {...typed.of("name", form)} label={t("access.program_name")} autoFocus />
      <Field {...typed.of("days", form)} label={t("access.days")} inputMode="numeric" help={t("access.days_help")} />
    </FormDialog>
  );
}

function NextKey({
  program,
  onClose,
  onMade,
}: {
  program: Program;
  onClose: () => void;
  onMade: (made: NewKey) => void;
}) {
  const t = useTexts();
  const typed = useTyped({ days: DAYS, reason: "" });
  const [atOnce, setAtOnce] = useState(false);
  const form = useSend<void, NewKey>(
    (_, key) =>
      data(
        api.POST("/api/v1/api-clients/{id}/rotate", {
          params: { path: { id: program.id }, header: { "Idempotency-Key": key } },
          body: { days: Number(typed.values.days) || null, at_once: atOnce, reason: typed.said("reason") || null },
        }),
      ),
    onMade,
  );
  return (
    <FormDialog
      title={t("access.next_key", { name: program.name })}
      note={t("access.next_key_note")}
      onClose={onClose}
      form={form}
      action={t("access.do_next_key")}
      onSend={() => form.send()}
    >
      <div className="fields">
        <Field {...typed.of("days", form)} label={t("access.days")} inputMode="numeric" help={t("access.days_help")} />
        <ReasonField typed={typed} form={form} />
      </div>
      <Tick ticked={atOnce} onChange={setAtOnce}>
        {t("access.at_once")}
      </Tick>
    </FormDialog>
  );
}

function ProgramCard({ program, onMade }: { program: Program; onMade: (made: NewKey) => void }) {
  const t = useTexts();
  const house = useHouse();
  const [next, setNext] = useState(false);
  const [ending, setEnding] = useState(false);
  const end = useSend<void, void>(
    async () => {
      await data(api.DELETE("/api/v1/api-clients/{id}", { params: { path: { id: program.id } } }));
    },
    () => {
      say(t("access.program_ended", { name: program.name }));
      setEnding(false);
    },
  );
  return (
    <Card title={program.name} note={t("access.keys", { count: program.keys.length })}>
      <ul className="lines">
        {program.keys.map((key) => (
          <li key={key.id}>
            <span className="grow num two">{key.id.slice(0, 8)}</span>
            <span className="num">{t("access.until", { time: house.f.moment(key.expires_at, house.zone) })}</span>
          </li>
        ))}
      </ul>
      <div className="card-more chips">
        <Button size="row" onPress={() => setNext(true)}>
          {t("access.do_next_key")}
        </Button>
        {program.state === "active" && (
          <Button size="row" onPress={() => setEnding(true)}>
            {t("access.end_program")}
          </Button>
        )}
      </div>
      <Grants holder={{ kind: "client", id: program.id }} name={program.name} />
      {next && (
        <NextKey
          program={program}
          onClose={() => setNext(false)}
          onMade={(made) => {
            setNext(false);
            onMade(made);
          }}
        />
      )}
      {ending && (
        <FormDialog
          title={t("access.end_program")}
          note={t("access.end_program_note", { name: program.name })}
          onClose={() => setEnding(false)}
          form={end}
          action={t("access.end_program")}
          onSend={() => end.send()}
        >
          {null}
        </FormDialog>
      )}
    </Card>
  );
}

/** The programs of other systems, their keys and what each was granted. */
export function Programs({ chosen, onChoose }: { chosen: string | undefined; onChoose: (id: string) => void }) {
  const t = useTexts();
  const { data: page, error, refetch } = useQuery(clientsQuery);
  const [making, setMaking] = useState(false);
  const [made, setMade] = useState<NewKey>();
  const program = page?.items.find((one) => one.id === chosen) ?? page?.items[0];
  return (
    <>
      <div className="two-col">
        <Card
          title={t("access.programs")}
          note={page?.items.length}
          tools={
            <Button size="row" onPress={() => setMaking(true)}>
              {t("access.new_program")}
            </Button>
          }
        >
          {error && !page ? (
            <div className="card-body">
              <Refusal error={error} retry={() => void refetch()} />
            </div>
          ) : !page ? (
            <Bones rows={3} />
          ) : page.items.length === 0 ? (
            <Empty title={t("access.no_programs")}>{t("access.no_programs_note")}</Empty>
          ) : (
            <ScrollX>
              <table className="table">
                <thead>
                  <tr>
                    <th scope="col">{t("access.program_name")}</th>
                    <th scope="col">{t("access.key_column")}</th>
                    <th scope="col" className="end">
                      {t("bookings.state")}
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {page.items.map((one) => (
                    <tr key={one.id} aria-current={one === program ? "true" : undefined}>
                      <td>
                        <Choosable chosen={one === program} onChoose={() => onChoose(one.id)}>
                          {one.name}
                        </Choosable>
                      </td>
                      <td className="two">{t("access.keys", { count: one.keys.length })}</td>
                      <td className="end">
                        <Chip tone="done">{t(one.state === "active" ? "access.active" : "access.disabled")}</Chip>
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </ScrollX>
          )}
        </Card>
        {program && <ProgramCard key={program.id} program={program} onMade={setMade} />}
      </div>
      {making && (
        <NewProgram
          onClose={() => setMaking(false)}
          onMade={(key) => {
            setMaking(false);
            setMade(key);
            onChoose(key.client.id);
          }}
        />
      )}
      {made && <KeyShown made={made} onClose={() => setMade(undefined)} />}
    </>
  );
}
