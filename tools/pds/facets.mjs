// Prints what the official client makes of texts: a JSON array of texts comes
// on standard input, an array of facets for each goes to standard output. The
// mentions' handles are not resolved.
import { readFileSync } from 'node:fs'
import { RichText } from '@atproto/api'

const texts = JSON.parse(readFileSync(0, 'utf8'))
const found = texts.map((text) => {
  const rich = new RichText({ text })
  rich.detectFacetsWithoutResolution()
  return { text, graphemes: rich.graphemeLength, facets: rich.facets ?? [] }
})
console.log(JSON.stringify(found, null, 1))
