// Runs a PDS with a PLC directory of its own, for tests: everything in one
// process, on loopback, in the directory $DIR. It says "ready" on standard
// output once both answer. Nothing here is of the product.
import { createRequire } from 'node:module'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'

const require = createRequire(import.meta.url)
const plc = require('@did-plc/server')
const { PDS, envToCfg, envToSecrets } = require('@atproto/pds')

const { DIR, PORT, PLC_PORT, RATE_LIMITS, BLOB_LIMIT } = process.env
const directory = plc.PlcServer.create({ db: plc.Database.mock(), port: Number(PLC_PORT) })
await directory.start()

const env = {
  devMode: true,
  hostname: 'localhost',
  port: Number(PORT),
  dataDirectory: DIR,
  blobstoreDiskLocation: join(DIR, 'blobs'),
  blobUploadLimit: Number(BLOB_LIMIT),
  didPlcUrl: `http://localhost:${PLC_PORT}`,
  serviceHandleDomains: ['.test'],
  bskyAppViewUrl: 'https://appview.invalid',
  bskyAppViewDid: 'did:example:invalid',
  inviteRequired: false,
  disableSsrfProtection: true,
  rateLimitsEnabled: RATE_LIMITS === 'true',
  jwtSecret: randomBytes(16).toString('hex'),
  adminPassword: randomBytes(16).toString('hex'),
  plcRotationKeyK256PrivateKeyHex: randomBytes(32).toString('hex'),
}
const pds = await PDS.create(envToCfg(env), envToSecrets(env))
await pds.start()
console.log('ready')
