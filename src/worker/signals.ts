/** What a shell makes of a program that was ended by Ctrl-C. */
export const interrupted = 130;

/**
 * The first Ctrl-C and the second each interrupt once. The third leaves all as it is, for whoever starts the next supervisor. A terminal that
 * goes away is not there to ask twice. Gives what takes the listeners away.
 */
export const onSignals = (interrupt: () => void): (() => void) => {
  let times = 0;
  const once = (): void => {
    times += 1;
    if (times > 2) process.exit(interrupted);
    interrupt();
  };
  const hangUp = (): void => {
    while (times < 2) once();
  };
  process.on('SIGINT', once);
  process.on('SIGTERM', once);
  process.on('SIGHUP', hangUp);
  return () => {
    process.off('SIGINT', once);
    process.off('SIGTERM', once);
    process.off('SIGHUP', hangUp);
  };
};
