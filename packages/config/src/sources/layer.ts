/** One place where variables are looked up: the environment, or the `.env` file. */
export interface Layer {
  /** May inherit properties that are not variables: process.env.toString, env.__proto__. */
  readonly texts: Readonly<Record<string, string | undefined>>
  /** For the `.env` file: the file and line of a variable. */
  source?(variable: string): string
}

/** The text of a variable, and where it was found. */
export interface Found {
  readonly text: string
  readonly source: string
  /** The file that `X_FILE` names. */
  readonly file: string | undefined
}

export function ownText(texts: Layer['texts'], variable: string): string | undefined {
  const text = texts[variable]
  return text !== undefined && Object.hasOwn(texts, variable) ? text : undefined
}
