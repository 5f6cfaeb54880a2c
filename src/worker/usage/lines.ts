import { StringDecoder } from 'node:string_decoder';

/** A line that is longer is passed over: whoever writes one must not take the supervisor's memory. */
export const longestLine = 16 * 1024 * 1024;

/** Cuts an output that comes in pieces into lines; the last one needs no end. */
export const inLines = (
  take: (line: string) => void,
): { readonly push: (chunk: string | Buffer) => void; readonly end: () => void } => {
  const decoder = new StringDecoder('utf8');
  let parts: string[] = [];
  let length = 0;
  const add = (text: string): void => {
    length += text.length;
    if (length <= longestLine) parts.push(text);
    else parts = [];
  };
  const finish = (): void => {
    if (length > 0 && length <= longestLine) take(parts.join(''));
    parts = [];
    length = 0;
  };
  return {
    push: (chunk) => {
      const pieces = (typeof chunk === 'string' ? chunk : decoder.write(chunk)).split('\n');
      for (const [at, piece] of pieces.entries()) {
        if (at > 0) finish();
        add(piece);
      }
    },
    end: () => {
      add(decoder.end());
      finish();
    },
  };
};
