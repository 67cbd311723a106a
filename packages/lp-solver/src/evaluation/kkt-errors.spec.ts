import { asMinimization, linearProgram } from '../problem/linear-program.ts';
import { kktErrors, onFiniteSides, primalResidual, supportValue } from './kkt-errors.ts';

/** min 2x + 3y, x + y ≥ 4, x ≤ 3, optimum (3, 1) = 9 with y = 3 and reduced costs (−1, 0). */
const lp = asMinimization(
  linearProgram({
    name: 'small',
    sense: 'minimize',
    objectiveConstant: 100,
    variables: { x: { cost: 2, upper: 3 }, y: { cost: 3 } },
    constraints: { demand: { terms: { x: 1, y: 1 }, lower: 4 } },
  }),
);

describe('kktErrors', () => {
  it('are 0 at the optimum, with the objective and reduced costs of the textbook', () => {
    const errors = kktErrors(lp, Float64Array.of(3, 1), Float64Array.of(3));
    expect(errors).toMatchObject({ primalResidual: 0, dualResidual: 0, gap: 0, objective: 109 });
    expect([...errors.reducedCosts]).toEqual([-1, 0]);
  });
  it('measure a violated row and a violated bound against 1 + ‖b‖', () => {
    // Row short by 1, bound exceeded by 2: √5 / (1 + 4).
    expect(primalResidual(lp, Float64Array.of(5, -2))).toBeCloseTo(Math.hypot(1, 2, 2) / 5, 14);
  });
  it('measure reduced costs that no finite bound allows against 1 + ‖c‖', () => {
    // y = 4: reduced costs (−2, −1); only x has an upper bound.
    const errors = kktErrors(lp, Float64Array.of(3, 1), Float64Array.of(4));
    expect(errors.dualResidual).toBeCloseTo(1 / (1 + Math.hypot(2, 3)), 14);
  });
  it('leave the constant out of the gap', () => {
    // At y = 0 the dual objective is 0, the primal one 9.
    const errors = kktErrors(lp, Float64Array.of(3, 1), Float64Array.of(0));
    expect(errors.gap).toBeCloseTo(9 / 10, 14);
  });
  it('do not let multipliers price a missing side', () => {
    const errors = kktErrors(lp, Float64Array.of(3, 1), Float64Array.of(-5));
    expect([...errors.y]).toEqual([0]);
  });
  it('keep NaN', () => {
    expect(kktErrors(lp, Float64Array.of(NaN, 1), Float64Array.of(3)).primalResidual).toBeNaN();
    expect(kktErrors(lp, Float64Array.of(3, 1), Float64Array.of(NaN)).dualResidual).toBeNaN();
  });
});

describe('supportValue', () => {
  it('takes lower sides for positive and upper sides for negative multipliers', () => {
    const multipliers = onFiniteSides(
      Float64Array.of(2, -3, 5, -1),
      Float64Array.of(1, -Infinity, -Infinity, 0),
      Float64Array.of(9, 4, 4, Infinity),
    );
    expect([...multipliers]).toEqual([2, -3, 0, 0]);
    expect(
      supportValue(
        multipliers,
        Float64Array.of(1, -Infinity, -Infinity, 0),
        Float64Array.of(9, 4, 4, Infinity),
      ),
    ).toBe(2 - 12);
  });
});
