import { CommanderError } from 'commander';
import type { Command as Program } from 'commander';
import { operations } from '../operations/index.ts';
import type { Operation } from '../operations/operation.ts';
import { addExtras } from './extras.ts';
import { buildProgram, exitMeanings, usage } from './program.ts';
import { failureOf } from './report.ts';
import type { Prefix } from './speak.ts';
import { version } from './version.ts';

const exitOf = (error: unknown, json: boolean, named: Prefix): number => {
  if (error instanceof CommanderError) return exitOfUsage(error, json);
  const failure = failureOf(error, operations, named);
  if (json) process.stdout.write(`${JSON.stringify(failure.json)}\n`);
  else process.stderr.write(`${failure.text}\n`);
  return failure.exit;
};

/** commander has printed its own message for people. */
const exitOfUsage = ({ exitCode, message }: CommanderError, json: boolean): number => {
  if (exitCode === 0) return 0;
  const [said = '', near = 'Add --help for what is allowed.'] = message.split('\n');
  const error = { code: 'INVALID', message: said.replace(/^error: /, ''), hint: near };
  if (json) process.stdout.write(`${JSON.stringify({ ok: false, error })}\n`);
  return usage;
};

const exitHelp = (): string => {
  const lines = exitMeanings().map(([code, names]) => `  ${String(code).padStart(3)}  ${names}`);
  return ['', 'Exit codes:', ...lines].join('\n');
};

/** Without a command, whatever the options: the status. */
const withCommand = (program: Program, argv: readonly string[]): readonly string[] => {
  const { operands, unknown } = program.parseOptions([...argv]);
  return operands.length + unknown.length === 0 ? [...argv, 'status'] : argv;
};

/** The operations that the words may call: making the commands of all others would cost a tenth of a short command's time. */
const called = (argv: readonly string[]): readonly Operation[] => {
  const wanted = argv.length === 0 ? ['status'] : argv;
  const found = operations.filter(({ commands }) =>
    commands.some(({ path }) => wanted.includes(path.split(' ')[0] ?? '')),
  );
  return found.length > 0 && !argv.includes('help') ? found : operations;
};

export const main = async (argv: readonly string[]): Promise<void> => {
  // A reader that closes early, such as head, ends the program quietly.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  const program = buildProgram(called(argv), operations, (code) => (process.exitCode = code));
  try {
    addExtras(program, operations);
    program.addHelpText('after', exitHelp);
    if (argv[0] === '-V' || argv[0] === '--version') process.stdout.write(`${version()}\n`);
    else await program.parseAsync([...withCommand(program, argv)], { from: 'user' });
  } catch (error) {
    process.exitCode = exitOf(error, argv.includes('--json'), program.opts<Prefix>());
  }
};

void main(process.argv.slice(2));
