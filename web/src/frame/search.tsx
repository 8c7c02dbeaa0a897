import { useQuery } from "@tanstack/react-query";
import { useLocation, useNavigate, useRouter } from "@tanstack/react-router";
import { CalendarPlus, ListFilter, Search as SearchIcon, X } from "lucide-react";
import { type KeyboardEvent, type ReactNode, useCallback, useEffect, useId, useRef, useState } from "react";
import { Dialog as AriaDialog, Modal, ModalOverlay } from "react-aria-components";
import { ApiError, api, data, type Schema } from "../api/client";
import { searchQuery, visitQuery } from "../api/queries";
import { useTexts } from "../i18n";
import { Button, Chip, Kbd, Refusal, useInSight, useRested } from "../kit";
import { useHouse } from "../lib/house";
import { bookingTone, deskTone, word } from "../lib/words";

type VisitHit = Schema<"Hits">["visits"][number];
type GuestHit = Schema<"Hits">["guests"][number];

/** The mark before what is looked for in the address. Behind the `#`, so that it never reaches the server's address lines. */
const MARK = "find=";

/** The search box: whether it is open, what stands in it. Its content is part of the address. */
export function useFind() {
  const navigate = useNavigate();
  const router = useRouter();
  const hash = useLocation({ select: (location) => location.hash });
  const isOpen = hash.startsWith(MARK);
  let text = "";
  try {
    text = isOpen ? decodeURIComponent(hash.slice(MARK.length)) : "";
  } catch {
    // Somebody broke the address: the box opens empty.
  }
  const put = useCallback(
    (next: string, replace: boolean) =>
      void navigate({ to: ".", search: true, hash: MARK + encodeURIComponent(next), replace, resetScroll: false }),
    [navigate],
  );
  const open = useCallback((next: string) => put(next, false), [put]);
  const write = useCallback((next: string) => put(next, true), [put]);
  const close = useCallback(() => {
    if (router.history.canGoBack()) router.history.back();
    else void navigate({ to: ".", search: true, hash: "", replace: true });
  }, [navigate, router]);
  return { isOpen, text, open, write, close };
}

/** The words that were looked for, longest first. */
export function wordsOf(text: string): string[] {
  return text
    .trim()
    .split(/\s+/)
    .filter((one) => one !== "")
    .sort((a, b) => b.length - a.length);
}

/** Where a value agrees with what was looked for: the words underlined. */
export function Underlined({ children, words }: { children: string; words: readonly string[] }): ReactNode {
  const low = children.toLowerCase();
  for (const one of words) {
    const at = low.lastIndexOf(one.toLowerCase());
    if (at >= 0) {
      return (
        <>
          {children.slice(0, at)}
          <mark>{children.slice(at, at + one.length)}</mark>
          {children.slice(at + one.length)}
        </>
      );
    }
  }
  return children;
}

type Row =
  | { kind: "visit"; id: string; hit: VisitHit }
  | { kind: "guest"; id: string; hit: GuestHit }
  | { kind: "act"; id: string; text: string; icon: "book" | "everywhere"; hotkey: string };

interface LineProps {
  row: Row;
  id: string;
  active: boolean;
  words: readonly string[];
  onOpen: () => void;
  onPoint: () => void;
}

