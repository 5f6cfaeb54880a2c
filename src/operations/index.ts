import { agentList } from './agent/list.ts';
import { artifactGet } from './artifact/get.ts';
import { artifactList } from './artifact/list.ts';
import { artifactPublish } from './artifact/publish.ts';
import { lineageTrace } from './lineage/trace.ts';
import type { Operation } from './operation.ts';
import { doctor } from './store/doctor.ts';
import { init } from './store/init.ts';
import { show } from './store/show.ts';
import { teamStatus } from './store/status.ts';
import { typeList } from './type/list.ts';
import { typeRegister } from './type/register.ts';
import { typeShow } from './type/show.ts';

/** Every operation, in the order in which help and tool lists show them. */
export const operations: readonly Operation[] = [
  init,
  teamStatus,
  artifactPublish,
  artifactGet,
  show,
  artifactList,
  lineageTrace,
  typeList,
  typeShow,
  typeRegister,
  agentList,
  doctor,
];
