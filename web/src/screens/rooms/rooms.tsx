import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { Check, Wrench } from "lucide-react";
import { useMemo, useState } from "react";
import { api, data, LostError, type Schema } from "../../api/client";
import { roomsQuery, tasksQuery } from "../../api/queries";
import { useWaiting, wait } from "../../api/waiting";
import { useTexts } from "../../i18n";
import { Bones, Button, Card, Chip, Dialog, Empty, Field, Refusal } from "../../kit";
import { DayField } from "../../kit/date";
import { say } from "../../kit/notices";
import { useSend } from "../../kit/send";
import { addDays, isDate } from "../../lib/format";
import { useHouse } from "../../lib/house";
import { roomTone } from "../../lib/words";
import { done as afterSteps, inOrder, nextState, type Task } from "./work";
import "./rooms.css";

type RoomStatus = Schema<"RoomStatus">;

/** Changes the state of a room at once; the way back stays open for ten seconds. */
function useRoomState(number: string) {
  const t = useTexts();
  const house = useHouse();
  const client = useQueryClient();
  const query = roomsQuery(house.code);
  const set = (state: Schema<"RoomState">, key: string) =>
    data(
      api.POST("/api/v1/properties/{property}/rooms/{number}/state", {
        params: { path: { property: house.code, number }, header: { "Idempotency-Key": key } },
        body: { state },
      }),
    );
  return useSend<{ from: Schema<"RoomState">; to: Schema<"RoomState"> }, Schema<"RoomView"> | undefined>(
    async ({ to }, key) => {
      const before = client.getQueryData(query.queryKey);
      client.setQueryData(query.queryKey, (all) =>
        all?.map((room) => (room.number === number ? { ...room, state: to } : room)),
      );
      try {
        return await set(to, key);
      } catch (error) {
        if (error instanceof LostError) {
          wait({ property: house.code, room: number, key, state: to });
          return undefined;
        }
        client.setQueryData(query.queryKey, before);
        throw error;
      }
    },
    (sent, { from, to }) =>
      sent === undefined
        ? say(t("rooms.waits_said", { room: number }))
        : say(t("rooms.changed", { room: number, state: t(`room_state.${to}`) }), () => {
            void set(from, crypto.randomUUID()).then(() => client.invalidateQueries());
          }),
  );
}

function RoomLine({ room, waits, onRepair }: { room: RoomStatus; waits: boolean; onRepair: () => void }) {
  const t = useTexts();
  const house = useHouse();
  const next = nextState(room.state);
  const form = useRoomState(room.number);
  const what = [
    room.occupied ? t("rooms.occupied") : t("rooms.vacant"),
    ...room.today.map((one) => t(`rooms.today.${one}`)),
  ];
  return (
    <li className="room-line">
      <b className="num no">{room.number}</b>
      <span>
        <span>{house.typeName(room.room_type)}</span>
        <br />
        <span className="meta">{what.join(" · ")}</span>
        {waits && <span className="meta amber block">{t("rooms.waits")}</span>}
        <Refusal error={form.error} />
      </span>
      <Chip tone={room.state === "dirty" && !room.today.includes("arrival") ? "planned" : roomTone[room.state]}>
        {t(`room_state.${room.state}`)}
      </Chip>
      {next ? (
        <Button size="row" busy={form.busy} onPress={() => form.send({ from: room.state, to: next })}>
          {t(`rooms.do.${next}`)}
        </Button>
      ) : (
        <Button size="row" onPress={onRepair}>
          {t(room.state === "out_of_order" ? "rooms.back" : "rooms.repair")}
        </Button>
      )}
    </li>
  );
}

function RepairDialog({ room, onClose }: { room: RoomStatus; onClose: () => void }) {
  const t = useTexts();
  const house = useHouse();
  const isOut = room.state === "out_of_order";
  const [from, setFrom] = useState(house.today);
  const [until, setUntil] = useState(house.tomorrow);
  const [reason, setReason] = useState("");
  const path = isOut
    ? ("/api/v1/properties/{property}/rooms/{number}/back-in-order" as const)
    : ("/api/v1/properties/{property}/rooms/{number}/out-of-order" as const);
  const form = useSend<{ from: string; until: string; reason?: string }, Schema<"RoomView">>(
    (body, key) =>
      data(
        api.POST(path, {
          params: { path: { property: house.code, number: room.number }, header: { "Idempotency-Key": key } },
          body,
        }),
      ),
    () => {
      say(t(isOut ? "rooms.is_back" : "rooms.is_out", { room: room.number }));
      onClose();
    },
  );
  const wrong = !isDate(from) || !isDate(until) || until <= from;
  return (
    <Dialog
      title={t(isOut ? "rooms.back_title" : "rooms.repair_title", { room: room.number })}
      note={t("rooms.repair_note")}
      onClose={onClose}
    >
      <div className="fields">
        <DayField label={t("rooms.from")} value={from} onChange={setFrom} error={form.at("/from")} />
        <DayField
          label={t("rooms.until")}
          value={until}
          min={addDays(from, 1)}
          onChange={setUntil}
          error={
            form.at("/until") ?? (wrong ? t("act.after", { date: isDate(from) ? house.f.day(from) : "" }) : undefined)
          }
        />
      </div>
      {!isOut && (
        <Field
          label={t("word.reason")}
          value={reason}
          onChange={setReason}
          maxLength={200}
          help={t("word.optional")}
          error={form.at("/reason")}
        />
      )}
      <Refusal error={form.error} />
      <div className="dialog-foot">
        <Button
          look="fill"
          busy={form.busy}
          isDisabled={wrong}
          onPress={() =>
            form.send({ from, until, ...(isOut || reason.trim() === "" ? {} : { reason: reason.trim() }) })
          }
        >
          {t(isOut ? "rooms.back" : "rooms.do_repair", { room: room.number })}
        </Button>
        <Button onPress={onClose}>{t("do.leave")}</Button>
      </div>
    </Dialog>
  );
}

