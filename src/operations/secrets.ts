import { secretIn, secretRefused, secretsOf } from '../model/secret.ts';
import { shown } from '../model/text.ts';
import type { Context } from './operation.ts';

type Insisting = Pick<Context, 'secretsAllowed'>;

/** Refuses an input of a call that writes, where it holds what looks like a secret and nobody insists. */
export const checkSecrets = async (input: object, context: Insisting): Promise<void> => {
  const found = secretsOf(input, '');
  if (found.length > 0 && !(await context.secretsAllowed())) throw secretRefused(found);
};

/** The same for a file that is to be written; the bytes themselves otherwise. */
export const withoutSecrets = async (
  bytes: Buffer,
  path: string,
  context: Insisting,
): Promise<Buffer> => {
  const found = secretIn(bytes.toString('latin1'));
  if (found && !(await context.secretsAllowed()))
    throw secretRefused([
      { kind: found.kind, path: `The file ${shown(path)}, line ${found.line},` },
    ]);
  return bytes;
};
