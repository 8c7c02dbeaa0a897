import { useTexts } from "../../i18n";
import { hoursOf } from "../../lib/hours";
import { useHouse } from "../../lib/house";
import { word } from "../../lib/words";
import { BillTable } from "./lines";
import { roomsOf, staysOf, type VisitView } from "./tally";

/** The record on paper, one page for the guest: letterhead, what was agreed, what was consumed; no journal. */
export function Sheet({ view }: { view: VisitView }) {
  const t = useTexts();
  const house = useHouse();
  const { booking, consumption } = view;
  const { reservation } = booking;
  const currency = reservation.currency;
  const room = roomsOf(view)[0];
  const stay = staysOf(view)[0];
  const hours = room && hoursOf(room);
  return (
    <section className="sheet" aria-hidden="true">
      <h1>{house.name}</h1>
      <p>
        {t("sheet.title")} · {view.number}
      </p>
      <h2>{t("word.booking")}</h2>
      <p>
        {view.guest.profile.full_name} ·{" "}
        {t("date.stay", {
          range: house.f.range(reservation.arrival, reservation.departure),
          nights: hours ? house.hours(hours) : house.length(reservation.arrival, reservation.departure),
        })}{" "}
        · {word(t, "channel", reservation.channel)}
      </p>
      {room && (
        <p>
          {house.typeName(room.room_type)} · {room.rate_plan && house.planName(room.rate_plan)} ·{" "}
          {t("sheet.total", { amount: `${currency} ${house.f.money(room.total, currency)}` })}
        </p>
      )}
      {stay && (
        <>
          <h2>{t("word.stay")}</h2>
          <p>
            {t("word.room_n", { room: stay.room_number })} · {house.f.moment(stay.checked_in_at, house.zone)}
            {stay.checked_out_at && ` – ${house.f.moment(stay.checked_out_at, house.zone)}`}
          </p>
        </>
      )}
      <h2>
        {t("word.charges")} ({currency})
      </h2>
      <BillTable view={view} />
      <p>
        {t("sheet.sums", {
          charged: house.f.money(consumption.charged, currency),
          paid: house.f.money(consumption.paid, currency),
          balance: house.f.money(consumption.balance, currency),
        })}
      </p>
      <p>{t("sheet.printed", { time: house.f.moment(new Date().toISOString(), house.zone) })}</p>
    </section>
  );
}
