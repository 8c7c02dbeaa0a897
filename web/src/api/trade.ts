import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, data, tagged } from "./client";

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

export const companyQuery = (code: string) =>
  queryOptions({
    queryKey: ["company", code],
    queryFn: ({ signal }) => tagged(api.GET("/api/v1/companies/{code}", { params: { path: { code } }, signal })),
  });
