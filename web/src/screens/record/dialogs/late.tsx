import { useState } from "react";
import { useTexts } from "../../../i18n";
import { Button, Field, Select } from "../../../kit";
import { FormDialog } from "../../../kit/form";
import { say } from "../../../kit/notices";
import { ReasonField, useTyped } from "../../../kit/typed";
import { readClock } from "../../../lib/hours";
import { useHouse } from "../../../lib/house";
import { roomsOf } from "../tally";
import { useAct } from "../visit";
import type { ActDialogProps } from "./act";

/** Agrees until when a room may be kept on the last day, or that it is left as everybody leaves. */
export function LateDialog({ view, onClose }: ActDialogProps) {
  const t = useTexts();
  const house = useHouse();
  const rooms = roomsOf(view);
  const [line, setLine] = useState(rooms[0]?.line);
  const room = rooms.find((one) => one.line === line) ?? rooms[0];
  const typed = useTyped({ time: "", reason: "" });
  const [tried, setTried] = useState(false);
  const minute = readClock(typed.values.time);
  const usual = house.f.minute(house.view.property.check_out_minute);
  const agreed = room?.departure_minute ?? undefined;
  const time = minute === undefined ? "" : house.f.minute(minute);
  const form = useAct(view.number, "late-check-out", () => {
    say(t("benefit.late_given", { time }));
    onClose();
  });
  const off = useAct(view.number, "late-check-out", () => {
    say(t("benefit.late_off", { time: usual }));
    onClose();
  });
  const field = typed.of("time", form, "/minute");
  return (
    <FormDialog
      title={t("benefit.late")}
      note={t("benefit.late_note", { time: agreed === undefined ? usual : house.f.minute(agreed) })}
      onClose={onClose}
      form={form}
      error={off.error}
      action={minute === undefined ? t("benefit.do_late") : t("benefit.do_late_until", { time })}
      onSend={() => {
        setTried(true);
        if (room && minute !== undefined) form.send({ line: room.line, minute, reason: typed.said("reason") || null });
      }}
      isDisabled={!room}
      more={
        room &&
        agreed !== undefined && (
          <Button busy={off.busy} onPress={() => off.send({ line: room.line, minute: 0 })}>
            {t("benefit.do_late_off", { time: usual })}
          </Button>
        )
      }
    >
      {rooms.length > 1 && (
        <Select
          label={t("word.line")}
          choices={rooms.map((one) => ({
            id: String(one.line),
            name: t("word.line_n", { n: one.line, room: one.room_number ?? house.typeName(one.room_type) }),
          }))}
          value={String(room?.line)}
          onChange={(next) => setLine(Number(next))}
          error={form.at("/line")}
        />
      )}
      <Field
        {...field}
        label={t("benefit.late_time")}
        maxLength={5}
        placeholder={usual}
        autoFocus
        error={field.error ?? (tried && minute === undefined ? t("benefit.late_form") : undefined)}
      />
      <ReasonField typed={typed} form={form} />
    </FormDialog>
  );
}
