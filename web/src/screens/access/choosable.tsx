import type { ReactNode } from "react";
import { Button } from "../../kit";

/** The first cell of a row that can be chosen. */
export function Choosable({
  chosen,
  onChoose,
  children,
}: {
  chosen: boolean;
  onChoose: () => void;
  children: ReactNode;
}) {
  return (
    <Button look="link" aria-pressed={chosen} onPress={onChoose}>
      <b>{children}</b>
    </Button>
  );
}
