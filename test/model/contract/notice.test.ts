import { describe, expect, test } from 'vitest';
import { messageLimits } from '../../../src/model/send.ts';
import { emptyView, expects, needs, refusal, Team, time } from '../../helpers/given.ts';

const led = (): Team =>
  new Team({ ...emptyView, settings: () => ({ format: 1, created: time, lead: 'lena' }) });

describe('of a contract that', () => {
  test('is made, the lead gets a copy, and for whom it is hears that it is ready', () => {
    const team = led();
    expect(
      team.as('ann').create({ id: 'a', assignee: 'bob' }, { id: 'b' }, { id: 'c', ...needs('b') })
        .told,
    ).toEqual([
      'lena contract-created a (copy)',
      'lena contract-created b (copy)',
      'lena contract-created c (copy)',
      'bob contract-ready a',
      '* contract-ready b',
    ]);
  });

  test('is for the lead, the lead hears once', () => {
    expect(led().as('ann').create({ id: 'a', assignee: 'lena' }).told).toEqual([
      'lena contract-ready a',
    ]);
  });

  test('becomes ready by one’s own doing, one is told nevertheless', () => {
    const team = new Team();
    team.as('ann').create({ id: 'a' }, { id: 'b', assignee: 'bob', ...needs('a') });
    expect(team.as('bob').complete('a').told).toEqual([
      'ann contract-completed a',
      'bob contract-ready b',
    ]);
  });

  test('is done or given up by its own assigner, nobody is told', () => {
    const team = new Team();
    team.as('ann').create({ id: 'a' }, { id: 'b', maxAttempts: 1 });
    expect(team.as('ann').complete('a').told).toEqual([]);
    team.as('ann').claim('b');
    expect(team.as('ann').fail('b').told).toEqual([]);
  });

  test('fails for good, the assigner and copies to the lead and to whoever gave what waits for it', () => {
    const team = led();
    team.as('ann').create({ id: 'a', maxAttempts: 1 });
    team.as('dave').create({ id: 'b', ...needs('a') });
    team.as('dave').create({ id: 'c', ...needs('a') });
    team.as('bob').claim('a');
    expect(team.as('bob').fail('a').told).toEqual([
      'ann contract-failed a',
      'dave contract-failed a (copy)',
      'lena contract-failed a (copy)',
    ]);
  });

  test('is reopened, its assigner and who completed it', () => {
    const team = new Team();
    team.as('ann').create({ id: 'a' });
    team.as('bob').complete('a');
    expect(team.as('carol').reopen('a').told).toEqual([
      'ann contract-reopened a',
      'bob contract-reopened a',
      '* contract-ready a',
    ]);
  });

  test('is renewed, released or claimed, nobody', () => {
    const team = led();
    team.as('ann').create({ id: 'a' });
    expect(team.as('bob').claim('a').told).toEqual([]);
    expect(team.as('bob').renew('a').told).toEqual([]);
    expect(team.as('bob').release('a').told).toEqual([]);
  });
});

describe('of a new version', () => {
  const pinning = (ref: string): Team => {
    const team = new Team();
    team.as('ann').publish('x', { data: { n: 1 } });
    team.as('ann').publish('x', { data: { n: 2 } });
    team.as('ann').create({ id: 'a', inputs: { artifacts: [ref] } });
    team.as('bob').claim('a');
    return team;
  };

  test('hears whoever works from an older one', () => {
    expect(
      pinning('x')
        .as('ann')
        .publish('x', { data: { n: 3 } }).told,
    ).toEqual(['bob input-outdated x@3']);
  });

  test('nobody hears whose version has the same content, was an old one on purpose, or is its own', () => {
    expect(
      pinning('x')
        .as('ann')
        .publish('x', { data: { n: 2 } }).told,
    ).toEqual([]);
    expect(
      pinning('x@1')
        .as('ann')
        .publish('x', { data: { n: 3 } }).told,
    ).toEqual([]);
    expect(
      pinning('x')
        .as('bob')
        .publish('x', { data: { n: 3 } }).told,
    ).toEqual([]);
  });

  test('nobody hears who has finished', () => {
    const team = pinning('x');
    team.as('bob').complete('a');
    expect(team.as('ann').publish('x', { data: { n: 3 } }).told).toEqual([]);
  });

  test('a holder of several contracts hears once', () => {
    const team = pinning('x');
    team.as('ann').create({ id: 'b', inputs: { artifacts: ['x'] } });
    team.as('bob').claim('b');
    expect(team.as('ann').publish('x', { data: { n: 3 } }).told).toEqual([
      'bob input-outdated x@3',
    ]);
  });
});

