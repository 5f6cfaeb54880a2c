import { invalid } from './error.ts';
import type { Attachment } from './event.ts';
import { shown } from './text.ts';

export const attachmentLimits = {
  files: 20,
  bytes: 4 * 1024 * 1024,
  total: 16 * 1024 * 1024,
} as const;

const fileName = /^[A-Za-z0-9]([A-Za-z0-9._+-]*[A-Za-z0-9])?$/;

/** Attachments in order of name; throws INVALID for a bad or double name, or beyond the limits. */
export const checkAttachments = (attachments: readonly Attachment[]): readonly Attachment[] => {
  if (attachments.length > attachmentLimits.files) {
    throw invalid('attach', `at most ${attachmentLimits.files} files`, String(attachments.length));
  }
  const names = new Set<string>();
  let total = 0;
  for (const { name, bytes } of attachments) {
    if (name.length > 100 || !fileName.test(name) || name.includes('..')) {
      throw invalid(
        'attach',
        'a file name of letters, digits, ".", "_", "+" or "-", at most 100 characters',
        shown(name),
      );
    }
    if (names.has(name.toLowerCase()))
      throw invalid('attach', 'files of different names', `two called ${shown(name)}`);
    names.add(name.toLowerCase());
    total += bytes.byteLength;
    if (bytes.byteLength > attachmentLimits.bytes)
      throw invalid('attach', 'files of at most 4 MiB', `${name} of ${bytes.byteLength} bytes`);
  }
  if (total > attachmentLimits.total)
    throw invalid('attach', 'at most 16 MiB in all', `${total} bytes`);
  return attachments.toSorted((a, b) => (a.name < b.name ? -1 : 1));
};
