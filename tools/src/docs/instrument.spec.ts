import { CHECK, instrument } from './instrument.ts';

describe('instrument', () => {
  it('checks an expression with the value behind it', () => {
    expect(instrument('1 + 1; // => 2', 10).code).toBe(`;await ${CHECK}(10, (1 + 1), "2"); // => 2`);
  });

  it('keeps every line where it is', () => {
    const code = 'const a = 1;\nf(\n  a,\n); // => 3\na; // => 1';
    const result = instrument(code, 5);
    expect(result.code.split('\n')).toHaveLength(5);
    expect(result.code.split('\n')[4]).toBe(`;await ${CHECK}(9, (a), "1"); // => 1`);
    expect(result.checks).toBe(2);
  });

  it('checks what a constant holds, and what is logged', () => {
    expect(instrument('const a = 1; // => 1', 1).code).toBe(
      `const a = 1; await ${CHECK}(1, a, "1"); // => 1`,
    );
    expect(instrument('console.log(a, b); // => 1', 1).code).toContain(`${CHECK}(1, (a), "1")`);
  });

  it('reads a value of several lines of comment below', () => {
    const result = instrument('list();\n// => [1,\n//     2]\nnext();', 1);
    expect(result.code).toContain(`${CHECK}(2, (list()), "[1,      2]")`);
    expect(result.orphans).toEqual([]);
  });

  it('reports a value that follows nothing', () => {
    const code = 'import a from "a"; // => 1\nif (a) {\n  a; // => 1\n}\n\n// => 2\nconst { b } = a; // => 3';
    expect(instrument(code, 1)).toMatchObject({ checks: 0, orphans: [1, 3, 6, 7] });
  });

  it('leaves other comments alone', () => {
    expect(instrument('a(); // runs', 1)).toEqual({ code: 'a(); // runs', checks: 0, orphans: [] });
  });
});
