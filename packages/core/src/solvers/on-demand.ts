/** Owners of sessions that are made when they are first asked for. */
import { TraceError } from '@equilibria/compile';

/** Gives the one that was made, or makes it; {@link OnDemand.end} releases it for good. */
export interface OnDemand<T> {
  (): Promise<T>;
  /** Idempotent. */
  end(): Promise<void>;
}

/**
 * Makes an owner when it is first asked for; one that could not be made is tried again.
 * @returns a function that throws {TraceError} once it has ended.
 */
export function onDemand<T extends { dispose(): Promise<void> }>(make: () => Promise<T>): OnDemand<T> {
  let made: Promise<T> | null = null;
  let isOver = false;
  const get = async (): Promise<T> => {
    if (isOver) throw new TraceError('solve: the compiled solve was disposed. Compile it again.');
    made ??= make();
    try {
      return await made;
    } catch (error) {
      made = null;
      throw error;
    }
  };
  const end = async (): Promise<void> => {
    isOver = true;
    const opened = made;
    made = null;
    await opened?.then((owned) => owned.dispose()).catch(() => undefined);
  };
  return Object.assign(get, { end });
}
