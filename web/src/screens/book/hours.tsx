import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { Schema } from "../../api/client";
import { availabilityQuery, freeRoomsQuery } from "../../api/queries";
import { useTexts } from "../../i18n";
import { Card, Field, Radios, Select } from "../../kit";
import { addDays } from "../../lib/format";
import { type Hours, readClock } from "../../lib/hours";
import { useHouse } from "../../lib/house";
import "./hours.css";

/** When a guest by the hour comes; who walks in comes now. */
export function WhenField({
  minute,
  isNow,
  onChange,
  error,
}: {
  minute: number | undefined;
  isNow: boolean;
  onChange: (minute: number | undefined) => void;
  error: string | undefined;
}) {
  const t = useTexts();
  const house = useHouse();
  const said = minute === undefined ? "" : house.f.minute(minute);
  const [text, setText] = useState(said);
  // What was chosen elsewhere stands here too; half a time that is being typed is left alone.
  useEffect(() => setText((typed) => (readClock(typed) === minute ? typed : said)), [minute, said]);
  const isWrong = text.trim() !== "" && readClock(text) === undefined;
  return (
    <Field
      label={t("hours.at")}
      value={isNow ? t("hours.at_now") : text}
      onChange={(next) => {
        setText(next);
        const read = readClock(next);
        if (read !== undefined || next.trim() === "") onChange(read);
      }}
      disabled={isNow}
      help={isNow ? undefined : t("hours.at_help")}
      error={error ?? (isWrong && !isNow ? t("hours.at_form") : undefined)}
    />
  );
}

/** How many guests can still come at each hour of a date; choosing one is saying when. */
export function HoursLeft({
  date,
  type,
  minute,
  onChoose,
}: {
  date: string;
  type: string;
  minute: number | undefined;
  onChoose: (minute: number) => void;
}) {
  const t = useTexts();
  const house = useHouse();
  const { data } = useQuery(availabilityQuery(house.code, date, addDays(date, 1)));
  const left = data?.find((one) => one.room_type === type && one.night === date)?.by_the_hour;
  if (!left || left.length === 0) return null;
  const first = date === house.today ? Math.floor(house.minuteOf(date) / 60) : 0;
  const options = left.flatMap((count, hour) =>
    hour < first
      ? []
      : [
          {
            id: String(hour),
            disabled: count <= 0,
            text: (
              <>
                <span className="num">{house.f.minute(hour * 60)}</span> <b className="num">{count}</b>
              </>
            ),
          },
        ],
  );
  if (options.length === 0) return null;
  const title = t("hours.left", { type: house.typeName(type) });
  return (
    <Card title={title} note={t("hours.left_note")}>
      <div className="card-body">
        <Radios
          label={title}
          className="hours-left"
          optionClass="hour-left"
          value={minute !== undefined && minute % 60 === 0 ? String(minute / 60) : undefined}
          onChange={(hour) => onChoose(Number(hour) * 60)}
          options={options}
        />
      </div>
    </Card>
  );
}

/** A room for a guest by the hour, among those that are free at the hours; nobody has to say one. */
export function HourlyRoom({
  date,
  hours,
  offer,
  value,
  onChange,
  error,
}: {
  date: string;
  hours: Hours;
  offer: Schema<"Offer">;
  value: string;
  onChange: (room: string) => void;
  error: string | undefined;
}) {
  const t = useTexts();
  const house = useHouse();
  const { data } = useQuery(freeRoomsQuery(house.code, date, addDays(date, 1), hours));
  const free = (data ?? []).filter((room) => room.room_type === offer.room_type);
  const known = value === "" || free.some((room) => room.number === value);
  return (
    <Select
      label={t("word.room")}
      choices={[
        { id: "", name: t("hours.room_later") },
        ...free.map((room) => ({ id: room.number, name: room.number, note: t(`room_state.${room.state}`) })),
      ]}
      value={known ? value : ""}
      onChange={onChange}
      error={error}
    />
  );
}
