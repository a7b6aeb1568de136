type Page = { nextCursor?: string | null };

/** The pages of a list, one after the other; `read` asks for the one at a cursor, for the first without. */
export async function* pages<P extends Page>(read: (cursor?: string) => Promise<P>): AsyncGenerator<P, void> {
  for (let cursor: string | undefined; ; ) {
    const page = await read(cursor);
    yield page;
    if (!page.nextCursor) return;
    cursor = page.nextCursor;
  }
}
