/** A small random Mamba; returns its path in the folder. */
export function recurrentModel(folder: string): string
