/** Whether somebody is at this machine: what a page asks by itself while nobody is does not keep a session alive. */

/** How long somebody counts as being here after the last touch, milliseconds. */
const HERE = 60_000;
let touched = Date.now();

for (const name of ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"] as const)
  globalThis.addEventListener?.(
    name,
    () => {
      touched = Date.now();
    },
    { passive: true, capture: true },
  );

export const isAttended = (now = Date.now()): boolean => now - touched < HERE;
