/** From which age a guest is asked for somebody to call. */
const ELDER = 65;

/** How old somebody is on a date, in years; `undefined` where the birth is not known. */
export function ageOn(birth: string | undefined, date: string): number | undefined {
  if (birth === undefined || !/^\d{4}-\d{2}-\d{2}$/.test(birth)) return undefined;
  const years = Number(date.slice(0, 4)) - Number(birth.slice(0, 4));
  return date.slice(5) < birth.slice(5) ? years - 1 : years;
}

/** The age of somebody who is to be asked for an emergency contact. */
export function elderOn(birth: string | undefined, date: string): number | undefined {
  const age = ageOn(birth, date);
  return age !== undefined && age >= ELDER ? age : undefined;
}
