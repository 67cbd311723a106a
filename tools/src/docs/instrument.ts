/** Turns the `// => value` comments of an example into checks that run with it. */
import ts from 'typescript';

/** An example ready to run; its lines are those of the original. */
export type Instrumented = {
  readonly code: string;
  /** How many values are checked. */
  readonly checks: number;
  /** Lines of the example, counted from 1, whose `// =>` follows nothing that has a value. */
  readonly orphans: readonly number[];
};

/** Name of the global function that the checks call: `(line, value, expected) => Promise<void>`. */
export const CHECK = '__checkDocumentedValue';

/**
 * Adds a check after each top-level statement that carries a value: an expression, `console.log(expression)` or
 * `const name = expression`. The value stands behind it or below it, on one or more lines of comment:
 *
 *     solution.status; // => 'converged'
 *     solution.value.arraySync();
 *     // => [0.25,
 *     //     0.75]
 *
 * @param code - the example, a module.
 * @param firstLine - line of the file on which it starts; what a failed check reports.
 */
export function instrument(code: string, firstLine: number): Instrumented {
  const source = ts.createSourceFile('example.mts', code, ts.ScriptTarget.Latest, true);
  const lineOf = (position: number) => source.getLineAndCharacterOfPosition(position).line;
  const consumed = new Set<number>();
  let result = code;
  for (const statement of source.statements.toReversed()) {
    const comment = /^[ \t]*\n?[ \t]*\/\/ =>(.*(?:\n[ \t]*\/\/ {2,}.*)*)/.exec(code.slice(statement.end));
    const target = comment ? valueOf(statement) : undefined;
    if (!comment || !target) continue;
    const line = lineOf(statement.end + comment[0].indexOf('// =>'));
    const expected = (comment[1] ?? '').replaceAll(/\n[ \t]*\/\//g, ' ').trim();
    const call = (value: string) =>
      `await ${CHECK}(${firstLine + line}, ${value}, ${JSON.stringify(expected)});`;
    const before = result.slice(0, statement.getStart(source));
    const text = result.slice(statement.getStart(source), statement.end);
    const after = result.slice(statement.end);
    result =
      before +
      (target.kind === 'name' ? `${text} ${call(target.text)}` : `;${call(`(${target.text})`)}`) +
      after;
    consumed.add(line);
  }
  const orphans = code
    .split('\n')
    .flatMap((line, index) => (line.includes('// =>') && !consumed.has(index) ? [index + 1] : []));
  return { code: result, checks: consumed.size, orphans };
}

function valueOf(statement: ts.Statement): { kind: 'name' | 'expression'; text: string } | undefined {
  if (ts.isExpressionStatement(statement)) {
    const { expression } = statement;
    const logged =
      ts.isCallExpression(expression) && expression.expression.getText() === 'console.log'
        ? expression.arguments[0]
        : undefined;
    return { kind: 'expression', text: (logged ?? expression).getText() };
  }
  if (!ts.isVariableStatement(statement)) return undefined;
  const [declaration, ...more] = statement.declarationList.declarations;
  return declaration && more.length === 0 && ts.isIdentifier(declaration.name)
    ? { kind: 'name', text: declaration.name.text }
    : undefined;
}
