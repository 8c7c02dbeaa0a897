import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
import { api, data } from "../api/client";
import { useTexts } from "../i18n";
import { word } from "./words";

/** An account's or a program's opaque name, as the journal has it. */
const NAMED = /^(staff|client):[0-9a-f-]{36}$/;

/** How many names the server tells at once. */
const AT_ONCE = 100;

const namesQuery = (actors: readonly string[]) =>
  queryOptions({
    queryKey: ["colleagues", ...actors],
    queryFn: async ({ signal }) => {
      const names = new Map<string, string>();
      for (let from = 0; from < actors.length; from += AT_ONCE) {
        const query = { actors: actors.slice(from, from + AT_ONCE).join(",") };
        for (const one of await data(api.GET("/api/v1/colleagues", { params: { query }, signal }))) {
          names.set(one.actor, one.name);
        }
      }
      return names;
    },
    enabled: actors.length > 0,
    placeholderData: keepPreviousData,
    staleTime: 300_000,
  });

/** Who somebody is whom the journal knows by an opaque name only: asked for together, for all that a screen shows. Whoever has no name any more keeps that. */
export function useWho(actors: Iterable<string | null | undefined>): (actor: string) => string {
  const t = useTexts();
  const asked = [...new Set(actors)].filter((one): one is string => one != null && NAMED.test(one)).sort();
  const { data: names, isPending } = useQuery(namesQuery(asked));
  return (actor) => {
    if (!NAMED.test(actor)) return word(t, "actor", actor);
    return names?.get(actor) ?? (isPending ? "…" : actor);
  };
}
