import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { found, put, take } from '../../../src/operations/client/edit.ts';
import { block, element, value } from '../../../src/operations/client/entry.ts';
import { Unfit } from '../../../src/operations/client/unfit.ts';
import { standsAt } from '../../../src/operations/client/edit-json.ts';

const server = value(['mcpServers', 'concord'], { command: 'concord', args: ['mcp'] }, 'server');
const hook = element(['hooks', 'Stop'], { hooks: [{ command: 'concord hook stop' }] }, 'hook Stop');
const entries = [server, hook];
const none = { ours: [], before: undefined };

const json = (text: string, wanted = entries) => put(text, 'json', wanted, none).text;

describe('JSON', () => {
  test.each([
    ['nothing', ''],
    ['white space', '\n'],
    ['an empty object', '{}'],
    ['comments', '// mine\n{\n  // yours\n  "a": 1, // last\n}\n'],
    ['tabs', '{\n\t"a": {\n\t\t"b": [1, 2]\n\t}\n}\n'],
    ['CRLF', '{\r\n    "a": 1\r\n}\r\n'],
    ['no final newline', '{"a":1}'],
    ['a mark of byte order', '\uFEFF{\n  "a": 1\n}\n'],
    [
      'own servers and hooks',
      '{"mcpServers":{"x":{"command":"x"}},"hooks":{"Stop":[{"hooks":[]}]}}',
    ],
    ['empty places', '{\n  "mcpServers": {},\n  "hooks": {\n    "Stop": []\n  }\n}\n'],
  ])('entries go into a file with %s, and out again', (_, before) => {
    const after = json(before);
    expect(found(after, 'json', entries)).toEqual(entries);
    expect(json(after)).toBe(after);
    const back = take(after, 'json', { ours: entries, before });
    expect(found(back, 'json', entries)).toEqual([]);
    // Comments and everything of the user's are where they were.
    expect(back.replace(/\s/g, '').replace(/^\{\}$/, '')).toBe(
      before.replace(/\s/g, '').replace(/^\{\}$/, ''),
    );
  });

  test('the form of the file is kept', () => {
    expect(json('{\r\n\t"a": 1\r\n}\r\n')).toMatch(
      /^\{\r\n\t"a": 1,\r\n\t"mcpServers": \{\r\n\t\t/,
    );
    expect(json('{\n    "a": 1\n}')).toMatch(/^\{\n {4}"a": 1,\n {4}"mcpServers": \{\n {8}"/);
    expect(json('\uFEFF{}')).toMatch(/^\uFEFF\{/);
  });

  test('what stands there of the user stays', () => {
    const own =
      '{"mcpServers":{"concord":{"command":"concord","args":["mcp","--profile","full"]}}}';
    const { text, kept } = put(own, 'json', [server], none);
    expect({ text, kept }).toEqual({ text: own, kept: [server] });
    expect(standsAt(own, server)).toContain('--profile');
  });

  test.each([
    ['{"command":"/old/node","args":["/old/lib/bin/concord.js","mcp"]}'],
    ['{"command":"git-concord","args":["mcp"]}'],
  ])('the server of another installation is ours: %s', (old) => {
    const { text, kept } = put(`{"mcpServers":{"concord":${old}}}`, 'json', [server], none);
    expect(kept).toEqual([]);
    expect(found(text, 'json', [server])).toEqual([server]);
  });

  test('a hook of another installation is replaced, not doubled', () => {
    const old = "'/opt/my node' /old/bin/concord.js hook stop";
    const text = json(JSON.stringify({ hooks: { Stop: [{ hooks: [{ command: old }] }] } }), [hook]);
    expect(JSON.parse(text)).toEqual({ hooks: { Stop: [hook.value] } });
  });

  test('a hook of somebody else beside ours stays', () => {
    const own = { hooks: { Stop: [{ hooks: [{ command: 'say done' }] }] } };
    expect(JSON.parse(json(JSON.stringify(own), [hook]))).toEqual({
      hooks: { Stop: [own.hooks.Stop[0], hook.value] },
    });
  });

  test('what we put there before and do not want any more goes', () => {
    const old = element(['hooks', 'Gone'], { hooks: [{ command: 'concord hook gone' }] }, 'hook');
    const before = '{"a":1}';
    const first = put(before, 'json', [old, server], none).text;
    const { text } = put(first, 'json', [hook], { ours: [old, server], before });
    expect(JSON.parse(text)).toEqual({ a: 1, hooks: { Stop: [hook.value] } });
  });

  test.each([
    ['[1]', 'must hold an object, not a list'],
    ['"text"', 'must hold an object, not a string'],
    ['{"a":', 'cannot be read as JSON'],
    ['{"a":1} x', 'cannot be read as JSON'],
    ['{"mcpServers":[]}', 'must hold an object at mcpServers, not a list'],
    ['{"hooks":{"Stop":{}}}', 'must hold a list at hooks.Stop, not a object'],
    ['{"hooks":"none"}', 'must hold an object at hooks, not a string'],
  ])('%s is refused', (text, why) => {
    expect(() => json(text)).toThrow(why);
  });

  test('a refusal says in which line', () => {
    expect(() => json('{\n  "a": 1,\n  "b" 2\n}\n')).toThrow(expect.objectContaining({ line: 3 }));
  });
});

/** Objects as somebody may have written them, also with things where ours would go. */
const anyObject = fc.dictionary(
  fc.oneof(fc.string(), fc.constantFrom('mcpServers', 'hooks', 'a')),
  fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.dictionary(fc.constantFrom('Stop', 'concord', 'x'), fc.array(fc.jsonValue({ maxDepth: 1 }))),
  ),
);

test('any object comes back, however it is written, or is refused as a whole', () => {
  fc.assert(
    fc.property(anyObject, fc.constantFrom(undefined, 2, 4, '\t'), (given, indent) => {
      const before = JSON.stringify(given, undefined, indent);
      let after: string;
      try {
        after = json(before);
      } catch (error) {
        expect(error).toBeInstanceOf(Unfit);
        return;
      }
      expect(json(after)).toBe(after);
      const ours = entries.filter((entry) => found(before, 'json', [entry]).length === 0);
      const back = take(after, 'json', { ours: found(after, 'json', ours), before });
      expect(JSON.stringify(JSON.parse(back))).toBe(JSON.stringify(JSON.parse(before)));
    }),
    { numRuns: 200 },
  );
});

describe('blocks', () => {
  const text = block('one\ntwo', 'instructions');

  test.each([
    ['nothing', ''],
    ['a text', '# Title\n\nText.\n'],
    ['CRLF', '# Title\r\n\r\nText.\r\n'],
    ['mixed line ends', '# Title\r\n\nText.\n'],
  ])('a block goes into a file with %s, and out again', (_, before) => {
    const after = put(before, 'markdown', [text], none).text;
    expect(after.startsWith(before)).toBe(true);
    expect(put(after, 'markdown', [text], none).text).toBe(after);
    expect(take(after, 'markdown', { ours: [text], before })).toBe(before);
  });

  test('what stands around the block stays when it changes', () => {
    const first = put('above\n', 'markdown', [text], none).text + 'below\n';
    const next = put(first, 'markdown', [block('three', 'instructions')], none).text;
    expect(next).toBe('above\n\n<!-- concord:begin -->\nthree\n<!-- concord:end -->\nbelow\n');
    expect(take(next, 'markdown', { ours: [], before: undefined })).toBe('above\nbelow\n');
  });

  test('a last line without an end gets one', () => {
    expect(put('last', 'markdown', [text], none).text).toMatch(/^last\n\n<!-- concord:begin/);
  });

  test.each([
    ['<!-- concord:begin -->\ntext\n'],
    ['<!-- concord:end -->\n<!-- concord:begin -->\n'],
    ['<!-- concord:begin -->\n<!-- concord:end -->\n'.repeat(2)],
  ])('marks that make no sense are refused: %j', (given) => {
    expect(() => put(given, 'markdown', [text], none)).toThrow('once each');
    expect(() => take(given, 'markdown', { ours: [text], before: '' })).toThrow('once each');
  });

  test.each([
    ['[mcp_servers.concord]\ncommand = "mine"\n'],
    ['[ mcp_servers . "concord" ]\n'],
    ['mcp_servers.concord.command = "mine"\n'],
    ['[mcp_servers.concord.env]\nA = "1"\n'],
  ])('a server of the user in TOML is kept: %j', (given) => {
    expect(put(given, 'toml', [text], none)).toEqual({ text: given, kept: [text] });
  });

  test('our own server in TOML is no other', () => {
    const ours = block('[mcp_servers.concord]\ncommand = "concord"', 'server');
    const after = put('model = "x"\n', 'toml', [ours], none).text;
    expect(put(after, 'toml', [ours], none)).toEqual({ text: after, kept: [] });
  });

  test.each([
    [
      'the first mark',
      '[mcp_servers.concord]\ncommand = "concord"\nargs = ["mcp", "x"]\n\n[mcp_servers.y]\na = 1\n# concord:end\n',
    ],
    [
      'both marks',
      '[mcp_servers.y]\na = 1\n\n[mcp_servers.concord]\ncommand = "concord"\nargs = [ "mcp", "x" ]',
    ],
  ])('a client that loses %s of ours does not make our server its own', (_, given) => {
    const ours = block('[mcp_servers.concord]\ncommand = "concord"\nargs = ["mcp","x"]', 'server');
    const { text: after, kept } = put(given, 'toml', [ours], none);
    expect({ kept, found: found(after, 'toml', [ours]) }).toEqual({ kept: [], found: [ours] });
    const back = take(given, 'toml', { ours: [ours], before: undefined });
    expect(back).toContain('[mcp_servers.y]\na = 1\n');
    expect(back).not.toContain('concord');
  });

  test('lines of several owners have an order of their own', () => {
    const lines = [block('/b', 'line'), block('/a', 'line'), block('/b', 'line')];
    expect(put('*.o\n', 'exclude', lines, none).text).toBe(
      '*.o\n# concord:begin\n/a\n/b\n# concord:end\n',
    );
  });
});
