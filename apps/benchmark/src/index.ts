/** The cross-domain benchmark: its list of domains. */
export { domains } from './domains.ts';
export type { Request } from './options.ts';
