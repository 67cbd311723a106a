/** The forms in which PyTorch has a case: the fastest is the one to compare with. */

/** A case of PyTorch's, and which form of ours it is; null of the only one. */
export type PeerForm = { readonly case: string; readonly name: string | null };

/** The case itself, or those that are named after it, `CASE/FORM`. */
export function formsOf(cases: readonly string[], name: string): readonly PeerForm[] {
  return cases.flatMap((one): readonly PeerForm[] => {
    if (one === name) return [{ case: one, name: null }];
    return one.startsWith(`${name}/`) ? [{ case: one, name: one.slice(name.length + 1) }] : [];
  });
}
