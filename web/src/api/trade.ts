import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, data, type Schema, tagged } from "./client";

/** What is asked about groups and companies. */

export const groupsQuery = queryOptions({
  queryKey: ["groups"],
  queryFn: ({ signal }) => data(api.GET("/api/v1/groups", { params: { query: { limit: 200 } }, signal })),
});

export const groupQuery = (code: string) =>
  queryOptions({
    queryKey: ["group", code],
    queryFn: ({ signal }) => data(api.GET("/api/v1/groups/{code}", { params: { path: { code } }, signal })),
  });

export const roomingListQuery = (property: string, group: string) =>
  queryOptions({
    queryKey: ["rooming-list", property, group],
    queryFn: ({ signal }) =>
      data(
        api.GET("/api/v1/properties/{property}/blocks/{group}/rooming-list", {
          params: { path: { property, group } },
          signal,
        }),
      ),
  });

export const companiesQuery = (text: string) =>
  queryOptions({
    queryKey: ["companies", text],
    queryFn: ({ signal }) =>
      data(api.GET("/api/v1/companies", { params: { query: { ...(text ? { text } : {}), limit: 200 } }, signal })),
    placeholderData: keepPreviousData,
  });

/** What a company and its subsidiaries booked, received, consumed and paid. */
export const accountQuery = (code: string, from: string, to: string) =>
  queryOptions({
    queryKey: ["company-account", code, from, to],
    queryFn: ({ signal }) =>
      data(
        api.GET("/api/v1/companies/{code}/account", { params: { path: { code }, query: { from, to } }, signal }),
      ) as Promise<Schema<"CompanyAccountView">>,
    placeholderData: keepPreviousData,
  });

/** Its visits as a workbook, in the language of whoever asks. */
export const exportAccount = (code: string, from: string, to: string): Promise<Blob> =>
  data(
    api.GET("/api/v1/companies/{code}/account", {
      params: { path: { code }, query: { from, to, format: "xlsx" } },
      parseAs: "blob",
    }),
  ) as Promise<Blob>;

export const companyQuery = (code: string) =>
  queryOptions({
    queryKey: ["company", code],
    queryFn: ({ signal }) => tagged(api.GET("/api/v1/companies/{code}", { params: { path: { code } }, signal })),
  });
