package platformtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"
)

// Telegram is a server that speaks the Bot API as documented
// (https://core.telegram.org/bots/api, 2026-11-24), as far as a publisher meets
// it. Its fields may be changed between calls.
type Telegram struct {
	URL           string
	Token         string
	Chat, Staging string
	Old           bool // messages are older than two days, and the bot may not delete all
	Status        string

	mu       sync.Mutex
	files    map[string][]byte
	messages map[string][]*TelegramMessage // by chat
	made     int
}

// TelegramMessage is a message with a video.
type TelegramMessage struct {
	ID             int
	Caption        string
	Video, Cover   []byte
	fileID, coverD string
}

// NewTelegram starts a server with a bot and two chats.
func NewTelegram(t testing.TB) *Telegram {
	t.Helper()
	g := &Telegram{
		Token: "123456:a-secret-token-of-the-fake", Chat: "@ovation", Staging: "-1001234567890", Status: "administrator",
		files: map[string][]byte{}, messages: map[string][]*TelegramMessage{},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /{bot}/getMe", g.signed(func(w http.ResponseWriter, _ map[string]string) {
		result(w, map[string]any{"id": 77, "is_bot": true})
	}))
	mux.HandleFunc("POST /{bot}/getChatMember", g.signed(g.member))
	mux.HandleFunc("POST /{bot}/sendVideo", g.signed(g.send))
	mux.HandleFunc("POST /{bot}/editMessageCaption", g.signed(g.edit))
	mux.HandleFunc("POST /{bot}/deleteMessage", g.signed(g.remove))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	g.URL = server.URL
	return g
}

// Messages are the messages of a chat, oldest first.
func (g *Telegram) Messages(chat string) []TelegramMessage {
	g.mu.Lock()
	defer g.mu.Unlock()
	var all []TelegramMessage
	for _, m := range g.messages[chat] {
		all = append(all, *m)
	}
	return all
}

// signed lets in who has the token, one at a time, and reads the parameters:
// JSON, or a form whose files become file ids.
func (g *Telegram) signed(next func(http.ResponseWriter, map[string]string)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.PathValue("bot") != "bot"+g.Token {
			refuseBot(w, http.StatusUnauthorized, "Unauthorized")
			return
		}
		given, err := g.parameters(r)
		if err != nil {
			return // the caller is gone
		}
		g.mu.Lock()
		defer g.mu.Unlock()
		if chat := given["chat_id"]; chat != "" && chat != g.Chat && chat != g.Staging {
			refuseBot(w, http.StatusBadRequest, "Bad Request: chat not found")
			return
		}
		next(w, given)
	}
}

func (g *Telegram) parameters(r *http.Request) (map[string]string, error) {
	given := map[string]string{}
	if form, err := r.MultipartReader(); err == nil {
		for {
			part, err := form.NextPart()
			if err == io.EOF {
				return given, nil
			}
			if err != nil {
				return nil, err
			}
			text, err := io.ReadAll(part)
			if err != nil {
				return nil, err
			}
			given[part.FormName()] = string(text)
			if part.FileName() != "" {
				given[part.FormName()] = g.keep(text)
			}
		}
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	var in map[string]any
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	_ = decoder.Decode(&in) // none: no parameters
	for k, v := range in {
		given[k] = fmt.Sprint(v)
	}
	return given, nil
}

// keep stores a file and names it.
func (g *Telegram) keep(file []byte) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.made++
	id := "file-" + strconv.Itoa(g.made)
	g.files[id] = file
	return id
}

func (g *Telegram) member(w http.ResponseWriter, given map[string]string) {
	told := map[string]any{"status": g.Status, "user": map[string]any{"id": 77}, "can_delete_messages": true}
	if strings.HasPrefix(given["chat_id"], "@") {
		told["can_post_messages"] = true
	}
	result(w, told)
}

func (g *Telegram) send(w http.ResponseWriter, given map[string]string) {
	cover := given["cover"]
	if name, attached := strings.CutPrefix(cover, "attach://"); attached {
		cover = given[name]
	}
	video, ok := g.files[given["video"]]
	switch {
	case !ok:
		refuseBot(w, http.StatusBadRequest, "Bad Request: wrong file identifier/HTTP URL specified")
		return
	case utf8.RuneCountInString(given["caption"]) > 1024:
		refuseBot(w, http.StatusBadRequest, "Bad Request: message caption is too long")
		return
	}
	g.made++
	m := &TelegramMessage{ID: g.made, Caption: given["caption"], Video: video, Cover: g.files[cover], fileID: given["video"], coverD: cover}
	g.messages[given["chat_id"]] = append(g.messages[given["chat_id"]], m)
	result(w, m.show())
}

func (m *TelegramMessage) show() map[string]any {
	return map[string]any{"message_id": m.ID, "date": time.Now().Unix(), "caption": m.Caption, "video": map[string]any{
		"file_id": m.fileID, "cover": []any{map[string]any{"file_id": "small"}, map[string]any{"file_id": m.coverD}},
	}}
}

// find gives the place of a message in its chat; -1: it is gone.
func (g *Telegram) find(given map[string]string) int {
	for i, m := range g.messages[given["chat_id"]] {
		if strconv.Itoa(m.ID) == given["message_id"] {
			return i
		}
	}
	return -1
}

func (g *Telegram) edit(w http.ResponseWriter, given map[string]string) {
	i := g.find(given)
	switch {
	case i < 0:
		refuseBot(w, http.StatusBadRequest, "Bad Request: message to edit not found")
		return
	case g.messages[given["chat_id"]][i].Caption == given["caption"]:
		refuseBot(w, http.StatusBadRequest, "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message")
		return
	}
	m := g.messages[given["chat_id"]][i]
	m.Caption = given["caption"]
	result(w, m.show())
}

func (g *Telegram) remove(w http.ResponseWriter, given map[string]string) {
	i, all := g.find(given), g.messages[given["chat_id"]]
	switch {
	case i < 0:
		refuseBot(w, http.StatusBadRequest, "Bad Request: message to delete not found")
	case g.Old:
		refuseBot(w, http.StatusBadRequest, "Bad Request: message can't be deleted for everyone")
	default:
		g.messages[given["chat_id"]] = append(all[:i:i], all[i+1:]...)
		result(w, true)
	}
}

func result(w http.ResponseWriter, v any) {
	answerWith(w, http.StatusOK, map[string]any{"ok": true, "result": v})
}

func refuseBot(w http.ResponseWriter, status int, description string) {
	answerWith(w, status, map[string]any{"ok": false, "error_code": status, "description": description})
}
