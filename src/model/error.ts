/** The closed list of refusals, each with the exit code the CLI ends with. */
export const exitCodes = {
  NOT_FOUND: 3,
  CONFLICT: 4,
  CLAIM_LOST: 4,
  CLAIM_HELD: 4,
  NOT_ALLOWED: 1,
  INVALID: 5,
  NOT_READY: 6,
  BUDGET: 7,
  TIMEOUT: 124,
  NO_STORE: 3,
  FORMAT_NEWER: 1,
  STORAGE: 1,
  INTERNAL: 1,
} as const;

export type ErrorCode = keyof typeof exitCodes;

/** A call of an operation, as data: each front end writes it in its own words. */
export type Call = {
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
};

/** One broken rule of an input: where, what was expected, what stood there. */
export type Violation = { readonly path: string; readonly expected: string; readonly got: string };

export type ErrorParts = {
  /** What is allowed now, in a sentence. */
  readonly hint?: string;
  /** One call that works as written. */
  readonly next?: Call | string;
  readonly violations?: readonly Violation[];
  /** The violations are worded by a schema that an agent wrote. */
  readonly quoted?: true;
  readonly cause?: unknown;
};

/**
 * A refusal: nothing was written, unless the message says otherwise. The message says what was wrong and with which value, `hint` what is
 * allowed now, `next` the next safe call. Anything thrown that is no ConcordError is a bug.
 */
export class ConcordError extends Error {
  override readonly name = 'ConcordError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly next: Call | string | undefined;
  readonly violations: readonly Violation[];
  readonly quoted: boolean;

  constructor(code: ErrorCode, message: string, parts: ErrorParts = {}) {
    super(message, parts.cause === undefined ? undefined : { cause: parts.cause });
    this.code = code;
    this.hint = parts.hint;
    this.next = parts.next;
    this.violations = parts.violations ?? [];
    this.quoted = parts.quoted ?? false;
  }
}

export const invalid = (
  path: string,
  expected: string,
  got: string,
  parts: ErrorParts = {},
): ConcordError =>
  new ConcordError('INVALID', `${path} must be ${expected}; got ${got}.`, {
    violations: [{ path, expected, got }],
    ...parts,
  });
