/** What the caller of the program must change; its message is one line. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
