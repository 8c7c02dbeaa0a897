import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, data, type Schema } from "../../api/client";
import { foundQuery } from "../../api/services";
import { useTexts } from "../../i18n";
import { Bones, Button, Card, Chip, Empty, Field, Radios, Refusal, ScrollX } from "../../kit";
import { DayField } from "../../kit/date";
import { FormDialog } from "../../kit/form";
import { say } from "../../kit/notices";
import { useSend } from "../../kit/send";
import { useTyped } from "../../kit/typed";
import { useHouse } from "../../lib/house";

type Item = Schema<"FoundView">;
type State = Item["state"];

/** Records something that was found. */
function NewDialog({ onClose }: { onClose: () => void }) {
  const t = useTexts();
  const house = useHouse();
  const typed = useTyped({ item: "", room: "", place: "", finder: "", owner: "" });
  const [on, setOn] = useState(house.today);
  const [tried, setTried] = useState(false);
  const form = useSend<void, Item>(
    (_, key) =>
      data(
        api.POST("/api/v1/properties/{property}/found-items", {
          params: { path: { property: house.code }, header: { "Idempotency-Key": key } },
          body: {
            item: typed.said("item"),
            room: typed.said("room") || null,
            place: typed.said("place") || null,
            finder: typed.said("finder") || null,
            owner: typed.said("owner") || null,
            found_on: on,
          },
        }),
      ),
    () => {
      say(t("services.found_added"));
      onClose();
    },
  );
  const item = typed.of("item", form);
  return (
    <FormDialog
      title={t("services.found_new")}
      note={t("services.found_new_note")}
      onClose={onClose}
      form={form}
      action={t("services.do_found")}
      onSend={() => {
        setTried(true);
        if (!typed.lacks("item")) form.send();
      }}
    >
      <Field
        {...item}
        label={t("services.item")}
        placeholder={t("services.item_example")}
        maxLength={200}
        autoFocus
        error={item.error ?? (tried && typed.lacks("item") ? t("services.item_needed") : undefined)}
      />
      <div className="fields">
        <Field
          {...typed.of("room", form)}
          label={t("word.room_no")}
          help={t("services.room_help")}
          inputMode="numeric"
          maxLength={20}
        />
        <Field
          {...typed.of("place", form)}
          label={t("services.place")}
          help={t("services.place_help")}
          maxLength={200}
        />
        <DayField label={t("services.found_on")} value={on} onChange={setOn} error={form.at("/found_on")} />
        <Field {...typed.of("finder", form)} label={t("services.finder")} help={t("word.optional")} maxLength={200} />
      </div>
      <Field {...typed.of("owner", form)} label={t("services.owner")} help={t("services.owner_help")} maxLength={200} />
    </FormDialog>
  );
}

const STATES = ["returned", "disposed", "kept"] as const;

/** Says what became of something that was found: who has it now, or that it is gone. */
function HandDialog({ item, onClose }: { item: Item; onClose: () => void }) {
  const t = useTexts();
  const house = useHouse();
  const typed = useTyped({ owner: "" });
  const [state, setState] = useState<State>(item.state === "kept" ? "returned" : "kept");
  const form = useSend<void, Item>(
    (_, key) =>
      data(
        api.POST("/api/v1/properties/{property}/found-items/{id}", {
          params: { path: { property: house.code, id: item.id }, header: { "Idempotency-Key": key } },
          body: { state, owner: typed.said("owner") || null },
        }),
      ),
    () => {
      say(t("services.handed", { item: item.item, state: t(`services.found_state.${state}`) }));
      onClose();
    },
  );
  return (
    <FormDialog
      title={t("services.hand_title", { item: item.item })}
      note={t("services.hand_note", { date: house.f.longDay(item.found_on) })}
      onClose={onClose}
      form={form}
      action={t(`services.do_hand.${state}`)}
      onSend={() => form.send()}
    >
      <Radios
        label={t("services.hand_what")}
        className="method-choices"
        optionClass="method"
        value={state}
        onChange={setState}
        options={STATES.filter((id) => id !== item.state).map((id) => ({
          id,
          text: t(`services.hand_state.${id}`),
        }))}
      />
      {state !== "disposed" && (
        <Field
          {...typed.of("owner", form)}
          label={t(state === "returned" ? "services.hand_owner" : "services.owner")}
          help={t("services.hand_owner_help")}
          maxLength={200}
        />
      )}
    </FormDialog>
  );
}

