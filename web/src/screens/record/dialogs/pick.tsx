import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { freeRoomsQuery, roomsQuery } from "../../../api/queries";
import { useTexts } from "../../../i18n";
import { Bones, Button, Chip, Radios, Refusal } from "../../../kit";
import { addDays } from "../../../lib/format";
import type { Hours } from "../../../lib/hours";
import { useHouse } from "../../../lib/house";
import { roomTone } from "../../../lib/words";
import "../dialogs.css";

interface RoomPickProps {
  value: string | undefined;
  onChange: (room: string) => void;
  /** The type that was sold: its rooms come first. */
  type: string | undefined;
  /** From when until when the room has to be free. */
  from: string;
  to: string;
  /** The room that is set aside already: a choice although it is not free. */
  own?: string | undefined;
  auto?: boolean;
  /** Of a guest by the hour: the hours of the first date. */
  hours?: Hours | undefined;
}

const READY: readonly string[] = ["inspected", "clean", "pickup", "dirty"];

/** The rooms that are free on all of the dates, of the right type first, the readiest first. */
export function useRoomChoices(type: string | undefined, from: string, to: string, own?: string, hours?: Hours) {
  const house = useHouse();
  const { data: free, error } = useQuery(freeRoomsQuery(house.code, from, to === from ? addDays(from, 1) : to, hours));
  const { data: rooms } = useQuery(roomsQuery(house.code));
  const choices = useMemo(() => {
    const known = new Map((rooms ?? []).map((room) => [room.number, room]));
    const mine = own === undefined || free?.some((room) => room.number === own) ? undefined : known.get(own);
    return [...(mine ? [mine] : []), ...(free ?? [])]
      .filter((room) => READY.includes(room.state))
      .sort(
        (a, b) =>
          Number(b.number === own) - Number(a.number === own) ||
          Number(b.room_type === type) - Number(a.room_type === type) ||
          READY.indexOf(a.state) - READY.indexOf(b.state) ||
          a.number.localeCompare(b.number),
      );
  }, [free, rooms, type, own]);
  return { choices, rooms, error, waiting: free === undefined };
}

/** A choice of a free room. */
export function RoomPick({ value, onChange, type, from, to, own, auto, hours }: RoomPickProps) {
  const t = useTexts();
  const house = useHouse();
  const { choices: all, rooms, error, waiting } = useRoomChoices(type, from, to, own, hours);
  const [only, setOnly] = useState(false);
  const isAccessible = useMemo(
    () => new Set(house.view.rooms.filter((room) => room.accessible).map((room) => room.number)),
    [house.view.rooms],
  );
  const choices = only ? all.filter((room) => isAccessible.has(room.number)) : all;
  if (error) return <Refusal error={error} />;
  if (waiting) return <Bones rows={3} />;
  const occupied = new Set((rooms ?? []).filter((room) => room.occupied).map((room) => room.number));
  const options = [
    ...(auto && !only
      ? [
          {
            id: "auto",
            text: (
              <span className="grow">
                <b>{t("room.auto")}</b> <span className="two">{t("room.auto_note")}</span>
              </span>
            ),
          },
        ]
      : []),
    ...choices.map((room) => ({
      id: room.number,
      text: (
        <span className="grow">
          <b className="num">{room.number}</b>
          <span className="two grow">
            {house.typeName(room.room_type)}
            {room.room_type === type ? "" : ` · ${t("room.other_type")}`}
            {room.number === own ? ` · ${t("room.set_aside")}` : ""}
            {isAccessible.has(room.number) ? ` · ${t("care.accessible")}` : ""}
          </span>
          {occupied.has(room.number) ? (
            <span className="two">{t("room.occupied")}</span>
          ) : (
            <Chip tone={roomTone[room.state]}>{t(`room_state.${room.state}`)}</Chip>
          )}
        </span>
      ),
    })),
  ];
  return (
    <>
      {isAccessible.size > 0 && (
        <div>
          <Button look="link" aria-pressed={only} onPress={() => setOnly(!only)}>
            {t(only ? "care.all_rooms" : "care.only_accessible")}
          </Button>
        </div>
      )}
      {only && choices.length === 0 && <p className="two">{t("care.none_accessible")}</p>}
      <Radios
        label={t("word.room")}
        className="room-choices"
        optionClass="room-choice"
        value={value}
        onChange={onChange}
        options={options}
      />
    </>
  );
}
