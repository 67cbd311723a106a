/** What a benchmark leaves behind: its rows as JSON, its table as a page. */
import { cpus } from 'node:os';
import { describeRun, type RunDescription, saveFile } from '@equilibria/core';
import { format } from 'prettier';

/** Where a report goes; nowhere where nothing is given. */
export type ReportFiles = { readonly json: string | undefined; readonly markdown: string | undefined };

/** A benchmark that has run. */
export type Report = {
  /** As in `npm run NAME`. */
  readonly name: string;
  /** Root of all random numbers; default 0. */
  readonly seed?: number;
  /** In which is computed; default 'float32'. */
  readonly dtype?: RunDescription['dtype'];
  /** Heads the page, if it has one. */
  readonly heading?: string;
  readonly rows: readonly object[];
  readonly table: string;
  readonly legend: string;
  readonly config: RunDescription['config'];
  readonly wallTimeMs: number;
  /** Follows the sentence that says by what and where was measured. */
  readonly remarks?: string;
};

/** Prints the table, and writes the files that are asked for. */
export async function writeReport(report: Report, { json, markdown }: ReportFiles): Promise<void> {
  const { name, heading, rows, table, legend, config, wallTimeMs, remarks = '' } = report;
  const { seed = 0, dtype = 'float32' } = report;
  const run = await describeRun({
    seed,
    config,
    backend: 'onnxruntime-node/cpu',
    dtype,
    wallTimeMs,
    manifest: new URL('../../package.json', import.meta.url),
  });
  console.log(`\n${table}`);
  if (json !== undefined) {
    const text = await format(JSON.stringify({ run, rows }), { parser: 'json', printWidth: 110 });
    await saveFile('--json', json, text);
  }
  if (markdown === undefined) return;
  const machine = `${cpus()[0]?.model.trim() ?? 'unknown'}, ${cpus().length} cores`;
  const measured = `Measured by \`npm run ${name}\` on ${machine}, Node ${process.versions.node}, commit ${run.commit ?? 'unknown'}${remarks}.`;
  const page = `${heading === undefined ? '' : `${heading}\n\n`}${measured}\n\n${table}\n\n${legend}\n`;
  await saveFile('--markdown', markdown, await format(page, { parser: 'markdown', printWidth: 140 }));
}
