import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { wakeUpsQuery } from "../../../api/services";
import { useTexts } from "../../../i18n";
import { Button, Chip, Field, Refusal, Select } from "../../../kit";
import { DayField } from "../../../kit/date";
import { FormDialog } from "../../../kit/form";
import { say } from "../../../kit/notices";
import { addDays, groupNumber, isDate, latest } from "../../../lib/format";
import { readClock } from "../../../lib/hours";
import { useHouse } from "../../../lib/house";
import { roomsOf, staysOf } from "../tally";
import { useAct } from "../visit";
import type { ActDialogProps } from "./act";

/** Notes that somebody wants to be woken, and shows what is noted already. */
export function WakeDialog({ view, onClose }: ActDialogProps) {
  const t = useTexts();
  const house = useHouse();
  const stays = staysOf(view);
  const rooms = roomsOf(view).filter((room) => {
    const of = stays.filter((stay) => stay.line === room.line);
    return of.length === 0 || of.some((stay) => stay.state === "in_house");
  });
  const [line, setLine] = useState(rooms[0]?.line);
  const room = rooms.find((one) => one.line === line) ?? rooms[0];
  const stay = stays.find((one) => one.line === room?.line && one.state === "in_house");
  const first = latest(room?.arrival ?? house.today, house.today);
  const until = stay?.departure ?? room?.departure ?? house.tomorrow;
  // The next morning, unless the guest leaves before.
  const [date, setDate] = useState(first < until ? addDays(first, 1) : first);
  const [time, setTime] = useState("");
  const [tried, setTried] = useState(false);
  const minute = readClock(time);
  const said = {
    date: isDate(date) ? house.f.day(date) : "",
    time: minute === undefined ? "" : house.f.minute(minute),
  };
  const form = useAct(view.number, "wake-ups", () => {
    say(t("services.wake_asked", said));
    onClose();
  });
  const end = useAct(view.number, "end-wake-up");
  const { data: calls } = useQuery({
    ...wakeUpsQuery(house.code, isDate(date) ? date : house.today),
    select: (all) => all.filter((call) => groupNumber(call.number) === groupNumber(view.number)),
  });
  return (
    <FormDialog
      title={t("services.wake_title")}
      note={t("services.wake_note")}
      onClose={onClose}
      form={form}
      action={minute === undefined ? t("services.do_wake_ask") : t("services.do_wake_ask_at", said)}
      onSend={() => {
        setTried(true);
        if (room && minute !== undefined) form.send({ line: room.line, date, minute });
      }}
      isDisabled={!room || !isDate(date)}
    >
      {rooms.length > 1 && (
        <Select
          label={t("word.line")}
          choices={rooms.map((one) => ({
            id: String(one.line),
            name: t("word.line_n", {
              n: one.line,
              room:
                stays.find((of) => of.line === one.line)?.room_number ??
                one.room_number ??
                house.typeName(one.room_type),
            }),
          }))}
          value={String(room?.line)}
          onChange={(next) => setLine(Number(next))}
          error={form.at("/line")}
        />
      )}
      <div className="fields">
        <DayField label={t("word.date")} value={date} onChange={setDate} min={first} error={form.at("/date")} />
        <Field
          label={t("services.wake_time")}
          value={time}
          onChange={setTime}
          maxLength={5}
          placeholder={t("services.wake_time_example")}
          autoFocus
          error={form.at("/minute") ?? (tried && minute === undefined ? t("services.wake_time_form") : undefined)}
        />
      </div>
      {calls && calls.length > 0 && (
        <div>
          <p className="meta">{t("services.wake_known")}</p>
          <ul className="lines boxed">
            {calls.map((call) => (
              <li key={call.id}>
                <b className="num">{house.f.minute(call.minute)}</b>
                <span className="grow num">{call.room}</span>
                {call.state === "open" ? (
                  <Button
                    size="row"
                    busy={end.busy}
                    onPress={() => end.send({ wake_up_id: call.id, state: "cancelled" })}
                  >
                    {t("services.do_wake.cancelled")}
                  </Button>
                ) : (
                  <Chip tone={call.state === "missed" ? "act" : "done"}>{t(`services.wake_state.${call.state}`)}</Chip>
                )}
              </li>
            ))}
          </ul>
        </div>
      )}
      <Refusal error={end.error} />
    </FormDialog>
  );
}
