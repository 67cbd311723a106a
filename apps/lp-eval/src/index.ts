/** What other apps may use of this one: the table of outcomes that `instances` writes. */
export type { OutcomeRow, OutcomeTable } from './outcome-table.ts';
