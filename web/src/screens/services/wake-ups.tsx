import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { act, type VisitState } from "../../api/client";
import { wakeUpsQuery } from "../../api/services";
import { useTexts } from "../../i18n";
import { Bones, Button, Card, Chip, Empty, Refusal } from "../../kit";
import { DayField } from "../../kit/date";
import { say } from "../../kit/notices";
import { useSend } from "../../kit/send";
import { useHouse } from "../../lib/house";
import { inTurn, isPast, nextStates, type WakeUp } from "./calls";

/** A wake-up call, and what can be said of it. */
function Call({ call, now }: { call: WakeUp; now: number }) {
  const t = useTexts();
  const house = useHouse();
  const time = house.f.minute(call.minute);
  const room = call.room ?? t("services.no_room");
  const end = useSend<WakeUp["state"], VisitState>(
    (state, key) => act(call.number, "end-wake-up", { wake_up_id: call.id, state }, { key }),
    (_, state) => say(t("services.wake_said", { room, time, state: t(`services.wake_state.${state}`) })),
  );
  const late = isPast(call, now);
  return (
    <li>
      <b className="num">{time}</b>
      <span className="grow">
        <Link to="/p/$property/visits/$number" params={{ property: house.code, number: call.number }}>
          {call.room ? t("word.room_n", { room: call.room }) : room}
        </Link>{" "}
        <span className="two num">{call.number}</span>
        <Refusal error={end.error} />
      </span>
      {late ? (
        <Chip tone="act">{t("services.wake_late")}</Chip>
      ) : (
        call.state !== "open" && (
          <Chip tone={call.state === "missed" ? "act" : "done"}>{t(`services.wake_state.${call.state}`)}</Chip>
        )
      )}
      <span className="chips">
        {nextStates(call.state).map((state) => (
          <Button key={state} size="row" busy={end.busy} onPress={() => end.send(state)}>
            {t(`services.do_wake.${state}`)}
          </Button>
        ))}
      </span>
    </li>
  );
}

/** The wake-up calls of a date, those that are to be made first. */
export function WakeUps({ date, onDate }: { date: string; onDate: (date: string) => void }) {
  const t = useTexts();
  const house = useHouse();
  const { data: calls, error, isPlaceholderData, refetch } = useQuery(wakeUpsQuery(house.code, date));
  const open = calls?.filter((call) => call.state === "open").length;
  const now = house.minuteOf(date);
  return (
    <>
      <div className="fields">
        <DayField label={t("services.date")} value={date} onChange={onDate} />
      </div>
      <Card
        title={t("services.wake")}
        note={open ? t("services.wake_count", { count: open }) : undefined}
        className={isPlaceholderData ? "stale" : undefined}
      >
        {error && !calls ? (
          <div className="card-body">
            <Refusal error={error} retry={() => void refetch()} />
          </div>
        ) : !calls ? (
          <Bones rows={4} />
        ) : calls.length === 0 ? (
          <Empty title={t("services.wake_none")}>{t("services.wake_none_note")}</Empty>
        ) : (
          <ul className="lines">
            {inTurn(calls).map((call) => (
              <Call key={call.id} call={call} now={now} />
            ))}
          </ul>
        )}
      </Card>
    </>
  );
}
