export function findings(log: string): string[]
