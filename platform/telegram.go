package platform

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// What Telegram accepts of a bot. https://core.telegram.org/bots/api#sendvideo,
// #sending-files, #deletemessage and #using-a-local-bot-api-server, 2026-11-24.
const (
	telegramServer   = "https://api.telegram.org"
	telegramMaxText  = 1024 // of a caption; counted here in UTF-16, as its entities are
	telegramMaxBytes = 50_000_000
	telegramOwnBytes = 2_000_000_000 // through a Bot API server of one's own
)

// telegram posts to a channel by a bot.
//
// Once: the Bot API has neither an idempotency key nor a way to read what was
// posted, so a lost answer needs a person. The video is first brought to a
// staging chat, where the public does not see it, and published from there by
// its file id. The staged message is what an attempt claims, by writing its
// number into the caption: an edit that changes nothing is refused, so of two
// attempts with one number only the first publishes.
//
// There is no alternative text and no sidecar for captions.
var telegram = Platform{
	Name:  "telegram",
	About: "Posts to a Telegram channel or group by a bot that is an administrator of it.",
	Proof: "Our reading of the documentation: the conformance suite runs it on our fake of the Bot API.",
	Profile: clip.Profile{
		Platform: "telegram",
		Takedown: clip.TakedownDelete,
		Shapes:   clip.Shapes(),
		MaxBytes: telegramMaxBytes,
		MaxText:  telegramMaxText,
		NoAlt:    true,
		Count:    utf16Count,
	},
	Options: func() any { return new(telegramOptions) },
	Open:    openTelegram,
}

// telegramOptions is the configuration of a bot and its channel.
type telegramOptions struct {
	// Token is the bot's, as @BotFather gave it.
	Token clip.Secret `yaml:"token" json:"token"`
	// Chat is where posts go: @name of a public channel, or the number of a chat.
	Chat string `yaml:"chat" json:"chat"`
	// Staging is a private channel or group of the bot, where videos are brought
	// to before they are published.
	Staging string `yaml:"staging" json:"staging"`
	// Server is a Bot API server of one's own, which takes files of up to 2 GB.
	Server string `yaml:"server" json:"server"`
	// AllowPrivate permits a server on a private address, and plain http.
	AllowPrivate bool `yaml:"allow_private" json:"allow_private"`
}

type telegramAccount struct {
	*caller
	token         clip.Secret
	chat, staging string
	own           bool // through a Bot API server of one's own
}

func openTelegram(options any, d Deps) (Account, error) {
	o := *options.(*telegramOptions)
	op := "open a telegram account"
	switch {
	case o.Token == "":
		return nil, clip.Errorf(clip.Invalid, op, "token is missing; write the bot's token, or token_file")
	case strings.ContainsAny(o.Token.Reveal(), "/?# "):
		return nil, clip.Errorf(clip.Invalid, op, "token: this is none of @BotFather")
	case !telegramChat(o.Chat):
		return nil, clip.Errorf(clip.Invalid, op, "chat: write @name of the channel, or its number such as -1001234567890")
	case !telegramChat(o.Staging) || o.Staging == o.Chat:
		return nil, clip.Errorf(clip.Invalid, op, "staging: write the number of a private channel, where videos wait to be published")
	}
	server, err := apiServer("server", orElse(o.Server, telegramServer), o.AllowPrivate)
	if err != nil {
		return nil, err
	}
	a := &telegramAccount{newCaller(d, server, "", o.AllowPrivate), o.Token, o.Chat, o.Staging, o.Server != ""}
	a.tokens = secrets{o.Token}
	a.dialect = func(text []byte, r *refusal) { telegramRefusal(text, r, a.now()) }
	return a, nil
}

// telegramChat reports whether a chat is named as the API wants it.
func telegramChat(s string) bool {
	_, err := strconv.ParseInt(s, 10, 64)
	return err == nil || strings.HasPrefix(s, "@") && len(s) > 1 && !strings.ContainsAny(s[1:], "@/ ")
}

// telegramRefusal reads the errors of the Bot API: words, and for how long to
// wait (https://core.telegram.org/bots/api#making-requests, 2026-11-24).
func telegramRefusal(text []byte, r *refusal, now time.Time) {
	var said struct {
		Description string
		Parameters  struct {
			RetryAfter int64 `json:"retry_after"`
		}
	}
	if json.Unmarshal(text, &said) != nil || said.Description == "" {
		return
	}
	r.reason = said.Description
	words := strings.ToLower(said.Description)
	switch {
	case said.Parameters.RetryAfter > 0:
		r.kind, r.until = clip.Throttled, now.Add(time.Duration(said.Parameters.RetryAfter)*time.Second)
	case r.status == http.StatusNotFound: // of a token that is none
		r.kind, r.advice = clip.Denied, "check the token"
	case strings.Contains(words, "chat not found"), strings.Contains(words, "rights"), strings.Contains(words, "not a member"):
		r.kind, r.advice = clip.Denied, "check chat and staging, and make the bot an administrator of both"
	}
}

