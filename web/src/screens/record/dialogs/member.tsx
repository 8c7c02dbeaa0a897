import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Schema } from "../../../api/client";
import { benefitsQuery } from "../../../api/services";
import { useTexts } from "../../../i18n";
import { Bones, Button, Chip, Empty, Radios, Refusal, Select } from "../../../kit";
import { FormDialog } from "../../../kit/form";
import { say } from "../../../kit/notices";
import { addDays, nightsBetween } from "../../../lib/format";
import { useHouse } from "../../../lib/house";
import { word } from "../../../lib/words";
import { roomsOf, type VisitView } from "../tally";
import { useAct } from "../visit";
import type { ActDialogProps } from "./act";
import "../dialogs.css";

const POINTS = "points";
const FIRST = "first";

/** What the booker's tier gives, in words. */
function Tier({ has }: { has: Schema<"BenefitsView"> }) {
  const t = useTexts();
  const house = useHouse();
  const none = t("benefit.as_everybody");
  return (
    <dl className="facts">
      <dt>{t("benefit.tier")}</dt>
      <dd>{t("benefit.tier_card", { tier: has.tier ? word(t, "tier", has.tier) : "", number: has.member ?? "" })}</dd>
      <dt>{t("benefit.discount")}</dt>
      <dd className="num">{has.discount > 0 ? house.f.percent(has.discount) : none}</dd>
      <dt>{t("benefit.late")}</dt>
      <dd>
        {has.late_check_out == null ? none : t("benefit.late_until", { time: house.f.minute(has.late_check_out) })}
      </dd>
      <dt>{t("benefit.upgrades")}</dt>
      <dd>{has.upgrade ? t("benefit.upgrades_yes") : none}</dd>
      <dt>{t("benefit.points")}</dt>
      <dd className="num">
        {has.night_points == null
          ? house.f.count(has.points)
          : t("benefit.points_nights", { points: house.f.count(has.points), count: has.nights_by_points })}
      </dd>
    </dl>
  );
}

/** A night that points or a voucher paid for, and the way to give it back. */
function FreeNight({ view, night }: { view: VisitView; night: Schema<"FreeNightView"> }) {
  const t = useTexts();
  const house = useHouse();
  const back = useAct(view.number, "free-nights/return", () =>
    say(t("benefit.free_returned", { date: house.f.day(night.night) })),
  );
  return (
    <li>
      <b className="num">{house.f.longDay(night.night)}</b>
      <span className="grow two">
        {night.voucher_id == null
          ? t("benefit.free_points", { points: house.f.count(night.points) })
          : t("benefit.free_voucher")}
        <Refusal error={back.error} />
      </span>
      {night.state === "live" ? (
        <Button size="row" busy={back.busy} onPress={() => back.send({ line: night.line, night: night.night })}>
          {t("benefit.free_back")}
        </Button>
      ) : (
        <Chip tone="done">{t(`benefit.free_state.${night.state}`)}</Chip>
      )}
    </li>
  );
}

/** What the booker has as a member, and what of it is used for this visit: late check-out, and nights that points or a voucher pay for. */
export function BenefitsDialog({ view, onClose }: ActDialogProps) {
  const t = useTexts();
  const house = useHouse();
  const { data: has, error } = useQuery(benefitsQuery(view.number, house.code));
  const rooms = roomsOf(view).filter((room) => room.state === "reserved");
  const [line, setLine] = useState(rooms[0]?.line);
  const [night, setNight] = useState(FIRST);
  const [chosen, setChosen] = useState<string>();
  const room = rooms.find((one) => one.line === line) ?? rooms[0];
  const redeem = useAct(view.number, "free-nights", () => say(t("benefit.redeemed")));
  const late = useAct(view.number, "late-check-out", () =>
    say(t("benefit.late_given", { time: house.f.minute(has?.late_check_out ?? 0) })),
  );
  const ways = [
    ...(has && has.nights_by_points > 0 && has.night_points != null
      ? [{ id: POINTS, text: t("benefit.by_points", { points: house.f.count(has.night_points) }) }]
      : []),
    ...(has?.vouchers ?? []).map((one) => ({
      id: one.id,
      text: t("benefit.by_voucher", { date: house.f.day(one.expires) }),
    })),
  ];
  const way = ways.some((one) => one.id === chosen) ? chosen : ways[0]?.id;
  const first = room?.arrival ?? house.today;
  const count = room ? Math.max(0, nightsBetween(first, room.departure)) : 0;
  const nights = Array.from({ length: count }, (_, at) => addDays(first, at));
  const isLate = room?.departure_minute != null && room.departure_minute >= (has?.late_check_out ?? 0);
  const used = has?.free_nights ?? [];
  return (
    <FormDialog
      title={t("benefit.title")}
      onClose={onClose}
      form={redeem}
      error={late.error}
      action={t("benefit.redeem")}
      onSend={() =>
        room &&
        way !== undefined &&
        redeem.send({
          line: room.line,
          night: night === FIRST ? null : night,
          voucher_id: way === POINTS ? null : way,
        })
      }
      isDisabled={!room || way === undefined}
      more={
        has?.late_check_out != null &&
        room &&
        !isLate && (
          <Button busy={late.busy} onPress={() => late.send({ line: room.line })}>
            {t("benefit.give_late", { time: house.f.minute(has.late_check_out) })}
          </Button>
        )
      }
    >
      {error && !has ? (
        <Refusal error={error} />
      ) : !has ? (
        <Bones rows={4} />
      ) : has.member == null ? (
        <Empty title={t("benefit.none")}>{t("benefit.none_note")}</Empty>
      ) : (
        <>
          <Tier has={has} />
          <div>
            <h3 className="part">{t("benefit.free")}</h3>
            {used.length === 0 ? (
              <p className="two">{t("benefit.free_none")}</p>
            ) : (
              <ul className="lines boxed">
                {used.map((one) => (
                  <FreeNight key={one.id} view={view} night={one} />
                ))}
              </ul>
            )}
          </div>
          {rooms.length > 1 && (
            <Select
              label={t("word.line")}
              choices={rooms.map((one) => ({
                id: String(one.line),
                name: t("word.line_n", { n: one.line, room: one.room_number ?? house.typeName(one.room_type) }),
              }))}
              value={String(room?.line)}
              onChange={(next) => {
                setLine(Number(next));
                setNight(FIRST);
              }}
              error={redeem.at("/line")}
            />
          )}
          {ways.length === 0 ? (
            <p className="two">{t("benefit.by_none")}</p>
          ) : (
            <>
              <Radios
                label={t("benefit.pay_by")}
                className="method-choices"
                optionClass="method"
                value={way}
                onChange={setChosen}
                options={ways}
              />
              <Select
                label={t("benefit.night")}
                choices={[
                  { id: FIRST, name: t("benefit.night_first") },
                  ...nights.map((one) => ({ id: one, name: house.f.longDay(one) })),
                ]}
                value={night}
                onChange={setNight}
                error={redeem.at("/night", "/voucher_id")}
              />
            </>
          )}
        </>
      )}
    </FormDialog>
  );
}
