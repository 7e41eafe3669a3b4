/** The labels of a measurement. An attribute that is `undefined` or `null` is left out. */
export type Attributes = Readonly<Record<string, AttributeValue | null | undefined>>

export type AttributeValue = string | number | boolean

/** What the SDK is given: an object of our own, with only values that it can hash and export. */
export type Labels = Record<string, AttributeValue>
