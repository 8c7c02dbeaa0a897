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

/** Which state of a visit a screen was opened with. */
export interface Opened {
  etag: string | undefined;
  /** What is being asked anew, after a change of one's own that answers no state of the visit. */
  asked: Promise<void> | undefined;
}

/**
 * The state that several forms of one screen were opened with: what one of them changes is no change by somebody else to the others. `renew` is for
 * changes that are made beside the visit, such as those of its guest.
 */
export function useOpened(number: string): { opened: Opened; renew: () => void } {
  const house = useHouse();
  const client = useQueryClient();
  const key = visitQuery(number, house.code).queryKey;
  const { current: opened } = useRef<Opened>({ etag: undefined, asked: undefined });
  const renew = () => {
    opened.asked = client.refetchQueries({ queryKey: key }).then(() => {
      opened.etag = client.getQueryData(key)?.etag;
    });
  };
  return { opened, renew };
}

/**
 * A form that changes a visit: sent once, and refused if somebody changed the record since the form was opened, or the screen that shares what it was
 * opened with. After such a refusal what is new is on the screen, and the next try is meant for it.
 */
export function useAct<A extends VisitAction>(
  number: string,
  action: A,
  then?: (state: VisitState) => void,
  shared?: Opened,
): Sender<ActionBody<A>, VisitState> {
  const house = useHouse();
  const client = useQueryClient();
  const key = visitQuery(number, house.code).queryKey;
  const { current: own } = useRef<Opened>({ etag: undefined, asked: undefined });
  const opened = shared ?? own;
  opened.etag ??= client.getQueryData(key)?.etag;
  const sender = useSend<ActionBody<A>, VisitState>(
    async (body, idempotency) => {
      await opened.asked;
      try {
        return await act(number, action, body, { key: idempotency, etag: opened.etag });
      } catch (error) {
        await client.refetchQueries({ queryKey: key });
        opened.etag = client.getQueryData(key)?.etag;
        throw error;
      }
    },
    (state) => {
      opened.etag = shared && state.etag;
      then?.(state);
    },
  );
  return sender;
}
