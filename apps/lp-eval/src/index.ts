/** What other apps may use of this one: the table of outcomes that `evaluate` writes. */
export type { OutcomeRow, OutcomeTable } from './outcome-table.ts';
