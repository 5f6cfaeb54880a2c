import { parseDocument, stringify } from 'yaml';
import { ConcordError, invalid } from '../model/error.ts';
import { checkJson } from '../model/json.ts';
import type { Json } from '../model/json.ts';
import { oneLine } from '../model/text.ts';

/** A YAML text of more bytes is refused before it is parsed: parsing blocks, 100 KB for about 70 ms. */
export const yamlBytes = 256 * 1024;

/** Block style, keys in the order given, no anchors, no folding: a diff shows exactly what changed. */
export const toYaml = (value: unknown): string =>
  stringify(value, { aliasDuplicateObjects: false, lineWidth: 0, schema: 'core', version: '1.2' });

/**
 * Plain JSON from YAML 1.2, core schema. Aliases, tags, directives, double keys and a second document are refused, and so is whatever
 * `checkJson` refuses. `field` names the text in a refusal.
 */
export const fromYaml = (text: string, field: string): Json => {
  if (Buffer.byteLength(text) > yamlBytes) {
    throw invalid(
      field,
      `at most ${yamlBytes / 1024} KiB of YAML`,
      `${Math.ceil(Buffer.byteLength(text) / 1024)} KiB`,
    );
  }
  const document = parseDocument(text, {
    schema: 'core',
    version: '1.2',
    logLevel: 'silent',
    prettyErrors: true,
  });
  const problem = document.errors[0] ?? document.warnings[0];
  if (problem) throw notYaml(field, problem.message);
  if (document.directives?.yaml.explicit) throw notYaml(field, 'a %YAML directive is not allowed');
  return checkJson(toPlain(document, field), field);
};

const toPlain = (document: ReturnType<typeof parseDocument>, field: string): unknown => {
  try {
    return document.toJS({ maxAliasCount: 0 });
  } catch (error) {
    throw notYaml(
      field,
      error instanceof ReferenceError
        ? 'aliases (*name) are not allowed; write the value out'
        : String(error),
    );
  }
};

const notYaml = (field: string, why: string): ConcordError =>
  new ConcordError('INVALID', `${field} cannot be read as YAML: ${oneLine(why, 300)}`, {
    hint: 'Plain YAML 1.2 without anchors, aliases, tags or directives; JSON works too.',
  });
