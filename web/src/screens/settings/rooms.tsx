import { useMemo, useState } from "react";
import { api, data, type Schema } from "../../api/client";
import { useTexts } from "../../i18n";
import { Button, Card, Chip, Empty, Field, Refusal, ScrollX, Select, Tick } from "../../kit";
import { say } from "../../kit/notices";
import { useSend } from "../../kit/send";
import { useHouse } from "../../lib/house";
import { numbersOf } from "./numbers";

/** The kinds of rooms that are sold. */
export function TypesStep() {
  const t = useTexts();
  const house = useHouse();
  const empty = { code: "", name: "", name_en: "", capacity: "2", overbooking: "0" };
  const [values, setValues] = useState(empty);
  const put = (next: Partial<typeof values>) => setValues({ ...values, ...next });
  const known = house.view.room_types.find((one) => one.code === values.code.trim());
  const form = useSend<void, Schema<"RoomTypeView">>(
    () =>
      data(
        api.PUT("/api/v1/properties/{property}/room-types/{code}", {
          params: {
            path: { property: house.code, code: values.code.trim() },
            header: known ? { "If-Match": `"${known.version}"` } : {},
          },
          body: {
            name: values.name.trim(),
            name_en: values.name_en.trim(),
            capacity: Number(values.capacity),
            overbooking: Number(values.overbooking),
          },
        }),
      ),
    (made) => {
      say(t("setup.saved", { name: house.named(made) }));
      setValues(empty);
    },
  );
  return (
    <Card title={t("setup.steps.types")} note={t("setup.types_note")}>
      {house.view.room_types.length === 0 ? (
        <Empty title={t("setup.no_types")} />
      ) : (
        <ScrollX>
          <table className="table">
            <thead>
              <tr>
                <th scope="col">{t("groups.code")}</th>
                <th scope="col">{t("setup.name")}</th>
                <th scope="col">{t("setup.name_en")}</th>
                <th scope="col" className="end">
                  {t("setup.capacity")}
                </th>
                <th scope="col" className="end">
                  {t("setup.overbooking")}
                </th>
                <th scope="col" className="end">
                  {t("groups.rooms")}
                </th>
                <th scope="col" />
              </tr>
            </thead>
            <tbody>
              {house.view.room_types.map((one) => (
                <tr key={one.code}>
                  <td>{one.code}</td>
                  <td>{one.name}</td>
                  <td>{one.name_en}</td>
                  <td className="end num">{one.capacity}</td>
                  <td className="end num">{one.overbooking}</td>
                  <td className="end num">{house.view.rooms.filter((room) => room.room_type === one.code).length}</td>
                  <td className="end">
                    <Button
                      look="link"
                      onPress={() =>
                        setValues({
                          code: one.code,
                          name: one.name,
                          name_en: one.name_en,
                          capacity: String(one.capacity),
                          overbooking: String(one.overbooking),
                        })
                      }
                    >
                      {t("guest.edit")}
                    </Button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollX>
      )}
      <div className="card-body setup-form setup-add">
        <div className="fields">
          <Field
            label={t("groups.code")}
            value={values.code}
            onChange={(code) => put({ code: code.toUpperCase() })}
            maxLength={20}
            error={form.at("code", "/code")}
          />
          <Field
            label={t("setup.name")}
            value={values.name}
            onChange={(name) => put({ name })}
            error={form.at("/name")}
          />
          <Field
            label={t("setup.name_en")}
            value={values.name_en}
            onChange={(name_en) => put({ name_en })}
            error={form.at("/name_en")}
          />
          <Field
            label={t("setup.capacity")}
            value={values.capacity}
            onChange={(capacity) => put({ capacity })}
            inputMode="numeric"
            money
            error={form.at("/capacity")}
          />
          <Field
            label={t("setup.overbooking")}
            value={values.overbooking}
            onChange={(overbooking) => put({ overbooking })}
            inputMode="numeric"
            money
            error={form.at("/overbooking")}
            help={t("setup.overbooking_help")}
          />
        </div>
        <Refusal error={form.error} />
        <div>
          <Button
            busy={form.busy}
            isDisabled={
              values.code.trim() === "" ||
              values.name.trim() === "" ||
              values.name_en.trim() === "" ||
              !/^\d+$/.test(values.capacity) ||
              !/^\d+$/.test(values.overbooking)
            }
            onPress={() => form.send()}
          >
            {known ? t("setup.change_type", { code: known.code }) : t("setup.add_type")}
          </Button>
        </div>
      </div>
    </Card>
  );
}

/** The rooms, many at once: a type, a floor, and the numbers as people say them. */
export function RoomsStep() {
  const t = useTexts();
  const house = useHouse();
  const [type, setType] = useState(house.view.room_types[0]?.code);
  const [floor, setFloor] = useState("");
  const [numbers, setNumbers] = useState("");
  const [accessible, setAccessible] = useState(false);
  const read = useMemo(() => numbersOf(numbers), [numbers]);
  const floors = useMemo(() => {
    const by = new Map<string, typeof house.view.rooms>();
    for (const room of house.view.rooms) by.set(room.floor, [...(by.get(room.floor) ?? []), room]);
    return [...by].sort(([a], [b]) => a.localeCompare(b, undefined, { numeric: true }));
  }, [house.view.rooms]);
  const form = useSend<Schema<"RoomInput">[], Schema<"RoomView">[]>(
    (body) =>
      data(api.PUT("/api/v1/properties/{property}/rooms", { params: { path: { property: house.code } }, body })),
    (made) => {
      say(t("setup.rooms_made", { count: made.length }));
      setNumbers("");
    },
  );
  const chosen = type ?? house.view.room_types[0]?.code;
  return (
    <Card title={t("setup.steps.rooms")} note={t("setup.rooms_count", { count: house.view.rooms.length })}>
      {house.view.room_types.length === 0 ? (
        <Empty title={t("setup.types_first")} />
      ) : (
        <>
          {floors.length > 0 && (
            <ul className="lines">
              {floors.map(([name, rooms]) => (
                <li key={name}>
                  <b className="floor-name">{t("today.floor", { floor: name })}</b>
                  <span className="grow chips">
                    {rooms.map((room) => (
                      <Chip key={room.number}>
                        <span className="num">{room.number}</span> {room.room_type}
                      </Chip>
                    ))}
                  </span>
                </li>
              ))}
            </ul>
          )}
          <div className="card-body setup-form setup-add">
            <div className="fields">
              <Select
                label={t("rates.room_type")}
                choices={house.view.room_types.map((one) => ({ id: one.code, name: house.named(one) }))}
                value={chosen}
                onChange={setType}
                error={form.at("/0/room_type")}
              />
              <Field
                label={t("setup.floor")}
                value={floor}
                onChange={setFloor}
                maxLength={20}
                error={form.at("/0/floor")}
              />
              <Field
                label={t("setup.numbers")}
                value={numbers}
                onChange={setNumbers}
                placeholder="0301-0312, 0315"
                error={
                  form.at("/0/number") ??
                  (numbers.trim() !== "" && read === undefined ? t("setup.numbers_form") : undefined)
                }
                help={t("setup.numbers_help")}
              />
            </div>
            <Tick ticked={accessible} onChange={setAccessible}>
              {t("setup.accessible")}
            </Tick>
            {read && read.length > 0 && <p className="meta num">{read.join(t("word.comma"))}</p>}
            <Refusal error={form.error} />
            <div>
              <Button
                busy={form.busy}
                isDisabled={!read || read.length === 0 || !chosen || floor.trim() === ""}
                onPress={() =>
                  read &&
                  chosen &&
                  form.send(read.map((number) => ({ number, room_type: chosen, floor: floor.trim(), accessible })))
                }
              >
                {read && read.length > 0 ? t("setup.add_rooms", { count: read.length }) : t("setup.add_some_rooms")}
              </Button>
            </div>
          </div>
        </>
      )}
    </Card>
  );
}
