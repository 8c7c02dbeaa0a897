import { useState } from "react";
import { useTexts } from "../../../i18n";
import { Button, Field, Select, Tick } from "../../../kit";
import { FormDialog } from "../../../kit/form";
import { say } from "../../../kit/notices";
import { hoursOf } from "../../../lib/hours";
import { useHouse } from "../../../lib/house";
import { roomsOf } from "../tally";
import { useAct } from "../visit";
import type { ActDialogProps } from "./act";
import { useLine } from "./line";
import { RoomPick } from "./pick";

/** Moves the guest to another room. */
export function MoveDialog({ view, onClose }: ActDialogProps) {
  const t = useTexts();
  const house = useHouse();
  const { stay, line, choice } = useLine(view);
  const [room, setRoom] = useState<string>();
  const [reason, setReason] = useState("");
  const [dirty, setDirty] = useState(false);
  const [tried, setTried] = useState(false);
  const form = useAct(view.number, "move", () => {
    say(t("act.moved", { from: stay?.room_number ?? "", to: room ?? "" }));
    onClose();
  });
  const type = house.view.rooms.find((one) => one.number === stay?.room_number)?.room_type;
  const now = house.minuteOf(house.today);
  const until = roomsOf(view).find((one) => one.line === stay?.line)?.until_minute;
  // A guest by the hour has another room for what is left of the hours.
  const hours =
    stay && stay.arrival === stay.departure && until != null
      ? { from: now, until: Math.max(now + 1, until) }
      : undefined;
  const send = () => {
    setTried(true);
    if (room && reason.trim() !== "") form.send({ room, reason: reason.trim(), line, accept_dirty: dirty });
  };
  return (
    <FormDialog
      title={t("act.move")}
      note={t("act.move_note", { room: stay?.room_number ?? "" })}
      onClose={onClose}
      wide
      form={form}
      action={room ? t("act.do_move", { room }) : t("act.move")}
      onSend={send}
    >
      {choice}
      <RoomPick
        value={room}
        onChange={setRoom}
        type={type}
        from={house.today}
        to={stay?.departure ?? house.tomorrow}
        hours={hours}
      />
      {(form.at("/room") || (tried && !room)) && <p className="field-error">{form.at("/room") ?? t("room.choose")}</p>}
      <Field
        label={t("word.reason")}
        value={reason}
        onChange={setReason}
        maxLength={200}
        error={form.at("/reason") ?? (tried && reason.trim() === "" ? t("act.reason_needed") : undefined)}
        placeholder={t("act.move_example")}
      />
      {form.code === "room_not_ready" && (
        <Tick ticked={dirty} onChange={setDirty}>
          {t("room.accept_dirty")}
        </Tick>
      )}
    </FormDialog>
  );
}

/** Sets a room aside before the guest comes. */
export function AssignDialog({ view, onClose }: ActDialogProps) {
  const t = useTexts();
  const house = useHouse();
  const rooms = roomsOf(view).filter((room) => room.stay_id == null);
  const [line, setLine] = useState(rooms.find((room) => room.room_number == null)?.line ?? rooms[0]?.line ?? 1);
  const booked = rooms.find((room) => room.line === line);
  const [room, setRoom] = useState<string>(booked?.room_number ?? "auto");
  const form = useAct(view.number, "assign-room", (state) => {
    say(t("act.assigned", { room: state.rooms.find((one) => one.line === line)?.room ?? "" }));
    onClose();
  });
  return (
    <FormDialog
      title={t("act.assign")}
      onClose={onClose}
      wide
      form={form}
      action={room === "auto" ? t("act.do_assign_auto") : t("act.do_assign", { room })}
      onSend={() => form.send({ line, room })}
      more={
        booked?.room_number && (
          <Button busy={form.busy} onPress={() => form.send({ line, room: null })}>
            {t("act.release", { room: booked.room_number })}
          </Button>
        )
      }
    >
      {rooms.length > 1 && (
        <Select
          label={t("word.line")}
          choices={rooms.map((one) => ({
            id: String(one.line),
            name: t("word.line_n", { n: one.line, room: one.room_number ?? t("today.no_room") }),
          }))}
          value={String(line)}
          onChange={(next) => setLine(Number(next))}
        />
      )}
      <RoomPick
        value={room}
        onChange={setRoom}
        type={booked?.room_type}
        from={booked?.arrival ?? house.today}
        to={booked?.departure ?? house.tomorrow}
        own={booked?.room_number ?? undefined}
        auto
        hours={booked && hoursOf(booked)}
      />
      {form.at("/room") && <p className="field-error">{form.at("/room")}</p>}
    </FormDialog>
  );
}
