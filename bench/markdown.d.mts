/** To three digits, large ones to whole numbers. */
export function number(value: number): string
/** Lines of a table; columns but the first are aligned to the right. */
export function markdown(head: readonly string[], lines: readonly (readonly string[])[]): string
