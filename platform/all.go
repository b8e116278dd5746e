package platform

// All lists every platform, in alphabetical order.
func All() []Platform {
	return []Platform{
		bluesky,
		folder,
		ftpServer,
		gcs,
		mastodon,
		s3,
		sftpServer,
		telegram,
		webhook,
		youtube,
	}
}
