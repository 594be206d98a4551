export interface Platform {
  readonly name: string
  readonly os: string
  readonly cpu: string
  readonly libc?: 'glibc' | 'musl'
  readonly cuda?: boolean
  readonly mostBytes: number
}
export const platforms: readonly Platform[]
export const onPurpose: readonly Platform[]
export const newestGlibc: string
export function fileOf(platform: Platform): string
export function folderOf(platform: Platform): string
export function platformOf(name: string): Platform
