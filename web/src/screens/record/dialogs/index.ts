/** What can be done to a visit from its record, each in a dialog of its own. */
export type { ActDialogProps } from "./act";
export { CancelDialog } from "./cancel";
export { ChangeDialog, EarlyDialog, ExtendDialog } from "./dates";
export { DoubleDialog } from "./double";
export { HoursDialog } from "./hours";
export { KeysDialog } from "./keys";
export { ChargeDialog, PayDialog } from "./money";
export { RoomPick, useRoomChoices } from "./pick";
export { AssignDialog, MoveDialog } from "./room";
export { TraceDialog } from "./trace";
export { UndoDialog, type Undone } from "./undo";
