import type { VisitView } from "../tally";

/** What a dialog that does something to a visit is given. */
export interface ActDialogProps {
  view: VisitView;
  onClose: () => void;
}
