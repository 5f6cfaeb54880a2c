import { expect, test } from 'vitest';
import type { Event } from '../../src/model/event.ts';
import type { View } from '../../src/model/view.ts';
import { registerType } from '../../src/model/type.ts';
import type { RegisterRequest } from '../../src/model/type.ts';
import { given, time } from '../helpers/given.ts';

const schema = { type: 'object', required: ['steps'] };

const registering =
  (parts: Partial<RegisterRequest> = {}) =>
  (view: View): readonly Event[] =>
    registerType(view, { type: 'plan', schema, agent: 'ann', time, ...parts }, [
      'document',
      'review',
    ]);

const registered = given()
  .when(registering({ description: 'A plan.' }))
  .events();

test('a new type is version 1, and its publisher is registered', () => {
  given().when(registering()).gives('agent-registered ann', 'type-registered plan@1');
  expect(registered[1]).toEqual({
    type: 'type-registered',
    registered: {
      type: 'plan',
      version: 1,
      publisher: 'ann',
      time,
      description: 'A plan.',
      schema,
    },
  });
});

test('another schema is the next version', () => {
  given(...registered)
    .when(registering({ schema: { type: 'object' } }))
    .gives('type-registered plan@2');
});

test('another description is the next version', () => {
  given(...registered)
    .when(registering({ description: 'The plan.' }))
    .gives('type-registered plan@2');
});

test('the same again is nothing, whatever the order of keys, by whoever, whenever', () => {
  const turned = { required: ['steps'], type: 'object' };
  const same = {
    schema: turned,
    description: 'A plan.',
    agent: 'bob',
    time: '2031-01-01T00:00:00Z',
  };
  given(...registered)
    .when(registering(same))
    .gives();
});

test('the same as an earlier version is a new version', () => {
  const second = given(...registered)
    .when(registering())
    .events();
  given(...registered, ...second)
    .when(registering({ description: 'A plan.' }))
    .gives('type-registered plan@3');
});

test('a shipped type is refused', () => {
  const error = given()
    .when(registering({ type: 'document' }))
    .refuses('INVALID', /"document", which Concord ships/);
  expect(error.hint).toBe('Shipped: document, review.');
});

test('a bad name is refused', () => {
  given()
    .when(registering({ type: 'My Plan' }))
    .refuses('INVALID', /type must be one/);
  given()
    .when(registering({ agent: 'Ann Lee' }))
    .refuses('INVALID', /agent must be one/);
});
