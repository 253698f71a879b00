const TYPES: Record<string, string> = {
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  png: 'image/png',
  webp: 'image/webp',
  heic: 'image/heic',
  heif: 'image/heif',
  avif: 'image/avif',
  tif: 'image/tiff',
  tiff: 'image/tiff',
  bmp: 'image/bmp',
  gif: 'image/gif',
}

/** A `File`, as forms have it, or a `Blob`, as `openAsBlob` of Node gives it. */
export type Image = Blob

export type Part = [name: string, file: File]

export function named(image: Image, position = 0): File {
  if (image instanceof File) return image
  return new File([image], `image-${position + 1}.jpg`, { type: image.type })
}

export function asPart(name: string): (file: File) => Part {
  return (file) => [name, file]
}

export function partsOf(name: string, image: Image | undefined): Part[] {
  return image ? [[name, named(image)]] : []
}

export function formOf(fields: object, files: Part[]): FormData {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined && value !== null) form.append(name, String(value))
  }
  for (const [name, file] of files) form.append(name, file, file.name)
  return form
}

export function typeOf(file: File): string {
  const extension = file.name.split('.').at(-1)?.toLowerCase() ?? ''
  return TYPES[extension] ?? 'image/jpeg'
}
