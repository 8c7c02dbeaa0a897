import { useQuery } from "@tanstack/react-query";
import { Link, useLocation, useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { searchQuery } from "../../api/queries";
import { useTexts } from "../../i18n";
import { Bones, Card, Empty, Field, Refusal, ScrollX, useRested } from "../../kit";
import { useHouse } from "../../lib/house";
import { word } from "../../lib/words";

/** The mark of what is looked for in the address, behind the `#`: it may be a name, and reaches no line of a log. */
const MARK = "q=";

/** Guests of the chain, by what is known of them. */
export function Guests() {
  const t = useTexts();
  const house = useHouse();
  const navigate = useNavigate();
  const hash = useLocation({ select: (location) => location.hash });
  const [text, setText] = useState(() => {
    try {
      return hash.startsWith(MARK) ? decodeURIComponent(hash.slice(MARK.length)) : "";
    } catch {
      return "";
    }
  });
  const sought = useRested(text.trim(), 120);
  useEffect(() => {
    void navigate({
      to: "/p/$property/guests",
      params: { property: house.code },
      hash: sought === "" ? "" : MARK + encodeURIComponent(sought),
      replace: true,
      resetScroll: false,
    });
  }, [sought, navigate, house.code]);
  const { data: hits, error, refetch } = useQuery({ ...searchQuery({ q: sought }), select: (found) => found.guests });
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t("nav.guests")}</h1>
        <span className="two">{t("guest.everywhere")}</span>
      </div>
      <Card label={t("nav.guests")}>
        <div className="card-body">
          <Field
            label={t("guest.look_for")}
            value={text}
            onChange={setText}
            placeholder={t("guest.look_for_example")}
            autoFocus
          />
        </div>
        {sought === "" ? (
          <Empty title={t("guest.begin")}>{t("guest.begin_note")}</Empty>
        ) : error && !hits ? (
          <div className="card-body">
            <Refusal error={error} retry={() => void refetch()} />
          </div>
        ) : !hits ? (
          <Bones rows={4} />
        ) : hits.length === 0 ? (
          <Empty title={t("find.none")}>{t("find.none_note")}</Empty>
        ) : (
          <ScrollX>
            <table className="table">
              <thead>
                <tr>
                  <th scope="col">{t("word.guest")}</th>
                  <th scope="col">{t("word.phone")}</th>
                  <th scope="col">{t("guest.documents")}</th>
                  <th scope="col" className="end">
                    {t("guest.visits")}
                  </th>
                  <th scope="col">{t("guest.last")}</th>
                  <th scope="col">{t("guest.why")}</th>
                </tr>
              </thead>
              <tbody>
                {hits.map((hit) => (
                  <tr key={hit.id}>
                    <td>
                      <Link to="/p/$property/guests/$id" params={{ property: house.code, id: hit.id }}>
                        <b>{hit.name}</b>
                      </Link>
                      {(hit.other_names ?? []).length > 0 && (
                        <span className="two"> {hit.other_names?.join(t("word.comma"))}</span>
                      )}
                    </td>
                    <td className="num nowrap">{hit.phone}</td>
                    <td className="nowrap">
                      {hit.documents[0] && `${word(t, "document", hit.documents[0].type)} ${hit.documents[0].number}`}
                    </td>
                    <td className="end num">{hit.visits}</td>
                    <td className="num">
                      {hit.last_visit && (
                        <Link
                          to="/p/$property/visits/$number"
                          params={{ property: hit.last_visit.property, number: hit.last_visit.number }}
                        >
                          {house.f.day(hit.last_visit.arrival)}
                        </Link>
                      )}
                    </td>
                    <td className="two">{hit.why.map((reason) => reason.text).join(" · ")}</td>
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
