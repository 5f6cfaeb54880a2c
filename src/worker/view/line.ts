import { oneLine } from '../../model/text.ts';
import type { Phase, WorkerEvent } from '../state.ts';
import { endingText, name, timeOfDay } from './words.ts';

const phases: Readonly<Record<Phase, string>> = {
  working: 'working',
  stopping: 'nothing new is started; what runs is waited for',
  stopped: 'stopping what runs and releasing it',
};

const said = (event: WorkerEvent): string => {
  switch (event.type) {
    case 'started': {
      const { agent, contract, attempt } = event.run;
      const which = attempt > 1 ? ` (attempt ${attempt})` : '';
      return `${name(agent)} started ${name(contract, 200)}${which}`;
    }
    case 'ended': {
      const { agent, contract } = event.ending;
      return `${name(agent)} ended ${name(contract, 200)}: ${endingText(event.ending)}`;
    }
    case 'phase':
      return phases[event.phase];
    case 'note':
      return oneLine(event.text, 500);
  }
};

/** What happened, as one line for a pipe or a log: "12:04:31 api-dev started build-api (attempt 2)". */
export const lineOf = (event: WorkerEvent): string => `${timeOfDay(event.at)} ${said(event)}`;
