import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { todayQuery } from "../../../api/queries";
import { useTexts } from "../../../i18n";
import { Bones, Chip, Empty, Radios, Refusal, Select } from "../../../kit";
import { FormDialog } from "../../../kit/form";
import { say } from "../../../kit/notices";
import { ReasonField, useTyped } from "../../../kit/typed";
import { groupNumber } from "../../../lib/format";
import { hoursOf } from "../../../lib/hours";
import { useHouse } from "../../../lib/house";
import { roomTone } from "../../../lib/words";
import { roomsOf, staysOf } from "../tally";
import { useAct } from "../visit";
import type { ActDialogProps } from "./act";
import { useRoomChoices } from "./pick";
import "../dialogs.css";

/** Two rooms change places: both lived in, or both set aside. */
export function SwapDialog({ view, onClose }: ActDialogProps) {
  const t = useTexts();
  const house = useHouse();
  const { data: board, error } = useQuery(todayQuery(house.code));
  const stays = staysOf(view).filter((stay) => stay.state === "in_house" && stay.share_of == null);
  const own = [
    ...stays.map((stay) => ({ line: stay.line, room: stay.room_number, isLived: true })),
    ...roomsOf(view).flatMap((room) =>
      room.stay_id == null && room.room_number != null
        ? [{ line: room.line, room: room.room_number, isLived: false }]
        : [],
    ),
  ];
  const [line, setLine] = useState(own[0]?.line);
  const [chosen, setChosen] = useState<string>();
  const [tried, setTried] = useState(false);
  const typed = useTyped({ reason: "" });
  const mine = own.find((one) => one.line === line) ?? own[0];
  const keyOf = (row: { number: string; line: number }) => `${groupNumber(row.number)}/${row.line}`;
  const seen = new Set<string>();
  // Who shares a room has a row as well: the room stands there once.
  const rows = (mine?.isLived ? board?.in_house : board?.arrivals)?.filter((row) => {
    const key = keyOf(row);
    if (row.room == null || row.room === mine?.room || seen.has(key)) return false;
    seen.add(key);
    return true;
  });
  const other = rows?.find((row) => keyOf(row) === chosen);
  const names = { one: mine?.room ?? "", two: other?.room ?? "" };
  const form = useAct(view.number, "swap", () => {
    say(t("party.swapped", names));
    onClose();
  });
  const refused = form.at("/with", "/with_line", "/line");
  return (
    <FormDialog
      title={t("party.swap_title")}
      note={t("party.swap_note")}
      onClose={onClose}
      wide
      form={form}
      action={other ? t("party.do_swap", names) : t("party.swap_title")}
      onSend={() => {
        setTried(true);
        if (mine && other && !typed.lacks("reason"))
          form.send({
            line: mine.line,
            with: groupNumber(other.number) === groupNumber(view.number) ? null : other.number,
            with_line: other.line,
            reason: typed.said("reason"),
          });
      }}
      isDisabled={!mine}
    >
      {own.length > 1 && (
        <Select
          label={t("party.swap_own")}
          choices={own.map((one) => ({ id: String(one.line), name: one.room }))}
          value={String(mine?.line)}
          onChange={(next) => {
            setLine(Number(next));
            setChosen(undefined);
          }}
        />
      )}
      {error && !board ? (
        <Refusal error={error} />
      ) : !rows ? (
        <Bones rows={3} />
      ) : rows.length === 0 ? (
        <Empty title={t("party.swap_none")}>{t("party.swap_none_note")}</Empty>
      ) : (
        <Radios
          label={t("party.swap_with")}
          className="room-choices"
          optionClass="room-choice"
          value={chosen}
          onChange={setChosen}
          options={rows.map((row) => ({
            id: keyOf(row),
            text: (
              <span className="grow">
                <b className="num">{row.room}</b>
                <span className="grow">{row.guest}</span>
                <span className="two">{house.typeName(row.room_type)}</span>
              </span>
            ),
          }))}
        />
      )}
      {(refused || (tried && !other)) && <p className="field-error">{refused ?? t("party.swap_needed")}</p>}
      <ReasonField typed={typed} form={form} isMissed={tried} />
    </FormDialog>
  );
}

const AUTO = "auto";

/** Sets a better room aside for a member at the price of the one that was booked. */
export function UpgradeDialog({ view, onClose }: ActDialogProps) {
  const t = useTexts();
  const house = useHouse();
  const rooms = roomsOf(view).filter((room) => room.stay_id == null);
  const [line, setLine] = useState(rooms[0]?.line);
  const [chosen, setChosen] = useState<string>(AUTO);
  const booked = rooms.find((room) => room.line === line) ?? rooms[0];
  const { choices, error, waiting } = useRoomChoices(
    booked?.room_type,
    booked?.arrival ?? house.today,
    booked?.departure ?? house.tomorrow,
    undefined,
    booked && hoursOf(booked),
  );
  const better = choices.filter((room) => room.room_type !== booked?.room_type);
  const room = better.some((one) => one.number === chosen) ? chosen : AUTO;
  const form = useAct(view.number, "upgrade", (state) => {
    say(t("benefit.upgraded", { room: state.rooms.find((one) => one.line === booked?.line)?.room ?? "" }));
    onClose();
  });
  const refused = form.at("/room", "/line");
  return (
    <FormDialog
      title={t("benefit.upgrade_title")}
      note={t("benefit.upgrade_note")}
      onClose={onClose}
      wide
      form={form}
      action={room === AUTO ? t("benefit.do_upgrade_auto") : t("benefit.do_upgrade", { room })}
      onSend={() => booked && form.send({ line: booked.line, room: room === AUTO ? null : room })}
      isDisabled={!booked}
    >
      {rooms.length > 1 && (
        <Select
          label={t("word.line")}
          choices={rooms.map((one) => ({
            id: String(one.line),
            name: t("word.line_n", { n: one.line, room: house.typeName(one.room_type) }),
          }))}
          value={String(booked?.line)}
          onChange={(next) => setLine(Number(next))}
        />
      )}
      {error ? (
        <Refusal error={error} />
      ) : waiting ? (
        <Bones rows={3} />
      ) : (
        <Radios
          label={t("word.room")}
          className="room-choices"
          optionClass="room-choice"
          value={room}
          onChange={setChosen}
          options={[
            {
              id: AUTO,
              text: (
                <span className="grow">
                  <b>{t("room.auto")}</b> <span className="two">{t("benefit.upgrade_auto_note")}</span>
                </span>
              ),
            },
            ...better.map((one) => ({
              id: one.number,
              text: (
                <span className="grow">
                  <b className="num">{one.number}</b>
                  <span className="two grow">{house.typeName(one.room_type)}</span>
                  <Chip tone={roomTone[one.state]}>{t(`room_state.${one.state}`)}</Chip>
                </span>
              ),
            })),
          ]}
        />
      )}
      {refused && <p className="field-error">{refused}</p>}
    </FormDialog>
  );
}
