import { FileUp } from "lucide-react";
import type { ReactNode } from "react";
import { DropZone, FileTrigger, ProgressBar, Text } from "react-aria-components";
import { Button } from "./index";
import "./drop.css";

interface FileDropProps {
  /** What is to be dropped here. */
  title: string;
  note: ReactNode;
  /** What the button says that opens the files of this machine. */
  choose: string;
  /** Endings of the files that are offered there, as `.csv`. */
  endings?: readonly string[] | undefined;
  onFile: (file: File) => void;
  disabled?: boolean;
}

/** A place to drop a file, or to choose one; with the keyboard a file can be pasted into it too. */
export function FileDrop({ title, note, choose, endings, onFile, disabled }: FileDropProps) {
  return (
    <DropZone
      className="drop"
      isDisabled={disabled ?? false}
      onDrop={(event) => {
        const item = event.items.find((one) => one.kind === "file");
        if (item?.kind === "file") void item.getFile().then(onFile);
      }}
    >
      <FileUp size={20} aria-hidden="true" />
      <Text slot="label">{title}</Text>
      <p>{note}</p>
      <FileTrigger
        {...(endings ? { acceptedFileTypes: endings } : {})}
        onSelect={(files) => {
          const file = files?.[0];
          if (file) onFile(file);
        }}
      >
        <Button isDisabled={disabled ?? false}>{choose}</Button>
      </FileTrigger>
    </DropZone>
  );
}

/** How far something long is; without an end that is known it only says that it goes on. */
export function Progress({ label, done, all }: { label: string; done: number; all: number | undefined }) {
  return (
    <ProgressBar
      className="progress"
      aria-label={label}
      value={done}
      maxValue={all ?? 1}
      isIndeterminate={all === undefined}
    >
      {({ percentage, isIndeterminate }) => (
        <span className="progress-bar" data-endless={isIndeterminate || undefined}>
          <i style={{ width: `${isIndeterminate ? 30 : (percentage ?? 0)}%` }} />
        </span>
      )}
    </ProgressBar>
  );
}
