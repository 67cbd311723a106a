/** Compiled sessions, kept for the next batch of the same form. */

/** Sessions by form; it owns them: `dispose` it. */
export interface KeptSessions<S> {
  /** The session of a form, made when it is first asked for. A failure is the caller's, and is not kept. */
  get(form: unknown, make: () => Promise<S>): Promise<S>;
  /** Releases all, those that are being made as well. Idempotent. */
  dispose(): Promise<void>;
}

/** No sessions yet. Forms are compared as keys of a `Map` are. */
export function keepSessions<S extends { dispose(): Promise<void> }>(): KeptSessions<S> {
  const made = new Map<unknown, Promise<S>>();
  return {
    get: (form, make) => {
      const known = made.get(form);
      if (known !== undefined) return known;
      const fresh = make();
      made.set(form, fresh);
      fresh.catch(() => made.delete(form));
      return fresh;
    },
    dispose: async () => {
      const all = await Promise.allSettled(made.values());
      made.clear();
      for (const one of all) if (one.status === 'fulfilled') await one.value.dispose();
    },
  };
}
