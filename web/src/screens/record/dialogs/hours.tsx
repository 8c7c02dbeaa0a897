import { useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { act, type VisitState } from "../../../api/client";
import { visitQuery } from "../../../api/queries";
import { useTexts } from "../../../i18n";
import { Field, Select } from "../../../kit";
import { DayField } from "../../../kit/date";
import { FormDialog } from "../../../kit/form";
import { say } from "../../../kit/notices";
import { useSend } from "../../../kit/send";
import { readClock } from "../../../lib/hours";
import { useHouse } from "../../../lib/house";
import { roomsOf } from "../tally";
import type { ActDialogProps } from "./act";

/** Gives a guest by the hour another date or another time of it. */
export function HoursDialog({ view, onClose }: ActDialogProps) {
  const t = useTexts();
  const house = useHouse();
  const client = useQueryClient();
  const rooms = roomsOf(view).filter((room) => room.stay_id == null && room.terms.kind === "part_day");
  const [line, setLine] = useState(rooms[0]?.line ?? 1);
  const room = rooms.find((one) => one.line === line);
  const known = room?.arrival_minute ?? undefined;
  const [date, setDate] = useState(room?.arrival ?? house.today);
  const [text, setText] = useState(known === undefined ? "" : house.f.minute(known));
  const read = readClock(text);
  // A time of the day after that stands as it was is kept, though nobody can type it.
  const minute = known !== undefined && text === house.f.minute(known) ? known : read;
  const isWrong = text.trim() !== "" && minute === undefined;
  const isSame = date === room?.arrival && minute === known;
  const count = room?.terms.hours ?? 0;
  const hours = minute === undefined ? undefined : { from: minute, until: minute + count * 60 };
  const said = `${house.f.day(date)} ${hours ? house.hours(hours) : t("hours.unknown")}`;
  const key = visitQuery(view.number, house.code).queryKey;
  const opened = useRef<string | undefined>(undefined);
  opened.current ??= client.getQueryData(key)?.etag;
  const form = useSend<void, VisitState | undefined>(
    async (_, once) => {
      let state: VisitState | undefined;
      const first = { etag: opened.current };
      try {
        if (date !== room?.arrival)
          state = await act(
            view.number,
            "change",
            { rooms: [{ line, arrival: date, departure: date }] },
            { key: `${once}-date`, ...first },
          );
        if (minute !== known)
          state = await act(
            view.number,
            "wishes",
            { line, features: room?.features ?? [], arrival_minute: minute ?? null },
            { key: `${once}-time`, ...(state ? {} : first) },
          );
      } catch (error) {
        await client.refetchQueries({ queryKey: key });
        opened.current = client.getQueryData(key)?.etag;
        throw error;
      }
      return state;
    },
    () => {
      say(t("hours.changed", { hours: said }));
      onClose();
    },
  );
  return (
    <FormDialog
      title={t("hours.change")}
      note={t("hours.change_note")}
      onClose={onClose}
      form={form}
      action={t("hours.do_change", { hours: said })}
      onSend={() => form.send()}
      isDisabled={isWrong || isSame || date === ""}
    >
      {rooms.length > 1 && (
        <Select
          label={t("word.line")}
          choices={rooms.map((one) => ({
            id: String(one.line),
            name: t("word.line_n", { n: one.line, room: house.typeName(one.room_type) }),
          }))}
          value={String(line)}
          onChange={(next) => {
            const other = rooms.find((one) => one.line === Number(next));
            setLine(Number(next));
            setDate(other?.arrival ?? house.today);
            setText(other?.arrival_minute == null ? "" : house.f.minute(other.arrival_minute));
          }}
        />
      )}
      <div className="fields">
        <DayField
          label={t("word.date")}
          value={date}
          min={house.today}
          onChange={setDate}
          error={form.at("/rooms/0/arrival", "/rooms/0/departure")}
        />
        <Field
          label={t("hours.at")}
          value={text}
          onChange={setText}
          help={t("hours.at_help")}
          error={form.at("/arrival_minute") ?? (isWrong ? t("hours.at_form") : undefined)}
        />
      </div>
    </FormDialog>
  );
}
