/** Numbers for people. */

const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/** Three significant digits, as in `0.0521`, `5.33e-6` and `95`; `–` for null. */
export function formatNumber(value: number | null): string {
  if (value === null) return '–';
  if (Number.isInteger(value) && Math.abs(value) < 1e5) return String(value);
  const size = Math.abs(value);
  if (size >= 1e-3 && size < 1e5) return String(Number(value.toPrecision(3)));
  return value
    .toExponential(2)
    .replace(/\.?0*e/, 'e')
    .replace('e+', 'e');
}

/** A duration with its unit, as in `0.3 ms` and `12 s`. */
export function formatDuration(ms: number): string {
  return ms < 1000 ? `${Number(ms.toPrecision(2))} ms` : `${Number((ms / 1000).toPrecision(3))} s`;
}

/** A power of ten as `10⁻³`, small ones as `1`, `10`, `100`. */
export function formatPower(value: number): string {
  const exponent = Math.round(Math.log10(value));
  if (exponent >= 0 && exponent <= 3) return String(10 ** exponent);
  const digits = String(exponent).replaceAll(/\d/g, (digit) => SUPERSCRIPTS[Number(digit)]!);
  return `10${digits.replace('-', '⁻')}`;
}
