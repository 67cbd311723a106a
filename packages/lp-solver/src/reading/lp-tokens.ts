/** Splits a CPLEX LP text into tokens. */

import { quote, refuse } from './linted-model.ts';

/** The sections of an LP file that this project reads. */
export type LpSection = 'minimize' | 'maximize' | 'constraints' | 'bounds' | 'integers' | 'binaries' | 'end';

/** A token and its line, counted from 1. Relations are written `<=`, `>=` or `=`. */
export type LpToken =
  | { readonly kind: 'section'; readonly text: LpSection; readonly line: number }
  | {
      readonly kind: 'number' | 'name' | 'relation' | 'sign' | 'colon';
      readonly text: string;
      readonly line: number;
    };

const SECTIONS: readonly (readonly [RegExp, LpSection])[] = [
  [/^min(?:imi[sz]e|imum)?$/, 'minimize'],
  [/^max(?:imi[sz]e|imum)?$/, 'maximize'],
  [/^(?:subject to|such that|st|s\.t\.|st\.)$/, 'constraints'],
  [/^bounds?$/, 'bounds'],
  [/^(?:general|generals|gen|integer|integers|int)$/, 'integers'],
  [/^(?:binary|binaries|bin)$/, 'binaries'],
  [/^end$/, 'end'],
];
const FOREIGN =
  /^(?:sos\d?|semi-continuous|semis|semi|sec|lazy constraints|user cuts|general constraints|pwlobj)$/;
const TOKEN =
  /\s*(?:((?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(<=|=<|<|>=|=>|>|=)|([+-])|(:)|([A-Za-z_!"#$%&(),;?@`'{}~][\w!"#$%&(),.;?@`'{}~]*))/y;

/**
 * The tokens of an LP text, comments (`\` to the end of the line) left out.
 *
 * @throws {DataError} for a character that fits nowhere, or a section that is not a linear program's.
 */
export function lpTokens(text: string, file: string): LpToken[] {
  return text.split(/\r\n|\n|\r/).flatMap((line, index) => {
    const content = line.replace(/\\.*$/, '').trim();
    if (content === '') return [];
    const heading = content.toLowerCase().replaceAll(/\s+/g, ' ');
    if (FOREIGN.test(heading)) {
      refuse(file, index + 1, `sections must be those of a linear program; got ${quote(content)}.`);
    }
    return lineTokens(content, file, index + 1);
  });
}

const KEYWORDS: Readonly<Record<LpSection, string>> = {
  minimize: 'Minimize',
  maximize: 'Maximize',
  constraints: 'Subject To',
  bounds: 'Bounds',
  integers: 'General',
  binaries: 'Binary',
  end: 'End',
};

/** The text of tokens in the spelling that HiGHS's reader knows, each on the line it had. */
export function lpText(tokens: readonly LpToken[]): string {
  let text = '';
  let line = 0;
  for (const token of tokens) {
    const isSection = token.kind === 'section';
    text += `${isSection || token.line !== line ? '\n' : ' '}${isSection ? `${KEYWORDS[token.text]}\n` : token.text}`;
    line = token.line;
  }
  return `${text}\n`;
}

function lineTokens(content: string, file: string, line: number): LpToken[] {
  const { section, rest } = leadingSection(content);
  const tokens: LpToken[] = section === undefined ? [] : [{ kind: 'section', text: section, line }];
  let position = 0;
  while (position < rest.length) {
    TOKEN.lastIndex = position;
    const match = TOKEN.exec(rest);
    if (match === null) {
      refuse(file, line, `a linear expression must stand here; got ${quote(rest.slice(position).trim())}.`);
    }
    position = TOKEN.lastIndex;
    const [, number, relation, sign, colon, name] = match;
    if (number !== undefined) tokens.push({ kind: 'number', text: number, line });
    else if (relation !== undefined) tokens.push({ kind: 'relation', text: relationOf(relation), line });
    else if (sign !== undefined) tokens.push({ kind: 'sign', text: sign, line });
    else if (colon !== undefined) tokens.push({ kind: 'colon', text: ':', line });
    else tokens.push({ kind: 'name', text: name!, line });
  }
  return tokens;
}

function relationOf(text: string): string {
  if (text === '=') return '=';
  return text.includes('<') ? '<=' : '>=';
}

/** A section keyword opens its line; what follows on the line belongs to the section, unless it is a colon. */
function leadingSection(content: string): { readonly section?: LpSection; readonly rest: string } {
  const words = content.split(/\s+/);
  for (const count of [2, 1]) {
    const heading = words.slice(0, count).join(' ').toLowerCase();
    const found = SECTIONS.find(([pattern]) => pattern.test(heading));
    const rest = words.slice(count).join(' ');
    if (found !== undefined && !rest.startsWith(':')) return { section: found[1], rest };
  }
  return { rest: content };
}
