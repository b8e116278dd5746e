// Posts a video with X's own client, reads it back and deletes it, on the server
// of X_SERVER with the token of X_TOKEN, and prints what the client made of each
// answer.
import { Client } from '@xdevplatform/xdk'

const x = new Client({ baseUrl: process.env.X_SERVER, accessToken: process.env.X_TOKEN, retry: false })
const said = {}

// refused is what the client makes of a refusal.
const refused = (call) => call.then(() => null, (e) => ({ status: e.status, detail: e.data?.detail }))

// bring uploads a file in segments.
async function bring(bytes, mediaType, mediaCategory, segment) {
  const { data } = await x.media.initializeUpload({ mediaType, totalBytes: bytes.length, mediaCategory })
  for (let i = 0; i * segment < bytes.length; i++) {
    const media = bytes.subarray(i * segment, (i + 1) * segment).toString('base64')
    await x.media.appendUpload(data.id, { segmentIndex: i, media })
  }
  return (await x.media.finalizeUpload(data.id)).data
}

const video = await bring(Buffer.from('a video in three segments'), 'video/mp4', 'tweet_video', 10)
said.video = video
said.states = []
for (let state = ''; state !== 'succeeded' && said.states.length < 10; ) {
  state = (await x.media.getUploadStatus(video.id, { command: 'STATUS' })).data.processingInfo.state
  said.states.push(state)
}
const track = await bring(Buffer.from('WEBVTT\n'), 'text/vtt', 'subtitles', 100)
said.subtitles = (await x.media.createSubtitles({
  id: video.id, mediaCategory: 'TweetVideo', subtitles: { id: track.id, languageCode: 'en', displayName: 'English' },
})).data
said.metadata = (await x.media.createMetadata({ id: video.id, metadata: { altText: { text: 'a runner' } } })).data
said.post = (await x.posts.create({ text: 'Gold!', media: { mediaIds: [video.id] } })).data
said.again = await refused(x.posts.create({ text: 'Gold!', media: { mediaIds: [video.id] } }))
said.me = (await x.users.getMe()).data
const timeline = await x.users.getPosts(said.me.id, {
  maxResults: 5, startTime: new Date(Date.now() - 3600e3).toISOString(), tweetFields: ['created_at', 'attachments'], expansions: ['attachments.media_keys'],
})
said.timeline = timeline.data
said.deleted = (await x.posts.delete(said.post.id)).data
said.gone = await refused(x.posts.delete(said.post.id))
console.log(JSON.stringify(said))
