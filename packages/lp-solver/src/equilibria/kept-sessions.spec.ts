import { describe, expect, it } from '@jest/globals';
import { keepSessions } from './kept-sessions.ts';

/** Sessions that say when they are made and released. */
function counted() {
  const log: string[] = [];
  const make = (name: string) => () => {
    log.push(`made ${name}`);
    return Promise.resolve({ dispose: () => Promise.resolve(void log.push(`released ${name}`)) });
  };
  return { log, make };
}

describe('keepSessions', () => {
  it('makes one session for each form, and releases each once', async () => {
    const { log, make } = counted();
    const kept = keepSessions();
    const [a, again] = await Promise.all([kept.get('a', make('a')), kept.get('a', make('a'))]);
    expect(again).toBe(a);
    await kept.get('b', make('b'));
    await kept.dispose();
    await kept.dispose();
    expect(log).toEqual(['made a', 'made b', 'released a', 'released b']);
  });

  it('tries again after a failure, and releases what was made', async () => {
    const { log, make } = counted();
    const kept = keepSessions();
    const failing = () => Promise.reject(new Error('no room'));
    await expect(kept.get('a', failing)).rejects.toThrow('no room');
    await kept.get('a', make('a'));
    await kept.get('b', failing).catch(() => undefined);
    await kept.dispose();
    expect(log).toEqual(['made a', 'released a']);
  });
});