// telegramMessage is as much of a message as we need.
type telegramMessage struct {
	ID    int64 `json:"message_id"`
	Date  int64 `json:"date"`
	Video struct {
		FileID string `json:"file_id"`
		Cover  []struct {
			FileID string `json:"file_id"`
		} `json:"cover"`
	} `json:"video"`
}

// ask is a call of a method of the Bot API.
func (a *telegramAccount) ask(op, method string) ask {
	return ask{op: op, method: http.MethodPost, path: "/bot" + a.token.Reveal() + "/" + method}
}

// call makes a call with parameters, and decodes its result.
func (a *telegramAccount) call(ctx context.Context, send ask, parameters map[string]any, into any) error {
	var err error
	if send.body, err = jsonBody(parameters); err != nil {
		return clip.Errorf(clip.Internal, send.op, "%w", err)
	}
	_, err = a.result(ctx, send, into)
	return err
}

// result makes a call; what answers must say that it was carried out.
func (a *telegramAccount) result(ctx context.Context, send ask, into any) (answer, error) {
	told := struct {
		OK     bool `json:"ok"`
		Result any  `json:"result"`
	}{Result: into}
	got, err := a.do(ctx, send, &told)
	if err == nil && !told.OK {
		err = unclear(send, "the answer does not say that it was carried out")
	}
	return got, err
}

// Limits are the documented ones; the API tells none.
func (a *telegramAccount) Limits(context.Context) (clip.Profile, error) {
	p := telegram.Profile
	if a.own {
		p.MaxBytes = telegramOwnBytes
	}
	return p, nil
}

// Check proves that the bot may post to its channel, take back, and stage.
func (a *telegramAccount) Check(ctx context.Context) error {
	op := "check the bot"
	var me struct{ ID int64 }
	if err := a.call(ctx, a.ask(op, "getMe"), nil, &me); err != nil {
		return err
	}
	for _, chat := range []string{a.chat, a.staging} {
		var member struct {
			Status    string
			CanPost   *bool `json:"can_post_messages"` // of channels alone
			CanEdit   *bool `json:"can_edit_messages"`
			CanDelete bool  `json:"can_delete_messages"`
		}
		if err := a.call(ctx, a.ask(op, "getChatMember"), map[string]any{"chat_id": chat, "user_id": me.ID}, &member); err != nil {
			return err
		}
		may := member.Status == "administrator" && member.CanDelete && (member.CanPost == nil || *member.CanPost)
		if !may && member.Status != "creator" {
			return clip.Errorf(clip.Denied, op, "in %s it is %s; make it an administrator who may post and delete messages", chat, member.Status)
		}
	}
	return nil
}

// telegramHandle is a video that waits in the staging chat.
type telegramHandle struct {
	Message int64  `json:"message"`
	Video   string `json:"video"`
	Cover   string `json:"cover,omitempty"`
}

// Upload brings the video and its cover to the staging chat.
func (a *telegramAccount) Upload(ctx context.Context, p clip.Post, m Media) (string, error) {
	op := "upload the video of post " + string(p.ID)
	fields := []field{
		{name: "chat_id", text: a.staging}, {name: "caption", text: string(p.ID)}, {name: "disable_notification", text: "true"},
		{name: "supports_streaming", text: "true"}, {name: "duration", text: strconv.Itoa(int(p.Duration.Round(time.Second).Seconds()))},
	}
	if !m.Cover.Zero() {
		fields = append(fields, field{name: "cover", text: "attach://image"}, field{name: "image", file: string(p.ID) + ".jpg", kind: "image/jpeg", blob: m.Cover})
	}
	fields = append(fields, field{name: "video", file: string(p.ID) + ".mp4", kind: "video/mp4", blob: m.Video})
	form, files, err := formBody(fields)
	if err != nil {
		return "", clip.Errorf(clip.Unavailable, op, "%w", err)
	}
	defer files.Close()
	send := a.ask(op, "sendVideo")
	send.body = form
	var staged telegramMessage
	if _, err := a.result(ctx, send, &staged); err != nil {
		return "", err
	}
	if staged.ID == 0 || staged.Video.FileID == "" {
		return "", unclear(send, "the answer names no video")
	}
	h := telegramHandle{Message: staged.ID, Video: staged.Video.FileID}
	if n := len(staged.Video.Cover); n > 0 {
		h.Cover = staged.Video.Cover[n-1].FileID // the largest
	}
	text, err := json.Marshal(h)
	return string(text), err
}

