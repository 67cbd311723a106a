import { docExamples, exportedValues, importsFor, noRunReason, parseMarkdown } from './blocks.ts';

describe('parseMarkdown', () => {
  it('tells code from prose and keeps the line numbers of both', () => {
    const { prose, blocks } = parseMarkdown('# Title\n\n```ts\nconst a = 1;\n\na; // => 1\n```\nAfter.');
    expect(blocks).toEqual([{ info: 'ts', line: 4, code: 'const a = 1;\n\na; // => 1' }]);
    expect(prose).toEqual(['# Title', '', '', '', '', '', '', 'After.']);
  });

  it('takes the indentation of a fence off its code', () => {
    const [block] = parseMarkdown('1. Item\n   ```ts\n   if (true) {\n     run();\n   }\n   ```').blocks;
    expect(block?.code).toBe('if (true) {\n  run();\n}');
  });

  it('closes a fence only with one as long', () => {
    const { blocks } = parseMarkdown('````md\n```ts\n1;\n```\n````');
    expect(blocks).toEqual([{ info: 'md', line: 2, code: '```ts\n1;\n```' }]);
  });

  it('shows a fence that is never closed as code to the end', () => {
    expect(parseMarkdown('```ts\n1;').blocks).toEqual([{ info: 'ts', line: 2, code: '1;' }]);
  });

  it('takes three backticks within a line for inline code', () => {
    expect(parseMarkdown('``` ts ``` is inline').blocks).toEqual([]);
  });
});

describe('docExamples', () => {
  const source = [
    'const a = 1;',
    '/**',
    ' * Adds.',
    ' *',
    ' * @example',
    ' * const b = add(1,',
    ' *   1);',
    ' * b; // => 2',
    ' * @throws {RangeError} never // => 0',
    ' */',
    'b; // => 3',
  ];

  it('takes an example up to the next tag, on its lines', () => {
    expect(docExamples(source.join('\n'))).toEqual([
      { info: 'ts', line: 5, code: '\nconst b = add(1,\n  1);\nb; // => 2' },
    ]);
  });

  it('takes an example on the line of its tag, up to the end of the comment', () => {
    expect(docExamples('/**\n * @example add(1, 2); // => 3\n */\nadd; // => 4')).toEqual([
      { info: 'ts', line: 2, code: 'add(1, 2); // => 3' },
    ]);
    expect(docExamples('/** @example add(1, 2); // => 3 */')).toEqual([
      { info: 'ts', line: 1, code: 'add(1, 2); // => 3' },
    ]);
  });

  it('leaves examples that show a form, and code', () => {
    expect(docExamples('/**\n * @example add(x, y)\n */\nadd(1, 2); // => 3')).toEqual([]);
  });
});

describe('exportedValues', () => {
  it('lists what an entry exports, types left out, renamed as seen from outside', () => {
    const entry =
      "export { add, type Sum, sub as minus } from './a.ts';\nexport type { T } from './t.ts';\nexport {\n  mul,\n} from './b.ts';";
    expect(exportedValues(entry, String)).toEqual(['add', 'minus', 'mul']);
  });

  it('follows what is exported whole', () => {
    const folder = (specifier: string) =>
      `export { ${specifier.length > 8 ? 'inner' : 'other'} } from './x.ts';`;
    const entry = "export { own } from './own.ts';\nexport * from './a/index.ts';\nexport * from './b.ts';";
    expect(exportedValues(entry, folder)).toEqual(['own', 'inner', 'other']);
  });
});

describe('importsFor', () => {
  it('imports what an example uses and nothing else', () => {
    expect(importsFor('add(1, 2); // addition', '@equilibria/core', ['add', 'addition2', 'sub'])).toBe(
      "import { add } from '@equilibria/core';",
    );
    expect(importsFor('tf.add(1, 2)', '@equilibria/core', [])).toBe(
      "import * as tf from '@tensorflow/tfjs';",
    );
  });
});

describe('noRunReason', () => {
  it.each([
    ['ts', undefined],
    ['ts no-run', ''],
    ['ts no-run: ', ''],
    ['ts no-run because', ''],
    ['ts no-run: needs a GPU', 'needs a GPU'],
    ['ts no-runs', undefined],
  ])('of %p is %p', (info, reason) => {
    expect(noRunReason(info)).toBe(reason);
  });
});
