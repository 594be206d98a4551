/** Breaks of the rules between the two sides of the addon, `path:line: rule`. */
export function brokenWalls(root: string): string[]
