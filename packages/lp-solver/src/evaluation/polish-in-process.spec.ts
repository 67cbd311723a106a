import { describe, expect, it } from '@jest/globals';
import { shippedLinearPrograms } from '../datasets/shipped.ts';
import { polishInProcess } from './polish-in-process.ts';

/** A process starts in a second; on a busy machine in several. */
const TIMEOUT_MS = 60_000;
const { lp, objective } = shippedLinearPrograms.find((known) => known.lp.name === 'transport')!;

describe('polishInProcess', () => {
  it(
    'brings back the verified answer and all that was measured',
    async () => {
      const { answer, effort, cold } = await polishInProcess(lp, null, { rounds: 2 });
      expect(answer.status).toBe('optimal');
      expect(answer.objective).toBeCloseTo(objective!, 6);
      expect(answer.x).toHaveLength(lp.matrix.columns);
      expect(effort.iterations).toBe(cold!.presolved.iterations);
      const again = await polishInProcess(lp, { x: answer.x!, y: answer.y! });
      expect(again).toMatchObject({ start: 'predicted', effort: { iterations: 0 }, cold: null });
    },
    TIMEOUT_MS,
  );
  it(
    'tells as a failure what polishing refuses',
    async () => {
      const { answer } = await polishInProcess(lp, { x: new Float64Array(1), y: new Float64Array(1) });
      expect(answer.status).toBe('failed');
      expect(answer.message).toContain('x and y must have lengths');
    },
    TIMEOUT_MS,
  );
});
