import { spreadLabels } from './spread-labels.ts';

const room = { gap: 10, low: 0, high: 100 };

describe('spreadLabels', () => {
  it('leaves alone what does not overlap', () => {
    expect(spreadLabels([50, 10, 30], room)).toEqual([50, 10, 30]);
  });

  it('moves equal positions apart around where they belong', () => {
    expect(spreadLabels([50, 50, 50], room)).toEqual([40, 50, 60]);
  });

  it('pushes on what the moved ones run into', () => {
    expect(spreadLabels([50, 50, 56], room)).toEqual([42, 52, 62]);
  });

  it('stays within its room', () => {
    expect(spreadLabels([0, 1, 99, 100], room)).toEqual([0, 10, 90, 100]);
  });

  it('keeps the order and the gap of any positions', () => {
    const wanted = Array.from({ length: 9 }, (_, i) => (i * 37) % 23);
    const placed = spreadLabels(wanted, room);
    const order = wanted.map((_, i) => i).toSorted((a, b) => wanted[a]! - wanted[b]!);
    order.slice(1).forEach((index, i) => {
      expect(placed[index]! - placed[order[i]!]!).toBeGreaterThanOrEqual(10 - 1e-9);
    });
  });

  it('places nothing for no labels', () => {
    expect(spreadLabels([], room)).toEqual([]);
  });
});
