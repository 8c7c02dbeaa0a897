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

/**
 * A form that changes a visit: sent once, and refused if somebody changed the record since the form was opened. After such a refusal what is new is
 * on the screen, and the next try is meant for it.
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
      try {
        return await act(number, action, body, { key: idempotency, etag: opened.current });
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
