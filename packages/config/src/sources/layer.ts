/** One place where variables are looked up: the environment, or a `.env` file. */
export interface Layer {
  /** May inherit properties that are not variables: process.env.toString, env.__proto__. */
  readonly texts: Readonly<Record<string, string | undefined>>
  /** For a `.env` file: the file and line of a variable. */
  source?(variable: string): string
  /** The credential that is a part of the text of a variable, if any. */
  credentialIn?(variable: string): Credential | undefined
}

/** A variable whose value must not be shown. */
export interface Credential {
  readonly name: string
  /** Declared as a secret, and not only named like one. */
  readonly declared: boolean
}

/** The text of a variable, and where it was found. */
export interface Found {
  readonly text: string
  readonly source: string
  /** The file that `X_FILE` names. */
  readonly file: string | undefined
  /** A credential is a part of the text, so that it is not shown. */
  readonly hidden?: boolean
  /** The former name by which it was found. */
  readonly alias?: string
}

export function ownText(texts: Layer['texts'], variable: string): string | undefined {
  const text = texts[variable]
  return text !== undefined && Object.hasOwn(texts, variable) ? text : undefined
}
