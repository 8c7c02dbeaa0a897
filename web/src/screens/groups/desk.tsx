import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { api, data, type Schema } from "../../api/client";
import { useTexts } from "../../i18n";
import { Button, Dialog, ScrollX, Tick } from "../../kit";
import { FormDialog } from "../../kit/form";
import { useSend } from "../../kit/send";
import { groupNumber } from "../../lib/format";
import { useHouse } from "../../lib/house";

type Outcome = Schema<"RoomOutcome">;

/** What became of each room; what stands in the way of one did not stop the others. */
function Outcomes({ title, rooms, onClose }: { title: string; rooms: readonly Outcome[]; onClose: () => void }) {
  const t = useTexts();
  const house = useHouse();
  const done = rooms.filter((room) => room.done).length;
  return (
    <Dialog title={title} note={t("groups.outcome", { done, all: rooms.length })} onClose={onClose} wide>
      {rooms.length > 0 && (
        <ScrollX>
          <table className="table">
            <thead>
              <tr>
                <th scope="col">{t("bookings.number")}</th>
                <th scope="col">{t("word.room")}</th>
                <th scope="col">{t("bookings.state")}</th>
              </tr>
            </thead>
            <tbody>
              {rooms.map((room) => (
                <tr key={`${room.number}/${room.line}`}>
                  <td className="num">
                    <Link
                      to="/p/$property/visits/$number"
                      params={{ property: house.code, number: groupNumber(room.number) }}
                    >
                      {groupNumber(room.number)}
                    </Link>
                  </td>
                  <td className="num">
                    <b>{room.room}</b>
                  </td>
                  <td className={room.done ? "green" : "amber"}>{room.done ? t("groups.done") : room.detail}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollX>
      )}
      <div className="dialog-foot">
        <Button look="fill" onPress={onClose}>
          {t("do.close")}
        </Button>
      </div>
    </Dialog>
  );
}

/** Checks in all rooms of a group that are due here. */
export function GroupCheckIn({ code, onClose }: { code: string; onClose: () => void }) {
  const t = useTexts();
  const house = useHouse();
  const [dirty, setDirty] = useState(false);
  const [early, setEarly] = useState(false);
  const form = useSend<void, Outcome[]>((_, key) =>
    data(
      api.POST("/api/v1/groups/{code}/check-in", {
        params: { path: { code }, header: { "Idempotency-Key": key } },
        body: { property: house.code, accept_dirty: dirty, accept_early: early },
      }),
    ),
  );
  if (form.done) return <Outcomes title={t("groups.check_in")} rooms={form.done} onClose={onClose} />;
  return (
    <FormDialog
      title={t("groups.check_in")}
      note={t("groups.check_in_note")}
      onClose={onClose}
      form={form}
      action={t("groups.do_check_in")}
      onSend={() => form.send()}
    >
      <Tick ticked={dirty} onChange={setDirty}>
        {t("room.accept_dirty")}
      </Tick>
      <Tick ticked={early} onChange={setEarly}>
        {t("groups.accept_early", { time: house.f.minute(house.view.property.check_in_minute) })}
      </Tick>
    </FormDialog>
  );
}

/** Checks out all rooms of a group that are in house here. */
export function GroupCheckOut({ code, onClose }: { code: string; onClose: () => void }) {
  const t = useTexts();
  const house = useHouse();
  const [balance, setBalance] = useState(false);
  const form = useSend<void, Outcome[]>((_, key) =>
    data(
      api.POST("/api/v1/groups/{code}/check-out", {
        params: { path: { code }, header: { "Idempotency-Key": key } },
        body: { property: house.code, allow_balance: balance },
      }),
    ),
  );
  if (form.done) return <Outcomes title={t("groups.check_out")} rooms={form.done} onClose={onClose} />;
  return (
    <FormDialog
      title={t("groups.check_out")}
      note={t("groups.check_out_note")}
      onClose={onClose}
      form={form}
      action={t("groups.do_check_out")}
      onSend={() => form.send()}
    >
      <Tick ticked={balance} onChange={setBalance}>
        {t("groups.allow_balance")}
      </Tick>
    </FormDialog>
  );
}
