/** What two people made of the same fields. */
export interface Met<N extends string> {
  /** What stands in the form now: mine, and theirs where I changed nothing. */
  values: Record<N, string>;
  /** Fields that both changed, to different things: mine stands in the form until somebody chooses. */
  both: N[];
  /** Fields that only they changed. */
  taken: N[];
}

/** Brings together what was there when a form opened, what I made of it, and what somebody else saved meanwhile. */
export function meet<N extends string>(
  was: Readonly<Record<N, string>>,
  mine: Readonly<Record<N, string>>,
  theirs: Readonly<Record<N, string>>,
): Met<N> {
  const values = new Map(Object.entries(mine) as [N, string][]);
  const both: N[] = [];
  const taken: N[] = [];
  for (const name of Object.keys(mine) as N[]) {
    if (theirs[name] === was[name] || theirs[name] === mine[name]) continue;
    if (mine[name] === was[name]) {
      values.set(name, theirs[name]);
      taken.push(name);
    } else both.push(name);
  }
  return { values: Object.fromEntries(values) as Record<N, string>, both, taken };
}

/** The same of a list: theirs, with what I added and without what I took away. */
export function meetList<T>(was: readonly T[], mine: readonly T[], theirs: readonly T[], key: (one: T) => string): T[] {
  const has = (all: readonly T[], one: T) => all.some((other) => key(other) === key(one));
  const kept = theirs.filter((one) => has(mine, one) || !has(was, one));
  return [...kept, ...mine.filter((one) => !has(was, one) && !has(kept, one))];
}