function useStep(task: Task) {
  const t = useTexts();
  const house = useHouse();
  return useSend<Schema<"TaskStep">, Task | undefined>(
    async (step, key) => {
      try {
        return await data(
          api.POST("/api/v1/properties/{property}/rooms/{number}/task/step", {
            params: { path: { property: house.code, number: task.room }, header: { "Idempotency-Key": key } },
            body: { step },
          }),
        );
      } catch (error) {
        if (!(error instanceof LostError)) throw error;
        wait({ property: house.code, room: task.room, key, step });
        return undefined;
      }
    },
    (sent, step) =>
      say(sent ? t(`rooms.stepped.${step}`, { room: task.room }) : t("rooms.waits_said", { room: task.room })),
  );
}

function TaskNow({ task, room, onRepair }: { task: Task; room: RoomStatus | undefined; onRepair: () => void }) {
  const t = useTexts();
  const house = useHouse();
  const step = useStep(task);
  const started = task.state === "started";
  return (
    <section className="card task-now" aria-label={t("rooms.now")}>
      <div className="task-head">
        <b className="num no">{task.room}</b>
        <span className="grow">
          {room && house.typeName(room.room_type)} · {t(`rooms.kind.${task.kind}`)}
          <br />
          <span className="meta">
            {started && task.started_at
              ? t("rooms.since", { time: house.f.time(task.started_at, house.zone), minutes: task.credits })
              : t("rooms.credits", { minutes: task.credits })}
          </span>
        </span>
        {room?.today.includes("arrival") && <Chip tone="act">{t("rooms.today.arrival")}</Chip>}
      </div>
      <Refusal error={step.error} />
      <Button look="fill" size="main" wide busy={step.busy} onPress={() => step.send(started ? "finish" : "start")}>
        {started && <Check size={16} aria-hidden="true" />}
        {t(started ? "rooms.finish" : "rooms.start")}
      </Button>
      <div className="dialog-foot">
        <Button onPress={() => step.send("skip")}>{t("rooms.skip")}</Button>
        <Button onPress={onRepair}>
          <Wrench size={16} aria-hidden="true" />
          {t("rooms.repair")}
        </Button>
      </div>
    </section>
  );
}

function TaskLine({ task }: { task: Task }) {
  const t = useTexts();
  const step = useStep(task);
  return (
    <li className="room-line">
      <b className="num no">{task.room}</b>
      <span>
        {t(`rooms.kind.${task.kind}`)}
        <br />
        <span className="meta">{t("rooms.credits", { minutes: task.credits })}</span>
      </span>
      <span />
      <Button size="row" busy={step.busy} onPress={() => step.send("start")}>
        {t("rooms.start")}
      </Button>
    </li>
  );
}

function Work({ rooms, onRepair }: { rooms: ReadonlyMap<string, RoomStatus>; onRepair: (room: string) => void }) {
  const t = useTexts();
  const house = useHouse();
  const { data: known, error } = useQuery(tasksQuery(house.code));
  const waiting = useWaiting();
  const tasks = useMemo(() => known && afterSteps(known, house.code, waiting), [known, house.code, waiting]);
  const plan = useSend<undefined, Task[]>(
    (_, key) =>
      data(
        api.POST("/api/v1/properties/{property}/tasks/plan", {
          params: { path: { property: house.code }, header: { "Idempotency-Key": key } },
          body: {},
        }),
      ),
    (all) => say(t("rooms.planned", { count: all.length })),
  );
  const ahead = useMemo(() => inOrder(tasks ?? [], rooms), [tasks, rooms]);
  const done = (tasks ?? []).filter((task) => task.state === "finished" || task.state === "inspected").length;
  const now = ahead[0];
  if (error && !tasks) return <Refusal error={error} />;
  if (!tasks) return <Bones rows={3} />;
  return (
    <>
      {tasks.length > 0 && (
        <div>
          <p className="sum-line">
            <b>{t("rooms.done", { done, all: tasks.length })}</b>
          </p>
          <div className="gauge-wide" aria-hidden="true">
            <i style={{ width: `${(done / tasks.length) * 100}%` }} />
          </div>
        </div>
      )}
      {now ? (
        <TaskNow key={now.room} task={now} room={rooms.get(now.room)} onRepair={() => onRepair(now.room)} />
      ) : (
        <Card label={t("rooms.work")}>
          <Empty
            title={t(tasks.length === 0 ? "rooms.no_plan" : "rooms.all_done")}
            action={
              <Button busy={plan.busy} onPress={() => plan.send(undefined)}>
                {t("rooms.plan")}
              </Button>
            }
          >
            {t("rooms.plan_note")}
          </Empty>
          <Refusal error={plan.error} />
        </Card>
      )}
      {ahead.length > 1 && (
        <Card title={t("rooms.next")} note={t("rooms.next_note")}>
          <ul>
            {ahead.slice(1, 12).map((task) => (
              <TaskLine key={task.room} task={task} />
            ))}
          </ul>
        </Card>
      )}
    </>
  );
}

