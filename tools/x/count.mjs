// Prints what X's own library counts for texts: a JSON array of texts comes on
// standard input, pairs of text and weighted length go to standard output.
import { readFileSync } from 'node:fs'
import twitter from 'twitter-text'

const texts = JSON.parse(readFileSync(0, 'utf8'))
console.log(JSON.stringify(texts.map((text) => [text, twitter.parseTweet(text).weightedLength])))
