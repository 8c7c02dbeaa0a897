import { queryOptions, skipToken } from "@tanstack/react-query";
import { type ActionBody, ApiError, act, api, data } from "./client";

/** What is asked about a bill beside the record: rates of foreign money, invoices, what would become of a charge, keys. */

/** What the property gives for foreign money today; empty for whoever may not see it. */
export const ratesQuery = (property: string) =>
  queryOptions({
    queryKey: ["exchange-rates", property],
    queryFn: async ({ signal }) => {
      try {
        return await data(
          api.GET("/api/v1/properties/{property}/exchange-rates", { params: { path: { property } }, signal }),
        );
      } catch (error) {
        if (error instanceof ApiError && error.problem.status === 403) return [];
        throw error;
      }
    },
    staleTime: 60_000,
  });

/** The invoices of a visit. */
export const invoicesQuery = (number: string, property: string) =>
  queryOptions({
    queryKey: ["visit-invoices", property, number],
    queryFn: ({ signal }) =>
      data(api.GET("/api/v1/visits/{number}/invoices", { params: { path: { number } }, signal })),
  });

/** What would stay and what would go if a charge were split so; nothing is asked before it is known how. Nothing is changed by it. */
export const splitQuery = (number: string, property: string, split: ActionBody<"splits"> | undefined) =>
  queryOptions({
    queryKey: ["split", property, number, split],
    queryFn: split
      ? async () =>
          (await act(number, "splits", { ...split, preview: true }, { key: crypto.randomUUID() })).preview?.split ??
          null
      : skipToken,
    staleTime: 0,
    gcTime: 0,
  });

/** The keys of a visit, with what the lock system was told of each. */
export const keysQuery = (number: string, property: string) =>
  queryOptions({
    queryKey: ["visit-keys", property, number],
    queryFn: ({ signal }) => data(api.GET("/api/v1/visits/{number}/keys", { params: { path: { number } }, signal })),
    // The lock system answers when it likes.
    refetchInterval: (query) => (query.state.data?.some((key) => isWaiting(key)) ? 2_000 : false),
  });

/** Whether the lock system was told something of a key and has not answered. */
export const isWaiting = (key: { log: readonly { answered_at?: string | null }[] }): boolean => {
  const latest = key.log.at(-1);
  return latest !== undefined && latest.answered_at == null;
};