function HitLine({ row, id, active, words, onOpen, onPoint }: LineProps) {
  const t = useTexts();
  const house = useHouse();
  const ref = useInSight<HTMLDivElement>(active);
  const why = (reasons: readonly Schema<"Reason">[]) => reasons.map((reason) => reason.text).join(" · ");
  const common = {
    ref,
    id,
    role: "option",
    "aria-selected": active,
    onClick: onOpen,
    onPointerMove: onPoint,
    onMouseDown: (event: React.MouseEvent) => event.preventDefault(),
    tabIndex: -1,
  } as const;
  if (row.kind === "act") {
    const Icon = row.icon === "book" ? CalendarPlus : ListFilter;
    return (
      <div {...common} className="hit hit-act">
        <Icon size={16} aria-hidden="true" />
        <span>{row.text}</span>
        <Kbd>{row.hotkey}</Kbd>
      </div>
    );
  }
  if (row.kind === "guest") {
    const { hit } = row;
    return (
      <div {...common} className="hit hit-guest">
        <span>
          <span className="name">
            <Underlined words={words}>{hit.name}</Underlined>
          </span>
          <br />
          <span className="why">
            {[
              t("find.stays", { count: hit.visits }),
              hit.phone,
              ...hit.documents.slice(0, 1).map((one) => `${word(t, "document", one.type)} ${one.number}`),
            ]
              .filter(Boolean)
              .join(" · ")}
          </span>
        </span>
        <span className="why">
          {hit.last_visit ? t("find.last", { date: house.f.day(hit.last_visit.arrival) }) : ""}
        </span>
      </div>
    );
  }
  const { hit } = row;
  return (
    <div {...common} className="hit">
      <span>
        <span className="name">
          <Underlined words={words}>{hit.guest.name}</Underlined>
        </span>
        <br />
        <span className="why">
          {why(hit.why)}
          {hit.guest.phone ? ` · ${hit.guest.phone}` : ""}
          {hit.property === house.code ? "" : ` · ${hit.property_name}`}
        </span>
      </span>
      <span className="num hit-date">{house.f.range(hit.arrival, hit.departure)}</span>
      <b className="num hit-room">{hit.room ?? ""}</b>
      {hit.desk_state ? (
        <Chip tone={deskTone[hit.desk_state]}>{t(`desk.${hit.desk_state}`)}</Chip>
      ) : (
        <Chip tone={bookingTone[hit.state]}>{t(`booking.${hit.state}`)}</Chip>
      )}
    </div>
  );
}

/** What is known of the chosen visit, before it is opened. */
function Preview({ hit, onOpen, onFolio }: { hit: VisitHit; onOpen: () => void; onFolio: () => void }) {
  const t = useTexts();
  const house = useHouse();
  const number = useRested(hit.number, 120);
  const { data: found } = useQuery({ ...visitQuery(number, hit.property), refetchInterval: false });
  const view = found?.data.number === hit.number ? found.data : undefined;
  const open = view?.differences.filter((one) => one.state === "open") ?? [];
  const others =
    view?.stay.flatMap((stay) =>
      stay.guests.filter((guest) => guest.role !== "primary").map((guest) => guest.guest.profile.full_name),
    ) ?? [];
  return (
    <aside className="find-side" aria-label={t("find.preview")}>
      <div>
        <h3>
          {hit.guest.name}{" "}
          {hit.desk_state ? (
            <Chip tone={deskTone[hit.desk_state]}>{t(`desk.${hit.desk_state}`)}</Chip>
          ) : (
            <Chip tone={bookingTone[hit.state]}>{t(`booking.${hit.state}`)}</Chip>
          )}
        </h3>
        <span className="num two">{hit.number}</span>
      </div>
      <dl className="facts">
        {hit.room && (
          <>
            <dt>{t("word.room")}</dt>
            <dd>
              <b className="num">{hit.room}</b>{" "}
              {view?.booking.rooms[0] && hit.property === house.code
                ? house.typeName(view.booking.rooms[0].room_type)
                : ""}
            </dd>
          </>
        )}
        <dt>{t("word.dates")}</dt>
        <dd className="num">
          {t("date.stay", {
            range: house.f.range(hit.arrival, hit.departure),
            nights: house.length(hit.arrival, hit.departure),
          })}
        </dd>
        {others.length > 0 && (
          <>
            <dt>{t("word.accompanying")}</dt>
            <dd>{others.join(t("word.comma"))}</dd>
          </>
        )}
        {view && (
          <>
            <dt>{t("word.channel")}</dt>
            <dd>
              {word(t, "channel", view.booking.reservation.channel)} {view.aliases[0]?.number ?? ""}
            </dd>
            <dt>{t("word.balance")}</dt>
            <dd>
              <b className="num">
                {view.booking.reservation.currency}{" "}
                {house.f.money(view.consumption.balance, view.booking.reservation.currency)}
              </b>
            </dd>
          </>
        )}
      </dl>
      {open.length > 0 && <div className="warning">{t("record.differences", { count: open.length })}</div>}
      <Button look="fill" wide size="main" hotkey="Enter" onPress={onOpen} excludeFromTabOrder={false}>
        {t("find.open")}
      </Button>
      <Button wide hotkey="Alt C" onPress={onFolio}>
        {t("folio.title")}
      </Button>
    </aside>
  );
}

