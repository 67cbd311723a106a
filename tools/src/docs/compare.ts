/** Decides whether a value is what an example of the documentation says it is. */
import { inspect } from 'node:util';

/** A number that is no part of a name: `3`, `-0.25`, `1e-6`, but not the 32 of `Float32Array`. */
const NUMBER = /(?<![\w.])[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?(?!\w)/gi;

/** The ways in which an example may write a value: as Node shows it, as JSON, and a string without quotes. */
export function renderings(value: unknown): readonly string[] {
  const plain = isArrayLike(value) ? value.arraySync() : value;
  const shown = inspect(plain, {
    depth: Infinity,
    breakLength: Infinity,
    maxArrayLength: null,
    maxStringLength: null,
  });
  const json: string | undefined = JSON.stringify(plain);
  return [shown, ...(json === undefined ? [] : [json]), ...(typeof plain === 'string' ? [plain] : [])];
}

/**
 * Whether `value` reads as `expected`.
 *
 * White space and the kind of quotes are ignored; a tensor reads as its nested arrays. A number with a decimal point or an
 * exponent agrees to the precision printed (`0.33` is 0.325 … 0.335); an integer is exact.
 *
 * @param expected - what the example says behind `// =>`.
 */
export function matches(value: unknown, expected: string): boolean {
  const wanted = split(expected);
  return renderings(value)
    .map(split)
    .some(
      ({ words, numbers }) =>
        words.join('#') === wanted.words.join('#') &&
        numbers.every((number, index) => agrees(Number(number), wanted.numbers[index] ?? '')),
    );
}

/** Whether a number equals the printed one to half a unit of its last printed place; an integer must be met exactly. */
export function agrees(value: number, printed: string): boolean {
  const [, decimals, exponent] = /^[-+]?\d*(?:\.(\d*))?(?:e([-+]?\d+))?$/i.exec(printed) ?? [];
  if (decimals === undefined && exponent === undefined) return value === Number(printed);
  const place = 10 ** (Number(exponent ?? 0) - (decimals ?? '').length);
  return Math.abs(value - Number(printed)) <= 0.5 * place * (1 + 1e-9);
}

function split(text: string): { readonly words: readonly string[]; readonly numbers: readonly string[] } {
  const even = text.trim().replaceAll('−', '-').replaceAll(/["`]/g, "'");
  return {
    words: even.split(NUMBER).map((word) => word.replaceAll(/\s+/g, '')),
    numbers: even.match(NUMBER) ?? [],
  };
}

function isArrayLike(value: unknown): value is { arraySync(): unknown } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'arraySync' in value &&
    typeof value.arraySync === 'function'
  );
}
