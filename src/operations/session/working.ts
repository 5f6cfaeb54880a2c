import type { Session } from './session.ts';

const note = 'work';

/** What the session said itself, else what it was started for. */
export const isWorking = (
  session: Pick<Session, 'notes'>,
  environment: Readonly<Record<string, string | undefined>>,
): boolean => {
  const said = session.notes.read(note)?.['on'];
  return typeof said === 'boolean' ? said : environment['CONCORD_WORK'] === '1';
};

export const setWorking = (session: Pick<Session, 'notes'>, on: boolean): void =>
  session.notes.write(note, { on });
