/** Implicit operators. */
export type { ImplicitOperator } from './implicit-operator.ts';
