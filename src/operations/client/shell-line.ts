const plain = /^[\w./:@%+=,-]+$/;

/** Words as a POSIX shell reads them again: for clients that take a command as one line. */
export const shellLine = (words: readonly string[]): string =>
  words
    .map((word) => (plain.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`))
    .join(' ');
