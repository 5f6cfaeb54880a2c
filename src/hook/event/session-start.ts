import { statusWord } from '../../model/contract/status.ts';
import { printable } from '../../model/text.ts';
import { toolSpeak } from '../../operations/guide/speak.ts';
import { newsFor, noteTold } from '../../operations/inbox/news.ts';
import { invoke } from '../../operations/invoke.ts';
import type { Context } from '../../operations/operation.ts';
import { teamBrief } from '../../operations/team/brief.ts';
import type { BriefOutput } from '../../operations/team/brief-output.ts';
import type { Answer } from '../happening.ts';
import type { Here } from '../here.ts';

/** Clients put longer texts into a file. */
const longest = 9_500;

/** Whether somebody gave the session, or all sessions here, a name. */
const isNamed = async ({ session }: Here, context: Context): Promise<boolean> =>
  Boolean(process.env['CONCORD_AGENT']) ||
  session.name() !== undefined ||
  (await context.store()).repository.config.get('concord.agent') !== undefined;

const short = ({ team }: BriefOutput): string => {
  const counts = Object.entries(team.counts).map(
    ([status, n]) => `${n} ${statusWord(status as Parameters<typeof statusWord>[0])}`,
  );
  const contracts = counts.length === 0 ? 'no contracts yet' : `contracts: ${counts.join(', ')}`;
  return `Concord keeps the work of a team in this repository (${contracts}). The tool team_brief tells more.`;
};

const capped = (text: string): string => {
  const safe = printable(text);
  if (safe.length <= longest) return safe;
  return `${safe.slice(0, Math.max(safe.lastIndexOf('\n', longest), longest - 800))}\n(cut here: team_brief tells the rest)`;
};

/** What a session has to know to begin, or to go on after its history was shortened: facts only. */
export const sessionStart = async (here: Here): Promise<Answer | undefined> => {
  const context = here.context();
  const brief = (await invoke(teamBrief, {}, context)) as BriefOutput;
  if (!(await isNamed(here, context))) return { context: short(brief) };
  const news = brief.unread > 0 ? await newsFor(context) : undefined;
  if (news) noteTold(here.session, news);
  const text = teamBrief.render(brief, toolSpeak(Date.now()), {});
  return { context: `Concord:\n${capped(text)}`, title: brief.agent };
};
