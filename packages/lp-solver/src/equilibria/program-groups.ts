/** Programs of different sizes in batches of about equal ones, and their answers back in order. */

/** Rows, in standard form, and columns of a program. */
export type ProgramSize = { readonly rows: number; readonly columns: number };

/** Programs that go together: their places in the list, and the size they are filled up to. */
export type ProgramGroup = ProgramSize & { readonly members: readonly number[] };

/** How programs are grouped. */
export type GroupOptions = {
  /** Most programs of a group; default 128. */
  readonly maxBatch?: number;
  /** What may be filled up, as a part of what is there, counted in places of the matrices; default 0.25. */
  readonly maxPadding?: number;
  /** Most places of the matrices of a group of several programs, filled up; default 2²². */
  readonly maxPlaces?: number;
};

/**
 * Groups programs: in the order of their columns and rows, each joins the group of the one before unless that would
 * fill up too much.
 *
 * @throws {RangeError} if an option is out of its range.
 */
export function groupPrograms(
  sizes: readonly ProgramSize[],
  options: GroupOptions = {},
): readonly ProgramGroup[] {
  const { maxBatch = 128, maxPadding = 0.25, maxPlaces = 2 ** 22 } = options;
  if (!(Number.isInteger(maxBatch) && maxBatch >= 1)) {
    throw new RangeError(`groupPrograms: maxBatch must be a natural number >= 1; got ${maxBatch}.`);
  }
  if (!(maxPadding >= 0 && maxPlaces >= 0)) {
    throw new RangeError(
      `groupPrograms: maxPadding and maxPlaces must be >= 0; got ${maxPadding} and ${maxPlaces}.`,
    );
  }
  const order = Array.from(sizes.keys()).toSorted(
    (a, b) => sizes[a]!.columns - sizes[b]!.columns || sizes[a]!.rows - sizes[b]!.rows || a - b,
  );
  const groups: (ProgramGroup & { readonly places: number })[] = [];
  for (const index of order) {
    const last = groups.at(-1);
    const joined = last && joinedWith(last, index, sizes[index]!);
    const filled = joined && joined.members.length * joined.rows * joined.columns;
    const fits =
      joined !== undefined &&
      joined.members.length <= maxBatch &&
      filled! <= Math.min(maxPlaces, (1 + maxPadding) * joined.places);
    if (fits) groups[groups.length - 1] = joined;
    else groups.push(joinedWith({ members: [], rows: 1, columns: 1, places: 0 }, index, sizes[index]!));
  }
  return groups.map(({ members, rows, columns }) => ({ members, rows, columns }));
}

function joinedWith(
  { members, rows, columns, places }: ProgramGroup & { readonly places: number },
  index: number,
  size: ProgramSize,
): ProgramGroup & { readonly places: number } {
  return {
    members: [...members, index],
    rows: Math.max(rows, size.rows),
    columns: Math.max(columns, size.columns),
    places: places + Math.max(1, size.rows) * Math.max(1, size.columns),
  };
}

/**
 * Answers programs group by group, one group after the other.
 *
 * @param answer - answers the programs of a group, in their order.
 * @returns the answers in the order of the programs.
 */
export async function answerInGroups<Program, Answer>(
  programs: readonly Program[],
  groups: readonly ProgramGroup[],
  answer: (members: readonly Program[], group: ProgramGroup) => Promise<readonly Answer[]>,
): Promise<readonly Answer[]> {
  const answers: Answer[] = Array.from({ length: programs.length });
  for (const group of groups) {
    const own = await answer(
      group.members.map((index) => programs[index]!),
      group,
    );
    group.members.forEach((index, i) => (answers[index] = own[i]!));
  }
  return answers;
}