// Processed is true: what is staged can be sent on.
func (a *telegramAccount) Processed(context.Context, string) (bool, error) { return true, nil }

// Publish claims the staged video for this attempt, and sends it to the channel.
func (a *telegramAccount) Publish(ctx context.Context, p clip.Post) (clip.Receipt, error) {
	op := "publish post " + string(p.ID)
	ctx, cancel := context.WithTimeout(ctx, commitTime)
	defer cancel()
	var h telegramHandle
	if err := json.Unmarshal([]byte(p.Handle), &h); err != nil {
		return clip.Receipt{}, clip.Errorf(clip.Invalid, op, "the handle is none of Telegram")
	}
	if err := a.claim(ctx, op, p, h); err != nil {
		return clip.Receipt{}, err
	}
	video := map[string]any{"chat_id": a.chat, "video": h.Video, "caption": p.Text, "supports_streaming": true}
	if h.Cover != "" {
		video["cover"] = h.Cover
	}
	send := a.ask(op, "sendVideo")
	send.commit = true
	var posted telegramMessage
	if err := a.call(ctx, send, video, &posted); err != nil {
		return clip.Receipt{}, err
	}
	if posted.ID == 0 {
		return clip.Receipt{}, unclear(send, "the answer names no message")
	}
	return a.receipt(posted), nil
}

// claim writes the attempt into the caption of the staged video.
func (a *telegramAccount) claim(ctx context.Context, op string, p clip.Post, h telegramHandle) error {
	caption := fmt.Sprintf("%s, attempt %d", p.ID, p.Attempt)
	err := a.call(ctx, a.ask(op, "editMessageCaption"), map[string]any{"chat_id": a.staging, "message_id": h.Message, "caption": caption}, new(telegramMessage))
	if err != nil && strings.Contains(err.Error(), "message is not modified") {
		return clip.Errorf(clip.Ambiguous, op, "this attempt has begun already, and may have posted it")
	}
	return err
}

// receipt names a message, and where people see it.
func (a *telegramAccount) receipt(m telegramMessage) clip.Receipt {
	id := strconv.FormatInt(m.ID, 10)
	where := "c/" + strings.TrimPrefix(a.chat, "-100")
	if name, public := strings.CutPrefix(a.chat, "@"); public {
		where = name
	}
	return clip.Receipt{ID: id, URL: "https://t.me/" + where + "/" + id, At: time.Unix(m.Date, 0).UTC()}
}

// Find cannot know: a bot does not see what was posted. The profile says so.
func (a *telegramAccount) Find(context.Context, clip.Post) (clip.Receipt, bool, error) {
	return clip.Receipt{}, false, nil
}

// Retract deletes the message, and the staged video. A bot that may not delete
// all messages can do so for two days.
func (a *telegramAccount) Retract(ctx context.Context, p clip.Post) error {
	op := "retract post " + string(p.ID)
	id := strings.TrimRight(p.Receipt.ID, "/")
	message, err := strconv.ParseInt(id[strings.LastIndexByte(id, '/')+1:], 10, 64)
	if err != nil {
		return clip.Errorf(clip.Invalid, op, "the receipt names no message")
	}
	if err := a.remove(ctx, op, a.chat, message); err != nil {
		if clip.KindOf(err) == clip.Rejected {
			return clip.Errorf(clip.Rejected, op, "delete it by hand at %s: %w", p.Receipt.URL, err)
		}
		return err
	}
	var h telegramHandle
	if json.Unmarshal([]byte(p.Handle), &h) != nil || h.Message == 0 {
		return nil
	}
	return a.remove(ctx, op, a.staging, h.Message)
}

// remove deletes a message; one that is gone is no error.
func (a *telegramAccount) remove(ctx context.Context, op, chat string, message int64) error {
	err := a.call(ctx, a.ask(op, "deleteMessage"), map[string]any{"chat_id": chat, "message_id": message}, new(bool))
	if err != nil && strings.Contains(err.Error(), "message to delete not found") {
		return nil
	}
	return err
}
