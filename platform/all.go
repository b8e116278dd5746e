package platform

// All lists every platform, in alphabetical order.
func All() []Platform {
	return []Platform{
		bluesky,
		facebook,
		folder,
		ftpServer,
		gcs,
		instagram,
		linkedin,
		mastodon,
		s3,
		sftpServer,
		telegram,
		threads,
		webhook,
		x,
		xLegacy,
		youtube,
	}
}