function Row({ item, onHand }: { item: Item; onHand: () => void }) {
  const t = useTexts();
  const house = useHouse();
  return (
    <tr>
      <td className="num">{house.f.day(item.found_on)}</td>
      <td>
        <b>{item.item}</b>
      </td>
      <td>{[item.room && t("word.room_n", { room: item.room }), item.place].filter(Boolean).join(t("word.comma"))}</td>
      <td className="two">{item.finder}</td>
      <td>{item.owner}</td>
      <td className="nowrap">
        <Chip tone={item.state === "kept" ? "house" : "done"}>{t(`services.found_state.${item.state}`)}</Chip>
      </td>
      <td className="end">
        <Button size="row" onPress={onHand}>
          {t("services.hand")}
        </Button>
      </td>
    </tr>
  );
}

interface FoundProps {
  /** Also what is not kept any more. */
  all: boolean;
  isNew: boolean;
  /** What somebody is about to hand over. */
  item: string | undefined;
  onAll: (all: boolean) => void;
  onNew: (is: boolean) => void;
  onItem: (item: string | undefined) => void;
}

/** Things that were found: recorded, looked for, and handed over. */
export function Found({ all, isNew, item, onAll, onNew, onItem }: FoundProps) {
  const t = useTexts();
  const list = useInfiniteQuery(foundQuery(useHouse().code, all));
  const items = list.data?.pages.flatMap((page) => page.items) ?? [];
  const handed = items.find((one) => one.id === item);
  return (
    <>
      <Card
        title={t("services.found")}
        className={list.isPlaceholderData ? "stale" : undefined}
        tools={
          <>
            <Button look="link" aria-pressed={all} onPress={() => onAll(!all)}>
              {t(all ? "services.found_kept" : "services.found_all")}
            </Button>
            <Button size="row" onPress={() => onNew(true)}>
              {t("services.found_new")}
            </Button>
          </>
        }
      >
        {list.error && !list.data ? (
          <div className="card-body">
            <Refusal error={list.error} retry={() => void list.refetch()} />
          </div>
        ) : !list.data ? (
          <Bones rows={5} />
        ) : items.length === 0 ? (
          <Empty title={t(all ? "services.found_none_all" : "services.found_none")}>
            {t("services.found_none_note")}
          </Empty>
        ) : (
          <>
            <ScrollX>
              <table className="table">
                <thead>
                  <tr>
                    <th scope="col">{t("services.found_on")}</th>
                    <th scope="col">{t("services.item")}</th>
                    <th scope="col">{t("services.where")}</th>
                    <th scope="col">{t("services.finder")}</th>
                    <th scope="col">{t("services.owner")}</th>
                    <th scope="col">{t("bookings.state")}</th>
                    <th scope="col">
                      <span className="vh">{t("services.hand")}</span>
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {items.map((one) => (
                    <Row key={one.id} item={one} onHand={() => onItem(one.id)} />
                  ))}
                </tbody>
              </table>
            </ScrollX>
            {list.hasNextPage && (
              <div className="card-more">
                <Button busy={list.isFetchingNextPage} onPress={() => void list.fetchNextPage()}>
                  {t("services.more")}
                </Button>
              </div>
            )}
          </>
        )}
      </Card>
      {isNew && <NewDialog onClose={() => onNew(false)} />}
      {handed && <HandDialog key={handed.id} item={handed} onClose={() => onItem(undefined)} />}
    </>
  );
}
