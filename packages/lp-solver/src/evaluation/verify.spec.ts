import { ShapeError } from '@equilibria/compile';
import { linearProgram } from '../problem/linear-program.ts';
import type { LinearProgram } from '../problem.ts';
import { verify } from './verify.ts';

/** max 3x + 2y + 1, x + y ≤ 4, x ≤ 3: optimum (3, 1) = 12; d(optimum)/d(4) = 2. */
const lp: LinearProgram = linearProgram({
  name: 'small',
  sense: 'maximize',
  objectiveConstant: 1,
  variables: { x: { cost: 3, upper: 3 }, y: { cost: 2 } },
  constraints: { c: { terms: { x: 1, y: 1 }, upper: 4 } },
});
const x = Float64Array.of(3, 1);
const y = Float64Array.of(-2);

describe('certificates of badly scaled programs', () => {
  const far = linearProgram({
    name: 'far',
    sense: 'minimize',
    variables: { x: { cost: 1 } },
    constraints: { c: { terms: { x: 1 }, lower: 1e9 } },
  });
  const slow = linearProgram({
    name: 'slow',
    sense: 'maximize',
    variables: { x: { cost: 1 }, y: {} },
    constraints: { c: { terms: { x: 1e-9, y: 1 }, upper: 1 } },
  });
  it('is no proof of infeasibility that a solution is far away', () => {
    const claim = { claim: 'infeasible', ray: Float64Array.of(1), evaluations: 1 } as const;
    expect(verify(far, claim).status).toBe('failed');
  });
  it('is no proof of unboundedness that a bound is far away', () => {
    const claim = {
      claim: 'unbounded',
      x: Float64Array.of(0, 0),
      ray: Float64Array.of(1, 0),
      evaluations: 1,
    } as const;
    expect(verify(slow, claim).status).toBe('failed');
  });
});

