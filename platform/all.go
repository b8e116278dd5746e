package platform

// All lists every platform, in alphabetical order.
func All() []Platform {
	return []Platform{
		bluesky,
		folder,
		mastodon,
		s3,
		youtube,
	}
}
