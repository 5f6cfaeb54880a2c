// The artifact that is published everywhere: about 1 KB, as agents write them.

const sentence = 'The endpoint answers with the token, its expiry and the scopes it was given. ';

export const bodyOf = (token) => `${token} ${sentence.repeat(11)}`.trim();

/** The arguments of a publish. */
export const publishInput = (id, token, derivedFrom) => ({
  artifactId: id,
  artifactType: 'document',
  data: { title: `Notes ${token}`, body: bodyOf(token) },
  summary: `State ${token} of the notes.`,
  tags: ['bench', 'notes'],
  ...(derivedFrom && { derivedFrom }),
});

export const itemId = (number) => `item-${String(number).padStart(6, '0')}`;
