import { formsOf } from './peer-forms.ts';

describe('formsOf', () => {
  const cases = ['step', 'step-8/dense', 'step-8/sparse, sorted', 'step-80/dense', 'step@torchdeq'];

  it('finds the case itself, and no other that only begins like it', () => {
    expect(formsOf(cases, 'step')).toEqual([{ case: 'step', name: null }]);
  });

  it('finds all forms of a case by what follows its name', () => {
    expect(formsOf(cases, 'step-8')).toEqual([
      { case: 'step-8/dense', name: 'dense' },
      { case: 'step-8/sparse, sorted', name: 'sparse, sorted' },
    ]);
  });

  it('finds none of a case that PyTorch does not have', () => {
    expect(formsOf(cases, 'step-9')).toEqual([]);
  });
});
