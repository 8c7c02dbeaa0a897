/** The mark of Hefu: two halves of a tally. */
export function Mark() {
  return (
    <span className="mark" aria-hidden="true">
      <svg width="14" height="14" viewBox="0 0 16 16" aria-hidden="true">
        <path d="M1 1h6.400v4.200l1.800 2.600-1.800 2.600V15H1z" fill="currentColor" />
        <path d="M9.400 1H15v14H9.400v-4.200l1.800-2.600-1.800-2.600z" fill="currentColor" />
      </svg>
    </span>
  );
}