/** What a number that nothing was found under says: which digit is wrong, if it is mistyped. */
function useMistyped(text: string, empty: boolean): string | undefined {
  const number = text.replace(/[\s-]/g, "");
  const { error } = useQuery({
    queryKey: ["mistyped", number],
    queryFn: ({ signal }) => data(api.GET("/api/v1/visits/{number}", { params: { path: { number } }, signal })),
    enabled: empty && /^\d{10}$/.test(number),
    retry: false,
  });
  return error instanceof ApiError && error.problem.code === "mistyped_number" ? error.problem.detail : undefined;
}

function SearchBody({ onClose, page }: { onClose: () => void; page?: boolean }) {
  const t = useTexts();
  const house = useHouse();
  const navigate = useNavigate();
  const find = useFind();
  const listId = useId();
  const [text, setText] = useState(find.text);
  const [everywhere, setEverywhere] = useState(false);
  const [chosen, setChosen] = useState<string>();
  // A scanner types faster than this, nobody else does: what is typed is looked for at once.
  const sought = useRested(text.trim(), 25);
  const {
    data: hits,
    error,
    isPlaceholderData,
    refetch,
  } = useQuery(searchQuery({ q: sought, property: everywhere ? undefined : house.code }));
  const wanted = text.trim();
  const shown = sought === "" ? undefined : hits;
  const empty = shown !== undefined && !isPlaceholderData && shown.visits.length === 0 && shown.guests.length === 0;
  const mistyped = useMistyped(sought, empty);
  const write = find.write;
  useEffect(() => {
    if (page !== true) write(sought);
  }, [sought, page, write]);

  const rows: Row[] = [
    ...(shown?.visits ?? []).map((hit): Row => ({ kind: "visit", id: `v-${hit.number}`, hit })),
    ...(shown?.guests ?? []).map((hit): Row => ({ kind: "guest", id: `g-${hit.id}`, hit })),
    ...(wanted === ""
      ? []
      : ([
          { kind: "act", id: "a-book", icon: "book", text: t("find.book", { text: wanted }), hotkey: "F2" },
          ...(everywhere
            ? []
            : [{ kind: "act", id: "a-all", icon: "everywhere", text: t("find.everywhere"), hotkey: "Alt A" }]),
        ] as Row[])),
  ];
  const index = Math.max(
    0,
    rows.findIndex((row) => row.id === chosen),
  );
  const current = rows[index];

  const leave = (go: () => void) => {
    if (page !== true) {
      // The address behind the box goes with it.
      void navigate({ to: ".", search: true, hash: "", replace: true, resetScroll: false }).then(go);
    } else go();
  };
  const visit = (hit: VisitHit, to: "/p/$property/visits/$number" | "/p/$property/visits/$number/folio") =>
    leave(() => void navigate({ to, params: { property: hit.property, number: hit.number } }));
  const run = (row: Row | undefined) => {
    if (!row) return;
    if (row.kind === "visit") visit(row.hit, "/p/$property/visits/$number");
    else if (row.kind === "guest") {
      const { id } = row.hit;
      leave(() => void navigate({ to: "/p/$property/guests/$id", params: { property: house.code, id } }));
    } else if (row.icon === "everywhere") setEverywhere(true);
    else
      leave(
        () => void navigate({ to: "/p/$property/book", params: { property: house.code }, state: { name: wanted } }),
      );
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing || event.keyCode === 229) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      setChosen(rows[(index + step + rows.length) % Math.max(1, rows.length)]?.id);
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (!isPlaceholderData) run(current);
    } else if (event.key === "F2" && wanted !== "") {
      event.preventDefault();
      event.stopPropagation();
      run(rows.find((row) => row.id === "a-book"));
    } else if (event.altKey && event.code === "KeyA") {
      event.preventDefault();
      setEverywhere(true);
    } else if (event.altKey && event.code === "KeyC" && current?.kind === "visit") {
      event.preventDefault();
      visit(current.hit, "/p/$property/visits/$number/folio");
    }
  };
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  const words = wordsOf(sought);
  const line = (row: Row) => (
    <HitLine
      key={row.id}
      row={row}
      id={`${listId}-${row.id}`}
      active={row === current}
      words={words}
      onOpen={() => run(row)}
      onPoint={() => {
        if (row !== current) setChosen(row.id);
      }}
    />
  );
  const part = (kind: Row["kind"]) => rows.filter((row) => row.kind === kind);
  return (
    <>
      <div className="find-box">
        <SearchIcon size={18} aria-hidden="true" />
        <input
          ref={input}
          type="text"
          role="combobox"
          aria-label={t("find.label")}
          aria-expanded={rows.length > 0}
          {...(rows.length > 0 ? { "aria-controls": listId } : {})}
          aria-autocomplete="list"
          {...(current ? { "aria-activedescendant": `${listId}-${current.id}` } : {})}
          autoComplete="off"
          spellCheck={false}
          placeholder={t("find.placeholder")}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setChosen(undefined);
          }}
          onKeyDown={onKeyDown}
        />
        <span className="meta nowrap find-where">{t(everywhere ? "find.all" : "find.here")}</span>
        {page !== true && (
          <Button look="bare" aria-label={t("do.close")} onPress={onClose}>
            <X size={16} aria-hidden="true" />
          </Button>
        )}
      </div>
      <div className="find-list" aria-busy={isPlaceholderData}>
        {error ? (
          <div className="card-body">
            <Refusal error={error} retry={() => void refetch()} />
          </div>
        ) : (
          <>
            {empty && (
              <div className="card-body" role="status">
                <b>{t("find.none")}</b>
                <p className="two">{mistyped ?? t("find.none_note")}</p>
              </div>
            )}
            {wanted === "" && (
              <div className="card-body">
                <p className="two">{t("find.try")}</p>
                <ul className="find-tries">
                  {t("find.examples")
                    .split("|")
                    .map((example) => (
                      <li key={example}>
                        <Button look="link" onPress={() => setText(example)}>
                          {example}
                        </Button>
                      </li>
                    ))}
                </ul>
              </div>
            )}
            {rows.length > 0 && (
              <div role="listbox" id={listId} aria-label={t("find.hits")}>
                {part("visit").length > 0 && (
                  <div role="group" aria-label={t("find.visits")}>
                    <p className="find-group" aria-hidden="true">
                      {t("find.visits_n", { count: part("visit").length })}
                    </p>
                    {part("visit").map(line)}
                  </div>
                )}
                {part("guest").length > 0 && (
                  <div role="group" aria-label={t("find.guests")}>
                    <p className="find-group" aria-hidden="true">
                      {t("find.guests_n", { count: part("guest").length })}
                    </p>
                    {part("guest").map(line)}
                  </div>
                )}
                {part("act").length > 0 && (
                  <div role="group" aria-label={t("find.actions")}>
                    <p className="find-group" aria-hidden="true">
                      {t("find.actions")}
                    </p>
                    {part("act").map(line)}
                  </div>
                )}
              </div>
            )}
          </>
        )}
      </div>
      {page !== true &&
        (current?.kind === "visit" ? (
          <Preview
            hit={current.hit}
            onOpen={() => run(current)}
            onFolio={() => visit(current.hit, "/p/$property/visits/$number/folio")}
          />
        ) : (
          <aside className="find-side" aria-label={t("find.preview")} />
        ))}
      {page !== true && (
        <div className="find-foot">
          <span>
            <Kbd>↑</Kbd> <Kbd>↓</Kbd> {t("find.choose")}
          </span>
          <span>
            <Kbd>Enter</Kbd> {t("find.do_open")}
          </span>
          <span>
            <Kbd>Esc</Kbd> {t("find.do_close")}
          </span>
          <span className="took num">
            {shown &&
              !isPlaceholderData &&
              t("find.took", {
                count: shown.visits.length + shown.guests.length,
                ms: (shown.took_us / 1000).toFixed(1),
              })}
          </span>
        </div>
      )}
    </>
  );
}

/** The search box over whatever screen there is. */
export function Search() {
  const t = useTexts();
  const find = useFind();
  if (!find.isOpen) return null;
  return (
    <ModalOverlay
      className="find-shade"
      isOpen
      isDismissable
      onOpenChange={(open) => {
        if (!open) find.close();
      }}
    >
      <Modal className="find-modal">
        <AriaDialog className="find" aria-label={t("find.label")}>
          <SearchBody onClose={find.close} />
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}

/** The search as a screen of its own, on a phone. */
export function FindScreen() {
  const t = useTexts();
  return (
    <div className="find-page">
      <h1 className="vh">{t("find.label")}</h1>
      <SearchBody onClose={() => {}} page />
    </div>
  );
}
