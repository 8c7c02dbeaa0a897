import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { ChevronLeft } from "lucide-react";
import { api, data, type Schema } from "../../api/client";
import { groupQuery, roomingListQuery } from "../../api/trade";
import { useTexts } from "../../i18n";
import { Bones, Button, Card, Chip, Empty, Refusal, ScrollX } from "../../kit";
import { say } from "../../kit/notices";
import { useSend } from "../../kit/send";
import { useHouse } from "../../lib/house";
import { bookingTone } from "../../lib/words";
import { BlockDialog } from "./block";
import { GroupCheckIn, GroupCheckOut } from "./desk";
import { RoomingDialog } from "./rooming";
import "../record/record.css";
import "./groups.css";

/** Who comes in which room, as it stands. */
function RoomingList({ code, onPaste }: { code: string; onPaste: () => void }) {
  const t = useTexts();
  const house = useHouse();
  const { data: rows, error, refetch } = useQuery(roomingListQuery(house.code, code));
  return (
    <Card
      title={t("groups.rooming_list")}
      note={rows?.length}
      tools={
        <Button size="row" onPress={onPaste}>
          {t("groups.paste")}
        </Button>
      }
    >
      {error && !rows ? (
        <div className="card-body">
          <Refusal error={error} retry={() => void refetch()} />
        </div>
      ) : !rows ? (
        <Bones rows={4} />
      ) : rows.length === 0 ? (
        <Empty title={t("groups.no_rows")}>{t("groups.no_rows_note")}</Empty>
      ) : (
        <ScrollX>
          <table className="table">
            <thead>
              <tr>
                <th scope="col">{t("word.guest")}</th>
                <th scope="col">{t("bookings.number")}</th>
                <th scope="col">{t("word.dates")}</th>
                <th scope="col">{t("rates.room_type")}</th>
                <th scope="col">{t("word.room")}</th>
                <th scope="col" className="end">
                  {t("word.people")}
                </th>
                <th scope="col" className="end">
                  {t("bookings.state")}
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={`${row.number}/${row.line}`}>
                  <td className="nowrap">{row.guest}</td>
                  <td className="num">
                    <Link to="/p/$property/visits/$number" params={{ property: house.code, number: row.number }}>
                      {row.number}
                    </Link>
                  </td>
                  <td className="num nowrap">{house.f.range(row.arrival, row.departure)}</td>
                  <td className="nowrap">{house.typeName(row.room_type)}</td>
                  <td className="num">{row.room ?? <span className="amber">{t("today.no_room")}</span>}</td>
                  <td className="end num">{row.children > 0 ? `${row.adults}+${row.children}` : row.adults}</td>
                  <td className="end">
                    {row.arrived ? (
                      <Chip tone="house">{t("groups.arrived")}</Chip>
                    ) : (
                      <Chip tone={bookingTone[row.state]}>{t(`booking.${row.state}`)}</Chip>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollX>
      )}
    </Card>
  );
}

/** Gives back what is left of a block. */
function Release({ code }: { code: string }) {
  const t = useTexts();
  const house = useHouse();
  const form = useSend<void, Schema<"BlockView">>(
    (_, key) =>
      data(
        api.POST("/api/v1/properties/{property}/blocks/{group}/release", {
          params: { path: { property: house.code, group: code }, header: { "Idempotency-Key": key } },
          body: {},
        }),
      ),
    () => say(t("groups.released")),
  );
  return (
    <>
      {form.error ? <Refusal error={form.error} /> : null}
      <Button size="row" busy={form.busy} onPress={() => form.send()}>
        {t("groups.release")}
      </Button>
    </>
  );
}

/** A group: what was set aside for it, who has come of it, and what it comes to. */
export function Group() {
  const t = useTexts();
  const house = useHouse();
  const { code } = useParams({ from: "/p/$property/groups/$code" });
  const { do: doing } = useSearch({ from: "/p/$property/groups/$code" });
  const navigate = useNavigate();
  const { data: group, error, refetch } = useQuery(groupQuery(code));
  const openDo = (next: typeof doing) =>
    void navigate({
      to: "/p/$property/groups/$code",
      params: { property: house.code, code },
      search: { do: next },
      replace: next === undefined,
      resetScroll: false,
    });
  const close = () => openDo(undefined);
  if (error && !group) {
    return (
      <div className="page">
        <Refusal error={error} retry={() => void refetch()} />
      </div>
    );
  }
  if (!group) return <Bones rows={8} />;
  const block = group.blocks.find((one) => one.property === house.code);
  // By company, where there are several; then in all.
  const sums = [
    ...(group.companies.length > 1 ? group.companies : []).map((sum) => ({
      sum,
      name: sum.company ?? t("groups.no_company"),
    })),
    ...group.total.map((sum) => ({ sum, name: undefined })),
  ];
  return (
    <div className="page">
      <div className="record-back">
        <Link to="/p/$property/groups" params={{ property: house.code }}>
          <ChevronLeft size={14} aria-hidden="true" />
          {t("nav.groups")}
        </Link>
      </div>
      <div className="page-head">
        <h1>{group.group.name}</h1>
        <span className="two num">{group.group.code}</span>
        <div className="tools">
          <Button onPress={() => openDo("block")}>{t(block ? "groups.change_block" : "groups.new_block")}</Button>
          <Button onPress={() => openDo("list")}>{t("groups.paste")}</Button>
          <Button onPress={() => openDo("check-out")}>{t("groups.check_out")}</Button>
          <Button look="fill" onPress={() => openDo("check-in")}>
            {t("groups.check_in")}
          </Button>
        </div>
      </div>
      <Card title={t("groups.sums")}>
        <ScrollX>
          <table className="table">
            <thead>
              <tr>
                <th scope="col">{t("groups.company")}</th>
                <th scope="col" className="end">
                  {t("groups.bookings")}
                </th>
                <th scope="col" className="end">
                  {t("groups.rooms")}
                </th>
                <th scope="col" className="end">
                  {t("groups.room_nights")}
                </th>
                <th scope="col" className="end">
                  {t("groups.promised")}
                </th>
                <th scope="col" className="end">
                  {t("groups.charged")}
                </th>
                <th scope="col" className="end">
                  {t("groups.paid")}
                </th>
                <th scope="col" className="end">
                  {t("word.balance")}
                </th>
              </tr>
            </thead>
            <tbody>
              {sums.map(({ sum, name }, at) => (
                <tr key={at}>
                  <td>{name ?? <b>{t("groups.total", { currency: sum.currency })}</b>}</td>
                  <td className="end num">{sum.reservations}</td>
                  <td className="end num">{sum.rooms}</td>
                  <td className="end num">{sum.room_nights}</td>
                  <td className="end num">{house.f.money(sum.promised, sum.currency)}</td>
                  <td className="end num">{house.f.money(sum.charged, sum.currency)}</td>
                  <td className="end num">{house.f.money(sum.paid, sum.currency)}</td>
                  <td className="end num">
                    <b>{house.f.money(sum.balance, sum.currency)}</b>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollX>
      </Card>
      {group.blocks.map((block) => (
        <Card
          key={block.property}
          title={t("groups.block")}
          note={[
            block.property,
            block.rate_plan && house.planName(block.rate_plan),
            block.released_on
              ? t("groups.released_on", { date: house.f.day(block.released_on) })
              : block.release_on && t("groups.releases_on", { date: house.f.day(block.release_on) }),
          ]
            .filter(Boolean)
            .join(" · ")}
          tools={block.property === house.code && !block.released_on && <Release code={code} />}
        >
          <ScrollX>
            <table className="table">
              <thead>
                <tr>
                  <th scope="col">{t("word.night")}</th>
                  <th scope="col">{t("rates.room_type")}</th>
                  <th scope="col" className="end">
                    {t("groups.held")}
                  </th>
                  <th scope="col" className="end">
                    {t("groups.picked_up")}
                  </th>
                  <th scope="col" className="end">
                    {t("groups.left")}
                  </th>
                </tr>
              </thead>
              <tbody>
                {block.nights.map((night) => (
                  <tr key={`${night.night}-${night.room_type}`}>
                    <td>{house.f.longDay(night.night)}</td>
                    <td>{house.typeName(night.room_type)}</td>
                    <td className="end num">{night.rooms}</td>
                    <td className="end num">{night.picked_up}</td>
                    <td className="end num">{night.left}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </ScrollX>
        </Card>
      ))}
      <RoomingList code={code} onPaste={() => openDo("list")} />
      <Card title={t("groups.visits")} note={group.visits.length}>
        {group.visits.length === 0 ? (
          <Empty title={t("groups.no_visits")} />
        ) : (
          <ScrollX>
            <table className="table">
              <thead>
                <tr>
                  <th scope="col">{t("bookings.number")}</th>
                  <th scope="col">{t("word.dates")}</th>
                  <th scope="col">{t("groups.company")}</th>
                  <th scope="col" className="end">
                    {t("groups.rooms")}
                  </th>
                  <th scope="col" className="end">
                    {t("word.balance")}
                  </th>
                  <th scope="col" className="end">
                    {t("bookings.state")}
                  </th>
                </tr>
              </thead>
              <tbody>
                {group.visits.map((visit) => (
                  <tr key={visit.number}>
                    <td className="num">
                      <Link
                        to="/p/$property/visits/$number"
                        params={{ property: visit.property, number: visit.number }}
                      >
                        {visit.number}
                      </Link>
                    </td>
                    <td className="num">{house.f.range(visit.arrival, visit.departure)}</td>
                    <td>{visit.company}</td>
                    <td className="end num">{visit.rooms}</td>
                    <td className="end num">{house.f.money(visit.balance, visit.currency)}</td>
                    <td className="end">
                      <Chip tone={bookingTone[visit.state]}>{t(`booking.${visit.state}`)}</Chip>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </ScrollX>
        )}
      </Card>
      {doing === "block" && <BlockDialog code={code} block={block} onClose={close} />}
      {doing === "list" && <RoomingDialog code={code} block={block} onClose={close} />}
      {doing === "check-in" && <GroupCheckIn code={code} onClose={close} />}
      {doing === "check-out" && <GroupCheckOut code={code} onClose={close} />}
    </div>
  );
}
