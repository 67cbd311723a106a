/** The one message of a file that is refused. */
import { DataError } from '@equilibria/compile';

/** Throws the {@link DataError} of a file. */
export type Refuse = (must: string, got: string, options?: RefusalOptions) => never;

type RefusalOptions = { readonly remedy?: string; readonly cause?: unknown };

/** Characters of a file that a message quotes at most. */
const QUOTED = 60;

const DAMAGED = 'It is damaged or of another kind: get it again from where it came from.';

/** What refuses a file: `where: file must …; got …. Remedy.` */
export function refusalOf(where: string, file: string): Refuse {
  return (must, got, { remedy = DAMAGED, cause } = {}) => {
    throw new DataError(`${where}: ${file} must ${must}; got ${got}. ${remedy}`, { cause });
  };
}

/** Text of a file as a message may show it: short, in quotes, and in ASCII, so that it cannot steer a terminal. */
export function quoted(text: string): string {
  const shown = text.length > QUOTED ? `${text.slice(0, QUOTED)}…` : text;
  return JSON.stringify(shown).replace(
    /[^\x20-\x7e…]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
