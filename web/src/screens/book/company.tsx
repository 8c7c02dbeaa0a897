import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Schema } from "../../api/client";
import { companiesQuery } from "../../api/trade";
import { useTexts } from "../../i18n";
import { Card, Field, Radios, useRested } from "../../kit";

export type Company = Schema<"CompanyInfo">;

interface CompanyPickProps {
  chosen: Company | undefined;
  onChoose: (company: Company | undefined) => void;
  error: string | undefined;
}

/** For whom it is booked: a company that is known. What was agreed with it can be booked then, and the visit names it. */
export function CompanyPick({ chosen, onChoose, error }: CompanyPickProps) {
  const t = useTexts();
  const [text, setText] = useState("");
  const sought = useRested(text.trim(), 250);
  const { data, isPlaceholderData } = useQuery({ ...companiesQuery(sought), enabled: sought !== "" });
  const found = sought === "" || chosen ? [] : (data ?? []).slice(0, 5);
  const isUnknown = sought !== "" && !chosen && !isPlaceholderData && data?.length === 0;
  return (
    <Card
      title={t("account.book_for")}
      note={t("account.book_for_note")}
      className={sought !== "" && isPlaceholderData ? "stale" : undefined}
    >
      <div className="card-body fields">
        <Field
          label={t("account.book_for")}
          value={chosen ? chosen.name : text}
          onChange={(next) => {
            onChoose(undefined);
            setText(next);
          }}
          error={error ?? (isUnknown ? t("account.book_for_unknown") : undefined)}
          help={t("account.book_for_help")}
        />
      </div>
      {found.length > 0 && (
        <Radios
          label={t("account.book_for")}
          value=""
          onChange={(code) => onChoose(found.find((one) => one.code === code))}
          optionClass="match"
          options={found.map((one) => ({
            id: one.code,
            text: (
              <span>
                <b>{one.name}</b> <span className="two num">{one.code}</span>
              </span>
            ),
          }))}
        />
      )}
    </Card>
  );
}
