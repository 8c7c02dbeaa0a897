import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { bookingsQuery } from "../../api/queries";
import { useTexts } from "../../i18n";
import { Bones, Card, Chip, Empty, Kbd, Refusal, ScrollX, Select } from "../../kit";
import { DayField } from "../../kit/date";
import { addDays, groupNumber, isDate, nightsBetween } from "../../lib/format";
import { useHouse } from "../../lib/house";
import { bookingTone, peopleOf, word } from "../../lib/words";

const STATES = ["reserved", "requested", "waitlisted", "cancelled", "no_show"] as const;

/** The bookings that touch some dates. */
export function Bookings() {
  const t = useTexts();
  const house = useHouse();
  const navigate = useNavigate();
  const search = useSearch({ from: "/p/$property/bookings" });
  const from = search.from ?? house.today;
  const to = search.to ?? addDays(from, 13);
  const { data, error, refetch, isPlaceholderData } = useQuery(bookingsQuery(house.code, from, to, search.state));
  const put = (next: Partial<typeof search>) =>
    void navigate({
      to: "/p/$property/bookings",
      params: { property: house.code },
      search: { ...search, ...next },
      replace: true,
    });
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t("nav.bookings")}</h1>
        <div className="tools">
          <Link className="btn btn-fill" to="/p/$property/book" params={{ property: house.code }}>
            {t("today.book")}
            <Kbd>F2</Kbd>
          </Link>
        </div>
      </div>
      <Card label={t("bookings.filter")}>
        <div className="card-body fields">
          <DayField
            label={t("bookings.from")}
            value={from}
            onChange={(next) => isDate(next) && put({ from: next, to: next > to ? addDays(next, 13) : search.to })}
          />
          <DayField
            label={t("bookings.to")}
            value={to}
            min={from}
            onChange={(next) => isDate(next) && put({ to: next })}
          />
          <Select
            label={t("bookings.state")}
            choices={[{ id: "all", name: t("word.all") }, ...STATES.map((id) => ({ id, name: t(`booking.${id}`) }))]}
            value={search.state ?? "all"}
            onChange={(next) => put({ state: STATES.find((one) => one === next) })}
          />
        </div>
      </Card>
      <Card
        title={t("bookings.title")}
        note={data && t(data.next ? "bookings.first" : "bookings.count", { count: data.items.length })}
        className={isPlaceholderData ? "stale" : undefined}
      >
        {error && !data ? (
          <div className="card-body">
            <Refusal error={error} retry={() => void refetch()} />
          </div>
        ) : !data ? (
          <Bones rows={8} />
        ) : data.items.length === 0 ? (
          <Empty title={t("bookings.none")}>{t("bookings.none_note")}</Empty>
        ) : (
          <ScrollX>
            <table className="table">
              <thead>
                <tr>
                  <th scope="col">{t("bookings.number")}</th>
                  <th scope="col">{t("word.dates")}</th>
                  <th scope="col" className="end">
                    {t("word.nights")}
                  </th>
                  <th scope="col">{t("word.people")}</th>
                  <th scope="col">{t("word.channel")}</th>
                  <th scope="col">{t("word.guarantee")}</th>
                  <th scope="col">{t("bookings.booked")}</th>
                  <th scope="col" className="end">
                    {t("bookings.state")}
                  </th>
                </tr>
              </thead>
              <tbody>
                {data.items.map((one) => (
                  <tr key={one.number}>
                    <td className="num">
                      <Link
                        to="/p/$property/visits/$number"
                        params={{ property: house.code, number: groupNumber(one.number) }}
                      >
                        {groupNumber(one.number)}
                      </Link>
                    </td>
                    <td className="num">{house.f.range(one.arrival, one.departure)}</td>
                    <td className="end num">
                      {one.arrival === one.departure ? t("date.part_day") : nightsBetween(one.arrival, one.departure)}
                    </td>
                    <td className="nowrap">{peopleOf(t, one)}</td>
                    <td className="nowrap">{one.walk_in ? t("today.walk_in") : word(t, "channel", one.channel)}</td>
                    <td className="nowrap two">{word(t, "guarantee", one.guarantee)}</td>
                    <td className="num two">{one.booked_at ? house.f.moment(one.booked_at, house.zone) : ""}</td>
                    <td className="end">
                      <Chip tone={bookingTone[one.state]}>{t(`booking.${one.state}`)}</Chip>
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