const FILTERS = ["dirty", "clean", "inspected", "out"] as const;

/** The rooms as housekeeping sees them: the work in order, and every room with its state. */
export function Rooms() {
  const t = useTexts();
  const house = useHouse();
  const navigate = useNavigate();
  const search = useSearch({ from: "/p/$property/rooms" });
  const { data: rooms, error, refetch } = useQuery(roomsQuery(house.code));
  const [repairing, setRepairing] = useState<string>();
  const byNumber = useMemo(() => new Map((rooms ?? []).map((room) => [room.number, room])), [rooms]);
  const waiting = useWaiting();
  const waits = (number: string) => waiting.some((one) => one.property === house.code && one.room === number);
  const group = (room: RoomStatus): (typeof FILTERS)[number] =>
    room.state === "dirty" || room.state === "pickup"
      ? "dirty"
      : room.state === "clean"
        ? "clean"
        : room.state === "inspected"
          ? "inspected"
          : "out";
  const shown = (rooms ?? []).filter(
    (room) =>
      (search.only === undefined || group(room) === search.only) &&
      (search.floor === undefined || room.floor === search.floor),
  );
  const floors = [...new Set((rooms ?? []).map((room) => room.floor))].sort();
  const count = (one: (typeof FILTERS)[number]) => (rooms ?? []).filter((room) => group(room) === one).length;
  const room = repairing === undefined ? undefined : byNumber.get(repairing);
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t("nav.rooms")}</h1>
        <nav className="segments" aria-label={t("rooms.states")}>
          <Link
            className="segment"
            to="/p/$property/rooms"
            params={{ property: house.code }}
            search={{ floor: search.floor }}
            {...(search.only === undefined ? { "data-selected": true } : {})}
          >
            {t("word.all")}
          </Link>
          {FILTERS.map((one) => (
            <Link
              key={one}
              className="segment"
              to="/p/$property/rooms"
              params={{ property: house.code }}
              search={{ floor: search.floor, only: one }}
              {...(search.only === one ? { "data-selected": true } : {})}
            >
              {t(`rooms.filter.${one}`)} <span className="num">{count(one)}</span>
            </Link>
          ))}
        </nav>
        <nav className="segments" aria-label={t("today.floors")}>
          {floors.map((floor) => (
            <Link
              key={floor}
              className="segment"
              to="/p/$property/rooms"
              params={{ property: house.code }}
              search={{ only: search.only, floor: search.floor === floor ? undefined : floor }}
              {...(search.floor === floor ? { "data-selected": true } : {})}
            >
              {t("today.floor", { floor })}
            </Link>
          ))}
        </nav>
      </div>
      {error && !rooms ? (
        <Refusal error={error} retry={() => void refetch()} />
      ) : !rooms ? (
        <Bones rows={8} />
      ) : (
        <div className="columns-2">
          <div>
            {shown.length === 0 && (
              <Card label={t("nav.rooms")}>
                <Empty
                  title={t("rooms.none")}
                  action={
                    <Button
                      onPress={() => void navigate({ to: "/p/$property/rooms", params: { property: house.code } })}
                    >
                      {t("today.show_all")}
                    </Button>
                  }
                />
              </Card>
            )}
            {floors
              .filter((floor) => shown.some((one) => one.floor === floor))
              .map((floor) => (
                <Card
                  key={floor}
                  title={t("today.floor", { floor })}
                  note={t("rooms.count", { count: shown.filter((one) => one.floor === floor).length })}
                >
                  <ul>
                    {shown
                      .filter((one) => one.floor === floor)
                      .map((one) => (
                        <RoomLine
                          key={one.number}
                          room={one}
                          waits={waits(one.number)}
                          onRepair={() => setRepairing(one.number)}
                        />
                      ))}
                  </ul>
                </Card>
              ))}
          </div>
          <div>
            <Work rooms={byNumber} onRepair={setRepairing} />
          </div>
        </div>
      )}
      {room && <RepairDialog room={room} onClose={() => setRepairing(undefined)} />}
    </div>
  );
}
