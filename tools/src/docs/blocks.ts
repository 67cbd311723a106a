/** Finds the code in a Markdown text and in the doc comments of a source file. */

/** A fenced code block. */
export type CodeBlock = {
  /** What follows the opening fence, as in `ts no-run: needs a GPU`. */
  readonly info: string;
  /** Line of the first line of code in the file, counted from 1. */
  readonly line: number;
  /** The code, without the indentation of its fence. */
  readonly code: string;
};

/** A text taken apart; line `i` of `prose` is line `i` of the file, blank where that is code. */
export type Document = { readonly prose: readonly string[]; readonly blocks: readonly CodeBlock[] };

/** Takes a Markdown text apart. A fence that is never closed runs to the end, as GitHub shows it. */
export function parseMarkdown(text: string): Document {
  const prose: string[] = [];
  const blocks: CodeBlock[] = [];
  let open: { fence: string; indent: string; info: string; line: number; code: string[] } | undefined;
  const close = () => {
    if (open) blocks.push({ info: open.info, line: open.line, code: open.code.join('\n') });
    open = undefined;
  };
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const [, indent = '', fence = '', rest = ''] = /^(\s*)(`{3,}|~{3,})(.*)$/.exec(line) ?? [];
    if (open) {
      if (fence.startsWith(open.fence) && rest.trim() === '') close();
      else open.code.push(line.startsWith(open.indent) ? line.slice(open.indent.length) : line.trimStart());
      prose.push('');
    } else if (fence !== '' && !(fence.startsWith('`') && rest.includes('`'))) {
      open = { fence, indent, info: rest.trim(), line: index + 2, code: [] };
      prose.push('');
    } else prose.push(line);
  }
  close();
  return { prose, blocks };
}

/** The `@example`s in the doc comments of a TypeScript source that say what comes out (`// =>`); others only show a form. */
export function docExamples(source: string): readonly CodeBlock[] {
  const examples: { info: string; line: number; code: string[] }[] = [];
  let comment = false;
  let example: string[] | undefined;
  for (const [index, line] of source.split(/\r?\n/).entries()) {
    if (/^\s*\/\*\*/.test(line)) comment = true;
    const text = line.replace(/^\s*(?:\/\*\*|\*(?!\/)) ?/, '').replace(/\s*\*\/.*$/, '');
    const [, first] = (comment && /^@example\s?(.*)$/.exec(text)) || [];
    if (first !== undefined) {
      example = [first];
      examples.push({ info: 'ts', line: index + 1, code: example });
    } else if (!comment || /^@\w/.test(text)) example = undefined;
    else example?.push(text.startsWith('```') ? '' : text);
    if (line.includes('*/')) comment = false;
  }
  return examples
    .map(({ code, ...where }) => ({ ...where, code: code.join('\n').trimEnd() }))
    .filter(({ code }) => code.includes('// =>'));
}

/** Why a block is not run: `undefined` if it is run, the empty string if no reason is given. */
export function noRunReason(info: string): string | undefined {
  const [, reason] = /^ts no-run(?::\s*(.*))?$/.exec(info) ?? [undefined];
  return /^ts no-run\b/.test(info) ? (reason ?? '').trim() : undefined;
}

/**
 * The values, types left out, that the entry of a package exports.
 * @param read - the source of a module that the entry exports whole, by its specifier.
 */
export function exportedValues(entry: string, read: (specifier: string) => string): readonly string[] {
  const named = [...entry.matchAll(/^export \{([^}]*)\}/gm)].flatMap(([, names = '']) =>
    names
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '' && !name.startsWith('type '))
      .map((name) => name.split(' as ').at(-1) ?? name),
  );
  const whole = [...entry.matchAll(/^export \* from '([^']+)'/gm)].flatMap(([, specifier = '']) =>
    exportedValues(read(specifier), read),
  );
  return [...named, ...whole];
}

/** The imports, on one line, that an example of a doc comment leaves out: `tf` and what it uses of its own package. */
export function importsFor(code: string, packageName: string, exported: readonly string[]): string {
  const used = exported.filter((name) => new RegExp(`\\b${name}\\b`).test(code));
  return [
    ...(/\btf\./.test(code) ? ["import * as tf from '@tensorflow/tfjs';"] : []),
    ...(used.length > 0 ? [`import { ${used.join(', ')} } from '${packageName}';`] : []),
  ].join(' ');
}
