package feed

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"
	"time"

	srt "github.com/datarhei/gosrt"
	"github.com/datarhei/gosrt/circular"
	srtpacket "github.com/datarhei/gosrt/packet"

	"github.com/ovation-live/ovation/clip"
)

// callSRT connects to a sender.
func callSRT(ctx context.Context, address string, config srt.Config, allowPrivate bool) (connection, error) {
	op := "call " + address
	var conn srt.Conn
	err := eachAddress(ctx, address, allowPrivate, func(resolved string) (err error) {
		if err = listensSRT(ctx, resolved); err == nil {
			conn, err = dialSRT(ctx, resolved, config)
		}
		return err
	})
	var classified *clip.Error
	switch {
	case err == nil:
		return conn, nil
	case errors.As(err, &classified):
		return nil, clip.Errorf(classified.Kind, op, "%w", err)
	case strings.Contains(err.Error(), "BADSECRET"), strings.Contains(err.Error(), "UNSECURE"):
		return nil, refused(op, "the sender refuses the passphrase: set the feed's passphrase= to the sender's")
	case strings.Contains(err.Error(), "rejected"):
		return nil, refused(op, "the sender refuses the connection; look at the feed's streamid= and passphrase=: %w", err)
	}
	return nil, clip.Errorf(clip.Unavailable, op, "%w", err)
}

// refused is a call that is not to be repeated soon: nothing changes until
// somebody changes a secret.
func refused(op, format string, args ...any) error {
	return &clip.Error{Op: op, Kind: clip.Denied, Err: fmt.Errorf(format, args...), Until: time.Now().Add(time.Minute)}
}

// listensSRT asks whether an SRT listener is there, by the first step of the
// handshake, of which a listener keeps nothing. The library asks once only, and
// of ten calls to somebody who is silent it leaves a goroutine behind in one,
// with its queue of 32 kB (gosrt 0.11.0, 2026-11-24), which for a sender that is
// away for a week is too often.
func listensSRT(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "udp", address)
	if err != nil {
		return err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	const again = 250 * time.Millisecond
	answer, hello := make([]byte, maxDatagram), induction(conn)
	for {
		if _, err := conn.Write(hello); err == nil {
			_ = conn.SetReadDeadline(time.Now().Add(again)) // a UDP connection takes one
			if n, err := conn.Read(answer); err == nil && isHandshake(answer[:n]) {
				return nil
			} else if errors.Is(err, syscall.ECONNREFUSED) {
				return errors.New("nobody listens there")
			}
		}
		if ctx.Err() != nil {
			return errors.New("no SRT listener answers there")
		}
	}
}

// induction is the caller's first packet (draft-sharabayko-srt-01, 4.3.1.1).
func induction(conn net.Conn) []byte {
	p := srtpacket.NewPacket(conn.RemoteAddr())
	p.Header().IsControlPacket, p.Header().ControlType = true, srtpacket.CTRLTYPE_HANDSHAKE
	cif := &srtpacket.CIFHandshake{
		IsRequest: true, Version: 4, ExtensionField: 2, InitialPacketSequenceNumber: circular.New(0, srtpacket.MAX_SEQUENCENUMBER),
		MaxTransmissionUnitSize: srt.MAX_MSS_SIZE, MaxFlowWindowSize: srt.DefaultConfig().FC,
		HandshakeType: srtpacket.HSTYPE_INDUCTION, SRTSocketId: 1,
	}
	cif.PeerIP.FromNetAddr(conn.LocalAddr())
	p.MarshalCIF(cif)
	var b bytes.Buffer
	_ = p.Marshal(&b) // into memory
	return b.Bytes()
}

// isHandshake recognises a listener's answer: a control packet of type zero.
func isHandshake(b []byte) bool {
	const header, cif = 16, 48
	return len(b) >= header+cif && b[0] == 0x80 && b[1] == 0
}

// dialSRT is the library's Dial, which knows no context.
func dialSRT(ctx context.Context, address string, config srt.Config) (srt.Conn, error) {
	type result struct {
		conn srt.Conn
		err  error
	}
	done := make(chan result, 1)
	go func() {
		conn, err := srt.Dial("srt", address, config)
		done <- result{conn, err}
	}()
	select {
	case r := <-done:
		return r.conn, r.err
	case <-ctx.Done():
		go func() {
			if r := <-done; r.err == nil {
				_ = r.conn.Close()
			}
		}()
		return nil, ctx.Err()
	}
}
