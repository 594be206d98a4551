export function presetOf(
  name: string,
  env?: Readonly<Record<string, string | undefined>>,
): {
  readonly definitions: Readonly<Record<string, string>>
  readonly environment: Readonly<Record<string, string>>
}