describe('verify', () => {
  it('turns the minimisation back: objective, multipliers and reduced costs are those of the maximum', () => {
    const answer = verify(lp, { claim: 'optimal', x, y, evaluations: 5 }, { wallTimeMs: 12 });
    expect(answer).toMatchObject({
      status: 'optimal',
      objective: 12,
      gap: 0,
      evaluations: 5,
      wallTimeMs: 12,
    });
    expect([...answer.y!]).toEqual([2]);
    expect([...answer.reducedCosts!]).toEqual([1, 0]);
    expect(answer.relaxation).toBe(false);
    expect(answer).not.toHaveProperty('message');
  });
  it('says optimal of a point whose errors are within the tolerance, whatever was claimed', () => {
    expect(verify(lp, { claim: 'failed', x, y, evaluations: 1, message: 'unknown' })).toMatchObject({
      status: 'optimal',
      message: 'unknown',
    });
    expect(verify(lp, { claim: 'time-limit', x, y, evaluations: 1 }).status).toBe('optimal');
  });
  it('does not believe a wrong optimum', () => {
    const answer = verify(lp, { claim: 'optimal', x: Float64Array.of(2, 2), y, evaluations: 1 });
    expect(answer).toMatchObject({ status: 'failed', objective: 11 });
    expect(answer.message).toContain('optimality was claimed, but the gap is');
    const off = verify(lp, { claim: 'optimal', x: Float64Array.of(3, 1.1), y, evaluations: 1 });
    expect(off.message).toContain('primal residual');
  });
  it('does not believe an optimum without multipliers, nor one of NaN', () => {
    expect(verify(lp, { claim: 'optimal', x, evaluations: 1 })).toMatchObject({
      status: 'failed',
      primalResidual: 0,
    });
    const nan = verify(lp, { claim: 'optimal', x: Float64Array.of(NaN, 1), y, evaluations: 1 });
    expect(nan).toMatchObject({
      status: 'failed',
      objective: null,
      gap: null,
      message: 'the point is not finite',
    });
  });
  it('keeps a limit a limit and reports where it stopped', () => {
    const answer = verify(lp, { claim: 'iteration-limit', x: Float64Array.of(0, 0), y, evaluations: 1 });
    expect(answer).toMatchObject({ status: 'iteration-limit', objective: 1, primalResidual: 0 });
    expect(verify(lp, { claim: 'time-limit', evaluations: 0 })).toMatchObject({
      status: 'time-limit',
      x: null,
    });
  });
  it('holds the errors against the tolerance asked for', () => {
    const near = { claim: 'optimal', x: Float64Array.of(3, 1.0001), y, evaluations: 1 } as const;
    expect(verify(lp, near, { tolerance: 1e-3 }).status).toBe('optimal');
    expect(verify(lp, near, { tolerance: 1e-6 }).status).toBe('failed');
  });
  it('says infeasible of crossed sides, and otherwise only with multipliers that hold', () => {
    expect(verify(lp, { claim: 'infeasible', ray: Float64Array.of(-1), evaluations: 0 }).status).toBe(
      'failed',
    );
    expect(verify(lp, { claim: 'infeasible', evaluations: 0 }).message).toContain('no Farkas multipliers');
    const crossed = { ...lp, upper: Float64Array.of(-1, 4) };
    expect(verify(crossed, { claim: 'infeasible', evaluations: 0 })).toMatchObject({
      status: 'infeasible',
      objective: null,
    });
    const tight = { ...lp, lower: Float64Array.of(2, 3) };
    const ray = Float64Array.of(-1);
    expect(verify(tight, { claim: 'infeasible', ray, evaluations: 0 }).status).toBe('infeasible');
  });
  it('says unbounded only with a feasible point and a direction', () => {
    const open = { ...lp, rowUpper: Float64Array.of(Infinity) };
    const ray = Float64Array.of(0, 1);
    const claim = { claim: 'unbounded', x, ray, evaluations: 0 } as const;
    expect(verify(open, claim)).toMatchObject({ status: 'unbounded', objective: null, primalResidual: 0 });
    expect(verify(lp, claim)).toMatchObject({
      status: 'failed',
      message: expect.stringContaining('leaves row c'),
    });
    const outside = verify(open, { ...claim, x: Float64Array.of(-1, 0) });
    expect(outside).toMatchObject({ status: 'failed', message: expect.stringContaining('primal residual') });
    expect(verify(open, { claim: 'unbounded', x, evaluations: 0 }).status).toBe('failed');
  });
  it('hands over the certificates that it checked', () => {
    const tight = { ...lp, lower: Float64Array.of(2, 3) };
    const infeasible = verify(tight, { claim: 'infeasible', ray: Float64Array.of(-1), evaluations: 0 });
    expect(infeasible).toMatchObject({ ray: Float64Array.of(-1), rayError: 0 });
    const open = { ...lp, rowUpper: Float64Array.of(Infinity) };
    // x has an upper bound, so the direction cannot go along it.
    const unbounded = verify(open, { claim: 'unbounded', x, ray: Float64Array.of(1, 2), evaluations: 0 });
    expect(unbounded).toMatchObject({ ray: Float64Array.of(0, 1), rayError: 0 });
    expect(verify(lp, { claim: 'optimal', x, y, evaluations: 1 })).toMatchObject({
      ray: null,
      rayError: null,
    });
    expect(verify(lp, { claim: 'infeasible', ray: Float64Array.of(-1), evaluations: 0 }).ray).toBeNull();
  });
  it('tells of a row that large sides of others hide', () => {
    const hiding = linearProgram({
      name: 'hiding',
      sense: 'minimize',
      variables: { x: { cost: 1 }, y: {} },
      constraints: {
        small: { terms: { y: 1 }, lower: 1, upper: 1 },
        large: { terms: { x: 1 }, lower: 1e7 },
      },
    });
    const point = {
      claim: 'optimal',
      x: Float64Array.of(1e7, 0),
      y: Float64Array.of(0, 1),
      evaluations: 1,
    } as const;
    expect(verify(hiding, point)).toMatchObject({
      status: 'optimal',
      message:
        'small is off by 5.00e-1 of 1 + its side, though all together are within the tolerance; a smaller tolerance helps',
    });
    const right = verify(hiding, { ...point, x: Float64Array.of(1e7, 1) });
    expect(right).not.toHaveProperty('message');
  });
  it('says that integer columns were relaxed', () => {
    expect(
      verify({ ...lp, integerColumns: [1] }, { claim: 'optimal', x, y, evaluations: 1 }).relaxation,
    ).toBe(true);
  });
  it('refuses arrays that do not fit and a tolerance that is not positive', () => {
    const short = { claim: 'optimal', x: Float64Array.of(1), y, evaluations: 1 } as const;
    expect(() => verify(lp, short)).toThrow(ShapeError);
    expect(() => verify(lp, short)).toThrow('verify: x must have length 2; got 1.');
    expect(() => verify(lp, { claim: 'optimal', x, y, evaluations: 1 }, { tolerance: NaN })).toThrow(
      'verify: tolerance must be positive; got NaN.',
    );
  });
});
