package platform_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/platform"
	"github.com/ovation-live/ovation/platform/platformtest"
)

// telegramCalls are the calls of the Bot API that the driver makes.
var telegramCalls = []platformtest.Call{
	{Name: "upload", Is: func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/sendVideo") && !hasJSON(r) }},
	{Name: "claim", Is: at(http.MethodPost, "/bot*/editMessageCaption")},
	{Name: "publish", Is: func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/sendVideo") && hasJSON(r) }},
	{Name: "retract", Is: at(http.MethodPost, "/bot*/deleteMessage")},
}

func hasJSON(r *http.Request) bool { return r.Header.Get("Content-Type") == "application/json" }

func telegramAt(t testing.TB, fake *platformtest.Telegram) *platformtest.Bench {
	proxy := platformtest.NewProxy(t, fake.URL, telegramCalls)
	options := map[string]any{"server": proxy.URL, "token": fake.Token, "chat": fake.Chat, "staging": fake.Staging, "allow_private": true}
	return &platformtest.Bench{
		Account: open(t, "telegram", options, proxy.Client), Proxy: proxy, Secrets: []string{fake.Token},
		SameVideo: platformtest.SameBytes,
		Posted: func(_ testing.TB, text string) []platformtest.Posted {
			var found []platformtest.Posted
			for _, m := range fake.Messages(fake.Chat) {
				if m.Caption == text && len(m.Cover) > 0 {
					found = append(found, platformtest.Posted{ID: strconv.Itoa(m.ID), Video: m.Video})
				}
			}
			return found
		},
		Left: func(testing.TB) []string {
			var left []string
			for _, m := range fake.Messages(fake.Staging) {
				left = append(left, m.Caption)
			}
			return left
		},
	}
}

func telegramBench(t testing.TB) *platformtest.Bench {
	return telegramAt(t, platformtest.NewTelegram(t))
}

// TestTelegramByHand: a bot without the right to delete all messages can take
// back for two days; then a person is told where.
func TestTelegramByHand(t *testing.T) {
	fake := platformtest.NewTelegram(t)
	b, sample := telegramAt(t, fake), platformtest.NewSample(t)
	d := &platformtest.Drive{Account: b.Account, Proxy: b.Proxy, Media: sample.Media(), Post: sample.Post("goal-1.telegram", "Gold!"), Now: time.Now()}
	d.Run(t)
	fake.Old = true
	d.Post.Retract = true
	d.Run(t)
	if d.Post.State != clip.PostNeedsPerson || !strings.Contains(d.Post.Reason, "by hand at https://t.me/ovation/") {
		t.Errorf("%s: %s", d.Post.State, d.Post.Reason)
	}
}

// TestTelegramCheck: who cannot post is told before the event.
func TestTelegramCheck(t *testing.T) {
	fake := platformtest.NewTelegram(t)
	check := func() error { return telegramAt(t, fake).Account.(platform.Checked).Check(t.Context()) }
	if err := check(); err != nil {
		t.Error(err)
	}
	fake.Status = "member"
	if err := check(); clip.KindOf(err) != clip.Denied || !strings.Contains(err.Error(), "administrator") {
		t.Errorf("a mere member: %v", err)
	}
	fake.Chat = "@another"
	options := map[string]any{"server": fake.URL, "token": fake.Token, "chat": "@ovation", "staging": fake.Staging, "allow_private": true}
	if err := open(t, "telegram", options, nil).(platform.Checked).Check(t.Context()); clip.KindOf(err) != clip.Denied || !strings.Contains(err.Error(), "chat not found") {
		t.Errorf("a chat that is not there: %v", err)
	}
}

// TestTelegramThrottled: the wait stands in the answer's body.
func TestTelegramThrottled(t *testing.T) {
	account := open(t, "telegram", map[string]any{"server": answering(t, http.StatusTooManyRequests,
		`{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 35","parameters":{"retry_after":35}}`),
		"token": "1:secret", "chat": "@a", "staging": "@b", "allow_private": true}, nil)
	err := account.(platform.Checked).Check(t.Context())
	if wait := time.Until(clip.UntilOf(err)); clip.KindOf(err) != clip.Throttled || wait < 30*time.Second || wait > 40*time.Second {
		t.Errorf("%v: wait %s", err, wait)
	}
}

// TestTelegramOptions: each error names the key and says what to write.
func TestTelegramOptions(t *testing.T) {
	optionsFail(t, "telegram", map[string]string{
		`{"token":"1:secret","chat":"@ovation","staging":"-1001"}`:                                "",
		`{"chat":"@ovation","staging":"-1001"}`:                                                   "token",
		`{"token":"1:secret/x","chat":"@ovation","staging":"-1001"}`:                              "BotFather",
		`{"token":"1:secret","chat":"ovation","staging":"-1001"}`:                                 "chat",
		`{"token":"1:secret","chat":"@ovation"}`:                                                  "staging",
		`{"token":"1:secret","chat":"@ovation","staging":"@ovation"}`:                             "staging",
		`{"token":"1:secret","chat":"@ovation","staging":"-1001","server":"http://bots.example"}`: "https",
	})
}
