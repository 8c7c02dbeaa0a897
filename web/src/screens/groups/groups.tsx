import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { api, data, type Schema } from "../../api/client";
import { groupsQuery } from "../../api/trade";
import { useTexts } from "../../i18n";
import { Bones, Button, Card, Empty, Field, Refusal, ScrollX } from "../../kit";
import { FormDialog } from "../../kit/form";
import { useSend } from "../../kit/send";
import { useHouse } from "../../lib/house";

/** Makes a group: a code that bookings join by, and a name. */
function NewGroup({ onClose }: { onClose: () => void }) {
  const t = useTexts();
  const house = useHouse();
  const navigate = useNavigate();
  const [code, setCode] = useState("");
  const [name, setName] = useState("");
  const form = useSend<void, Schema<"GroupInfo">>(
    () =>
      data(
        api.PUT("/api/v1/groups/{code}", {
          params: { path: { code: code.trim() } },
          body: { name: name.trim() },
        }),
      ),
    (made) =>
      void navigate({
        to: "/p/$property/groups/$code",
        params: { property: house.code, code: made.code },
        replace: true,
      }),
  );
  return (
    <FormDialog
      title={t("groups.new")}
      note={t("groups.new_note")}
      onClose={onClose}
      form={form}
      action={t("groups.do_new")}
      onSend={() => form.send()}
      isDisabled={code.trim() === "" || name.trim() === ""}
    >
      <Field
        label={t("groups.code")}
        value={code}
        onChange={(next) => setCode(next.toUpperCase())}
        autoFocus
        maxLength={20}
        error={form.at("code", "/code")}
        help={t("groups.code_help")}
      />
      <Field label={t("groups.name")} value={name} onChange={setName} error={form.at("/name")} />
    </FormDialog>
  );
}

/** The groups, the newest first. */
export function Groups() {
  const t = useTexts();
  const house = useHouse();
  const navigate = useNavigate();
  const search = useSearch({ from: "/p/$property/groups" });
  const { data: groups, error, refetch } = useQuery(groupsQuery);
  const put = (doing: "new" | undefined) =>
    void navigate({
      to: "/p/$property/groups",
      params: { property: house.code },
      search: { do: doing },
      replace: doing === undefined,
    });
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t("nav.groups")}</h1>
        <div className="tools">
          <Button look="fill" onPress={() => put("new")}>
            {t("groups.new")}
          </Button>
        </div>
      </div>
      <Card label={t("nav.groups")}>
        {error && !groups ? (
          <div className="card-body">
            <Refusal error={error} retry={() => void refetch()} />
          </div>
        ) : !groups ? (
          <Bones rows={6} />
        ) : groups.length === 0 ? (
          <Empty title={t("groups.none")}>{t("groups.none_note")}</Empty>
        ) : (
          <ScrollX>
            <table className="table">
              <thead>
                <tr>
                  <th scope="col">{t("groups.code")}</th>
                  <th scope="col">{t("groups.name")}</th>
                </tr>
              </thead>
              <tbody>
                {groups.map((group) => (
                  <tr key={group.code}>
                    <td className="num">
                      <Link to="/p/$property/groups/$code" params={{ property: house.code, code: group.code }}>
                        {group.code}
                      </Link>
                    </td>
                    <td>{group.name}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </ScrollX>
        )}
      </Card>
      {search.do === "new" && <NewGroup onClose={() => put(undefined)} />}
    </div>
  );
}
