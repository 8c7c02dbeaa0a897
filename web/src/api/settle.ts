import { queryOptions } from "@tanstack/react-query";
import { api, data, type Schema } from "./client";
import { whileUntold } from "./live";
import { askedOf, type Wanted } from "./reconcile";

/** What is asked about payment channels' settlement files, rules that correct by themselves, and counts of findings. */

/** How many findings of a property are open, and what is at stake. */
export const countsQuery = (property: string) =>
  queryOptions({
    queryKey: ["counts", property],
    queryFn: ({ signal }) =>
      data(api.GET("/api/v1/properties/{property}/findings/counts", { params: { path: { property } }, signal })),
    staleTime: 10_000,
    refetchInterval: whileUntold(60_000),
  });

export const rulesQuery = (property: string) =>
  queryOptions({
    queryKey: ["finding-rules", property],
    queryFn: ({ signal }) =>
      data(api.GET("/api/v1/properties/{property}/finding-rules", { params: { path: { property } }, signal })),
  });

/** Lets findings of a kind be corrected by themselves, or no longer. */
export const putRule = (property: string, kind: Schema<"FindingKind">, enabled: boolean) =>
  data(
    api.PUT("/api/v1/properties/{property}/finding-rules/{kind}", {
      params: { path: { property, kind } },
      body: { enabled },
    }),
  );

/** Compares a settlement file with what was paid. */
export const settle = (property: string, body: Schema<"SettlementInput">, key: string) =>
  data(
    api.POST("/api/v1/properties/{property}/settlements", {
      params: { path: { property }, header: { "Idempotency-Key": key } },
      body,
    }),
  );

/** Findings as a file for a spreadsheet, in the user's language: a workbook, or CSV. */
export const exportFindings = (property: string, wanted: Wanted, format: "csv" | "xlsx"): Promise<Blob> =>
  data(
    api.GET("/api/v1/findings/export", {
      params: { query: { ...askedOf(property, wanted), format } },
      parseAs: "blob",
    }),
  ) as Promise<Blob>;

/** A file as the API takes it within JSON. */
export function base64Of(file: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    // What stands before the comma says the kind of data.
    reader.onload = () => resolve(String(reader.result).replace(/^[^,]*,/, ""));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}

/** Writes down that a guest found one visit recorded twice. */
export const reportDouble = (number: string, other: string, text: string, key: string) =>
  data(
    api.POST("/api/v1/visits/{number}/double-record", {
      params: { path: { number }, header: { "Idempotency-Key": key } },
      body: { other, text },
    }),
  );