describe('a message', () => {
  const known = (): Team => {
    const team = new Team();
    for (const name of ['ann', 'bob', 'carol']) team.as(name).publish(`by-${name}`);
    team.happened({
      type: 'agent-registered',
      agent: { name: 'tess', role: 'tester', registered: time },
    });
    return team;
  };

  test('goes to an agent, a role or everyone', () => {
    const team = known();
    expect(team.as('ann').send({ to: 'bob', text: 'Hi.' })).toMatchObject({
      lines: ['message-sent bob'],
      told: ['bob message op-5'],
    });
    expect(team.as('ann').send({ to: 'tester', text: 'Hi.' }).lines).toEqual([
      'message-sent tester',
    ]);
    expect(team.as('ann').send({ to: '*', text: 'Hi.' }).lines).toEqual(['message-sent *']);
  });

  test('goes to whoever holds a contract, else to whom it is for, else to who gave it', () => {
    const team = known();
    team.as('ann').create({ id: 'x' }, { id: 'y', assignee: 'carol' });
    team.as('bob').claim('x');
    const to = (id: string, from = 'tess') =>
      team.as(from).send({ to: id, text: 'Hi.' }).lines.at(-1);
    expect(to('x')).toBe('message-sent bob');
    expect(to('x', 'bob')).toBe('message-sent ann');
    expect(to('y')).toBe('message-sent carol');
    team.as('bob').release('x');
    expect(to('x')).toBe('message-sent ann');
  });

  test('to nobody, without text or too long is refused', () => {
    const team = known();
    const error = refusal(() => team.as('ann').send({ to: 'bobb', text: 'Hi.' }));
    expect(error.code).toBe('NOT_FOUND');
    expect(error.message).toMatch(/Did you mean bob\?/);
    for (const what of [
      { text: 'Hi.' },
      { to: 'bob', text: ' ' },
      { to: 'bob', text: 'x'.repeat(4001) },
    ])
      expect(refusal(() => team.as('ann').send(what)).code).toBe('INVALID');
    expect(refusal(() => team.as('ann').send({ replyTo: 'op-99', text: 'Hi.' })).code).toBe(
      'NOT_FOUND',
    );
  });

  test('can be a question, and be replied to', () => {
    const team = known();
    const asked = team.as('ann').send({ to: 'bob', text: 'Which port?', ask: true });
    expect(asked.told).toEqual([`bob question ${asked.op}`]);
    const reply = team.as('bob').send({ replyTo: asked.op, text: '80.' });
    expect(reply.told).toEqual([`ann reply ${reply.op}`]);
    expect(team.view.message(reply.op)).toEqual({
      id: reply.op,
      from: 'bob',
      to: 'ann',
      text: '80.',
      replyTo: asked.op,
      thread: asked.op,
      length: 2,
    });
  });

  test('that goes on from one’s own goes to the same as that', () => {
    const team = known();
    const asked = team.as('ann').send({ to: 'bob', text: 'Which port?' });
    expect(team.as('ann').send({ replyTo: asked.op, text: 'It is urgent.' }).told.join()).toMatch(
      /^bob /,
    );
  });

  test('is one of so many in so many minutes', () => {
    const team = known();
    const send = (): unknown => team.as('ann').send({ to: 'bob', text: 'Hi.' });
    for (let n = 0; n < messageLimits.rate; n += 1) {
      send();
      team.wait(1);
    }
    expect(refusal(send).code).toBe('NOT_ALLOWED');
    team.as('carol').send({ to: 'bob', text: 'Hi.' });
    team.wait(messageLimits.window - messageLimits.rate);
    send();
    expect(refusal(send).code).toBe('NOT_ALLOWED');
    team.wait(1);
    send();
  });

  test('ends an exchange that is too long', () => {
    const team = known();
    let last = team.as('ann').send({ to: 'bob', text: 'Hi.' }).op;
    for (let n = 1; n < messageLimits.thread; n += 1) {
      team.wait(60);
      last = team.as(n % 2 === 0 ? 'ann' : 'bob').send({ replyTo: last, text: 'And?' }).op;
    }
    expect(team.view.message(last)?.length).toBe(messageLimits.thread);
    const error = refusal(() => team.as('ann').send({ replyTo: last, text: 'And?' }));
    expect(error.code).toBe('NOT_ALLOWED');
  });
});

test('staleness tells the holder of every contract in hand that pinned the output of another', () => {
  const team = new Team();
  team
    .as('ann')
    .create({ id: 'a', ...expects('document', { artifactId: 'x' }) }, { id: 'b', ...needs('a') });
  team.as('bob').claim('a');
  team.as('bob').publish('x', { data: { n: 1 } });
  team.as('carol').claim('b');
  expect(team.as('dave').publish('x', { data: { n: 2 } }).told).toEqual([
    'carol input-outdated x@2',
  ]);
  expect(team.status('b')).toBe('in_progress');
});
