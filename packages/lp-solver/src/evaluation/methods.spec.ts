import { describe, expect, it } from '@jest/globals';
import { loadMethod, methodNamed, methods, namesOfMethods, polishableMethods } from './methods.ts';

describe('methodNamed', () => {
  it('is the name itself of every method', () => {
    for (const name of Object.keys(methods)) expect(methodNamed(name)).toBe(name);
  });
  it('takes implicit for the learned method where it is known', () => {
    expect(methodNamed('implicit', { 'exact-operator': null, pdhg: null })).toBe('exact-operator');
    expect(methodNamed('implicit', { pdhg: null })).toBeUndefined();
  });
  it('knows no other names, though objects have them', () => {
    for (const name of ['simplex', 'toString', '']) expect(methodNamed(name)).toBeUndefined();
  });
});

describe('the lists of names', () => {
  it('hold names that can be loaded', async () => {
    expect(namesOfMethods.slice(0, Object.keys(methods).length)).toEqual(Object.keys(methods));
    for (const name of namesOfMethods) expect(methodNamed(name)).toBeDefined();
    for (const name of polishableMethods) expect(Object.keys(methods)).toContain(name);
    await expect(loadMethod('nowhere')).rejects.toThrow(
      `must be one of ${namesOfMethods.join(', ')}; got nowhere.`,
    );
  });
  it('leave polishing to methods that end beside a vertex', () => {
    expect(polishableMethods).toContain('pdhg');
    for (const name of ['highs', 'highs-ipm', 'javascript-lp-solver'])
      expect(polishableMethods).not.toContain(name);
  });
});
