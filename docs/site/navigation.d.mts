/** By category: paths from the package's folder. */
export const navigation: Readonly<Record<string, readonly string[]>>
export const functions: string
