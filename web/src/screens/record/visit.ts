import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { type ActionBody, act, type VisitAction, type VisitState } from "../../api/client";
import { visitQuery } from "../../api/queries";
import { type Sender, useSend } from "../../kit/send";
import { useHouse } from "../../lib/house";
import type { VisitView } from "./tally";

/** The record of a visit, kept fresh. */
export function useVisit(number: string): {
  view: VisitView | undefined;
  etag: string | undefined;
  error: unknown;
  again: () => void;
} {
  const house = useHouse();
  const { data, error, refetch } = useQuery(visitQuery(number, house.code));
  return { view: data?.data, etag: data?.etag, error: data ? null : error, again: () => void refetch() };
}

/** What became of a state of a visit by a change of one's own: one form of a screen is no stranger to the others. By reservation's version and revision. */
const own = new Map<string, string>();
/** The parts of an entity tag that change with the visit; what follows says how it was shown. */
const revisionOf = (etag: string) => etag.replaceAll('"', "").split("-").slice(0, 2).join("-");

/** The state that a visit was brought into from another one by oneself alone. */
function broughtTo(etag: string | undefined): string | undefined {
  let last = etag;
  for (let next = etag; next !== undefined; next = own.get(revisionOf(next))) last = next;
  return last;
}

/** Keeps what a change of one's own made of a state. */
function keep(before: string | undefined, after: string | undefined): void {
  if (before === undefined || after === undefined) return;
  own.set(revisionOf(before), after);
  // The newest state leads nowhere yet, and so never back.
  own.delete(revisionOf(after));
}

/**
 * A form that changes a visit: sent once, and refused if somebody else changed the record since the form was opened. After such a refusal what is new
 * is on the screen, and the next try is meant for it.
 */
export function useAct<A extends VisitAction>(
  number: string,
  action: A,
  then?: (state: VisitState) => void,
): Sender<ActionBody<A>, VisitState> {
  const house = useHouse();
  const client = useQueryClient();
  const key = visitQuery(number, house.code).queryKey;
  const opened = useRef<string | undefined>(undefined);
  opened.current ??= client.getQueryData(key)?.etag;
  const sender = useSend<ActionBody<A>, VisitState>(
    async (body, idempotency) => {
      const etag = broughtTo(opened.current);
      try {
        const state = await act(number, action, body, { key: idempotency, etag });
        keep(etag, state.etag);
        return state;
      } catch (error) {
        await client.refetchQueries({ queryKey: key });
        opened.current = client.getQueryData(key)?.etag;
        throw error;
      }
    },
    (state) => {
      opened.current = undefined;
      then?.(state);
    },
  );
  return sender;
}
