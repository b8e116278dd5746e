package e2e

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/ovation-live/ovation/clip"
)

// approveInBrowser signs in on the desk, looks at the highlight on the review
// page and clicks approve, as a person would.
func approveInBrowser(t *testing.T, o *ovation, id clip.MomentID) {
	t.Helper()
	profile := t.TempDir()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(profile), chromedp.WindowSize(1440, 900),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
	)
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	defer cancel()
	ctx, cancel = chromedp.NewContext(ctx, chromedp.WithErrorf(func(string, ...any) {})) // it logs events that it does not know
	defer cancel()
	ctx, cancel = context.WithTimeout(ctx, 90*time.Second)
	defer cancel()
	var ready bool
	var picture []byte
	item := `#item[data-id="` + string(id) + `"]`
	err := chromedp.Run(ctx,
		chromedp.Navigate(o.url+"/sign-in?token="+token),
		chromedp.Navigate(o.url+"/review"),
		chromedp.Click(`a[data-id="`+string(id)+`"]`),
		chromedp.WaitVisible(item),
		chromedp.Poll(`[...document.querySelectorAll('`+item+` video')].every(v => v.readyState >= 2 && v.videoWidth > 0)`, &ready,
			chromedp.WithPollingTimeout(30*time.Second)),
		chromedp.FullScreenshot(&picture, 100),
		chromedp.Click("#approve"),
		chromedp.Sleep(time.Second),
	)
	if path := os.Getenv("OVATION_SCREENSHOT"); path != "" && len(picture) > 0 {
		if err := os.WriteFile(path, picture, 0o644); err != nil {
			t.Error(err)
		}
	}
	if err != nil || !ready {
		t.Fatalf("approve in the browser: %v (every shape plays: %t)", err, ready)
	}
}
