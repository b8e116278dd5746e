package media

// What ffmpeg may touch. Feeds come from outside, and decoders that we do not
// need have had holes (CVE-2026-8461 in MagicYUV, fixed in 7.1.5, 8.0.3 and
// 8.1.2; Debian 12 ships 5.1.9; checked 2026-11-24): what is not listed is
// refused.
const (
	protocols = "file,pipe"
	formats   = "mpegts,mov,png_pipe,s16le,f32le"
	codecs    = "h264,hevc,mpeg2video,aac,aac_latm,ac3,eac3,mp2,mp2float,mp3,mp3float,png,pcm_s16le,pcm_f32le"
	maxPixels = 8192 * 4320
)
