import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { groupQuery } from "../../api/queries";
import { useTexts } from "../../i18n";
import { Bones, Card, Chip, Empty, Refusal, ScrollX } from "../../kit";
import { useHouse } from "../../lib/house";
import { bookingTone } from "../../lib/words";

/** A group: what was set aside for it, who has come of it, and what it comes to. */
export function Group() {
  const t = useTexts();
  const house = useHouse();
  const { code } = useParams({ from: "/p/$property/groups/$code" });
  const { data: group, error, refetch } = useQuery(groupQuery(code));
  if (error && !group) {
    return (
      <div className="page">
        <Refusal error={error} retry={() => void refetch()} />
      </div>
    );
  }
  if (!group) return <Bones rows={8} />;
  const sums = [...group.companies, ...group.total.map((sum) => ({ ...sum, company: null }))];
  return (
    <div className="page">
      <div className="page-head">
        <h1>{group.group.name}</h1>
        <span className="two num">{group.group.code}</span>
      </div>
      <Card title={t("groups.sums")}>
        <ScrollX>
          <table className="table">
            <thead>
              <tr>
                <th>{t("groups.company")}</th>
                <th className="end">{t("groups.bookings")}</th>
                <th className="end">{t("groups.rooms")}</th>
                <th className="end">{t("groups.room_nights")}</th>
                <th className="end">{t("groups.promised")}</th>
                <th className="end">{t("groups.charged")}</th>
                <th className="end">{t("groups.paid")}</th>
                <th className="end">{t("word.balance")}</th>
              </tr>
            </thead>
            <tbody>
              {sums.map((sum, at) => (
                <tr key={at}>
                  <td>{sum.company ?? <b>{t("groups.total", { currency: sum.currency })}</b>}</td>
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
        <Card key={block.property} title={t("groups.block")} note={block.property}>
          <ScrollX>
            <table className="table">
              <thead>
                <tr>
                  <th>{t("word.night")}</th>
                  <th>{t("rates.room_type")}</th>
                  <th className="end">{t("groups.held")}</th>
                  <th className="end">{t("groups.picked_up")}</th>
                  <th className="end">{t("groups.left")}</th>
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
      <Card title={t("groups.visits")} note={group.visits.length}>
        {group.visits.length === 0 ? (
          <Empty title={t("groups.no_visits")} />
        ) : (
          <ScrollX>
            <table className="table">
              <thead>
                <tr>
                  <th>{t("bookings.number")}</th>
                  <th>{t("word.dates")}</th>
                  <th>{t("groups.company")}</th>
                  <th className="end">{t("groups.rooms")}</th>
                  <th className="end">{t("word.balance")}</th>
                  <th className="end">{t("bookings.state")}</th>
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
    </div>
  );
}
