/** Loads a package that only some users need; `fail` makes the error where it is not installed. */
export async function loadPeer<T>(
  name: string,
  load: () => Promise<T>,
  fail: (message: string, cause: unknown) => Error,
): Promise<T> {
  try {
    return await load()
  } catch (cause) {
    throw fail(`this needs the package ${name}: npm install ${name}`, cause)
  }
}
