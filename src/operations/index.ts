import { agentList } from './agent/list.ts';
import { agentRegister } from './agent/register.ts';
import { artifactGet } from './artifact/get.ts';
import { artifactList } from './artifact/list.ts';
import { artifactPublish } from './artifact/publish.ts';
import { budgetRecord } from './budget/record.ts';
import { budgetSet } from './budget/set.ts';
import { budgetShow } from './budget/show.ts';
import { contractClaim } from './contract/claim.ts';
import { contractCreate } from './contract/create.ts';
import { contractGet } from './contract/get.ts';
import { sessionWork } from './session/work.ts';
import { contractPark } from './contract/park.ts';
import { contractUpdate } from './contract/update.ts';
import { decisionList } from './decision/list.ts';
import { decisionRecord } from './decision/record.ts';
import { inboxRead } from './inbox/read.ts';
import { graphShow } from './graph/show.ts';
import { logShow } from './log/show.ts';
import { messageSend } from './message/send.ts';
import { lineageTrace } from './lineage/trace.ts';
import { rollback } from './store/rollback.ts';
import { teamSnapshot } from './team/snapshot.ts';
import { teamReplay } from './team/replay.ts';
import type { Operation } from './operation.ts';
import { doctor } from './store/doctor.ts';
import { eject } from './store/eject.ts';
import { init } from './store/init.ts';
import { show } from './store/show.ts';
import { undo } from './store/undo.ts';
import { pipelineCreate } from './pipeline/create.ts';
import { teamApply } from './team/apply.ts';
import { teamBrief } from './team/brief.ts';
import { teamCompare } from './team/compare.ts';
import { teamStatus } from './team/status.ts';
import { typeList } from './type/list.ts';
import { typeRegister } from './type/register.ts';
import { typeShow } from './type/show.ts';

/** Every operation, in the order in which help and tool lists show them. */
export const operations: readonly Operation[] = [
  init,
  teamStatus,
  teamBrief,
  contractClaim,
  artifactPublish,
  contractUpdate,
  contractPark,
  sessionWork,
  contractCreate,
  contractGet,
  inboxRead,
  messageSend,
  pipelineCreate,
  teamApply,
  teamSnapshot,
  rollback,
  undo,
  teamReplay,
  teamCompare,
  budgetShow,
  budgetSet,
  budgetRecord,
  decisionRecord,
  decisionList,
  artifactGet,
  show,
  artifactList,
  lineageTrace,
  logShow,
  graphShow,
  typeList,
  typeShow,
  typeRegister,
  agentList,
  agentRegister,
  doctor,
  eject,
];

/** The operations by name, with what they take and give. */
export type Operations = {
  readonly init: typeof init;
  readonly team_status: typeof teamStatus;
  readonly team_brief: typeof teamBrief;
  readonly contract_claim: typeof contractClaim;
  readonly contract_update: typeof contractUpdate;
  readonly contract_create: typeof contractCreate;
  readonly contract_get: typeof contractGet;
  readonly inbox_read: typeof inboxRead;
  readonly message_send: typeof messageSend;
  readonly pipeline_create: typeof pipelineCreate;
  readonly team_apply: typeof teamApply;
  readonly team_snapshot: typeof teamSnapshot;
  readonly rollback: typeof rollback;
  readonly undo: typeof undo;
  readonly team_replay: typeof teamReplay;
  readonly team_compare: typeof teamCompare;
  readonly budget_show: typeof budgetShow;
  readonly budget_set: typeof budgetSet;
  readonly budget_record: typeof budgetRecord;
  readonly decision_record: typeof decisionRecord;
  readonly decision_list: typeof decisionList;
  readonly artifact_publish: typeof artifactPublish;
  readonly artifact_get: typeof artifactGet;
  readonly show: typeof show;
  readonly artifact_list: typeof artifactList;
  readonly lineage_trace: typeof lineageTrace;
  readonly log_show: typeof logShow;
  readonly graph_show: typeof graphShow;
  readonly type_list: typeof typeList;
  readonly type_show: typeof typeShow;
  readonly type_register: typeof typeRegister;
  readonly agent_list: typeof agentList;
  readonly agent_register: typeof agentRegister;
  readonly doctor: typeof doctor;
  readonly eject: typeof eject;
};

export type InputOf<N extends keyof Operations> = NonNullable<Operations[N]['types']>['input'];
export type OutputOf<N extends keyof Operations> = NonNullable<Operations[N]['types']>['output'];
