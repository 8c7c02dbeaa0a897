import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, data, type Schema } from "./client";

/** What is asked about findings: where the records of a visit contradict each other. */

export type Finding = Schema<"FindingView">;

/** Which findings are wanted. */
export interface Wanted {
  state?: Schema<"FindingState"> | undefined;
  kind?: Schema<"FindingKind"> | undefined;
  cause?: Schema<"Cause"> | undefined;
  owner?: Schema<"FindingOwner"> | undefined;
  /** With at least so much money at stake, minor units. */
  stake?: number | undefined;
  /** First found on this day or later. */
  found_from?: string | undefined;
  /** First found on this day or earlier. */
  found_to?: string | undefined;
  /** Of every property whose findings somebody may see, and not of one. */
  chain?: "yes" | undefined;
}

/** What is asked of the server: a property, or all of them. */
export function askedOf(property: string, { chain, ...wanted }: Wanted) {
  return chain ? wanted : { property, ...wanted };
}

/** Findings of a property, the most money first, page by page. */
export const findingsQuery = (property: string, wanted: Wanted) =>
  infiniteQueryOptions({
    queryKey: ["findings", property, wanted],
    queryFn: ({ signal, pageParam }) =>
      data(
        api.GET("/api/v1/findings", {
          params: {
            query: {
              limit: 50,
              ...askedOf(property, wanted),
              ...(pageParam === undefined ? {} : { cursor: pageParam }),
            },
          },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
  });

/** What is open of a visit, the most money first. */
export const visitFindingsQuery = (property: string, number: string) =>
  queryOptions({
    queryKey: ["findings", property, "visit", number],
    queryFn: ({ signal }) =>
      data(api.GET("/api/v1/findings", { params: { query: { property, visit: number, limit: 20 } }, signal })),
  });

export const findingQuery = (property: string, id: string) =>
  queryOptions({
    queryKey: ["finding", property, id],
    queryFn: ({ signal }) =>
      data(api.GET("/api/v1/properties/{property}/findings/{id}", { params: { path: { property, id } }, signal })),
  });

/** How a finding went, in order. */
export const historyQuery = (property: string, id: string) =>
  queryOptions({
    queryKey: ["finding-history", property, id],
    queryFn: ({ signal }) =>
      data(
        api.GET("/api/v1/properties/{property}/findings/{id}/history", { params: { path: { property, id } }, signal }),
      ),
  });
