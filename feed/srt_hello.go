package feed

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"time"

	"github.com/datarhei/gosrt/circular"
	"github.com/datarhei/gosrt/crypto"
	srtpacket "github.com/datarhei/gosrt/packet"
)

// The handshake of SRT (draft-sharabayko-srt-01, 4.3.1): a caller asks for a
// cookie (induction), and comes back with it and what it wants (conclusion).
const (
	srtVersion = 0x010401 // whose protocol we speak
	srtMagic   = 0x4a17   // what a listener of version 5 says
	srtPacket  = 1500
)

// srtRejection is why a caller is turned away, as a code and in words.
type srtRejection struct {
	code srtpacket.HandshakeType // libsrt's access_control.h and SRT_REJECT_REASON, 2026-11-24
	why  error
}

const (
	rejectVersion   srtpacket.HandshakeType = 1008
	rejectSecret    srtpacket.HandshakeType = 1010
	rejectUnsecure  srtpacket.HandshakeType = 1011
	rejectMessages  srtpacket.HandshakeType = 1012
	rejectCongested srtpacket.HandshakeType = 1013
	rejectNotFound  srtpacket.HandshakeType = 1404
)

// srtInduction is a caller's first packet.
func srtInduction(id uint32, ours net.Addr) *srtpacket.CIFHandshake {
	hs := &srtpacket.CIFHandshake{
		IsRequest: true, Version: 4, ExtensionField: 2, InitialPacketSequenceNumber: circular.New(0, srtpacket.MAX_SEQUENCENUMBER),
		MaxTransmissionUnitSize: srtPacket, MaxFlowWindowSize: srtFlow, HandshakeType: srtpacket.HSTYPE_INDUCTION, SRTSocketId: id,
	}
	hs.PeerIP.FromNetAddr(ours)
	return hs
}

// srtCookieFor is a listener's answer to it.
func srtCookieFor(hs srtpacket.CIFHandshake, cookie uint32) *srtpacket.CIFHandshake {
	hs.Version, hs.EncryptionField, hs.ExtensionField, hs.SynCookie = 5, 0, srtMagic, cookie
	return &hs
}

// extension says what we can do, and how long packets may take.
func (o srtOptions) extension() *srtpacket.CIFHandshakeExtension {
	ms := uint16(o.latency.Milliseconds())
	return &srtpacket.CIFHandshakeExtension{
		SRTVersion:     srtVersion,
		SRTFlags:       srtpacket.CIFHandshakeExtensionFlags{TSBPDSND: true, TSBPDRCV: true, CRYPT: true, TLPKTDROP: true, PERIODICNAK: true, REXMITFLG: true},
		RecvTSBPDDelay: ms, SendTSBPDDelay: ms,
	}
}

// conclude is a caller's second packet, with the key that it makes.
func (o srtOptions) conclude(hs srtpacket.CIFHandshake, id uint32) (*srtpacket.CIFHandshake, crypto.Crypto, error) {
	if hs.Version != 5 || hs.ExtensionField != srtMagic {
		return nil, nil, errors.New("its SRT is older than 1.3, of 2018")
	}
	hs.IsRequest, hs.HandshakeType, hs.SRTSocketId, hs.EncryptionField = true, srtpacket.HSTYPE_CONCLUSION, id, 0
	hs.InitialPacketSequenceNumber = circular.New(rand.Uint32N(srtNumbers), srtpacket.MAX_SEQUENCENUMBER)
	hs.HasHS, hs.SRTHS = true, o.extension()
	hs.HasSID, hs.StreamId = true, o.stream
	if o.passphrase == "" {
		return &hs, nil, nil
	}
	keys, err := crypto.New(o.keyLength)
	if err != nil {
		return nil, nil, err
	}
	hs.HasKM, hs.SRTKM = true, &srtpacket.CIFKeyMaterialExtension{}
	return &hs, keys, keys.MarshalKM(hs.SRTKM, o.passphrase, srtpacket.EvenKeyEncrypted)
}

// judge decides whether a listener lets a caller in: who names the stream id
// and knows the passphrase. The keys are nil where nothing is encrypted.
func (o srtOptions) judge(hs *srtpacket.CIFHandshake) (keys crypto.Crypto, no *srtRejection) {
	reject := func(code srtpacket.HandshakeType, why string) *srtRejection {
		return &srtRejection{code, errors.New(why)}
	}
	switch {
	case hs.Version != 5 || hs.SRTHS == nil:
		// Such a handshake has no stream id and no proof of a passphrase.
		return nil, reject(rejectVersion, "its SRT is older than 1.3, of 2018, and cannot prove who it is")
	case hs.SRTHS.SRTFlags.STREAM:
		return nil, reject(rejectMessages, "it sends files, not live: set transtype=live there")
	case hs.HasCongestionCtl && hs.CongestionCtl != "live":
		return nil, reject(rejectCongested, "it sends files, not live: set congestion=live there")
	case o.stream != "" && hs.StreamId != o.stream:
		return nil, reject(rejectNotFound, "it names another streamid")
	case o.passphrase == "" && hs.SRTKM != nil:
		return nil, reject(rejectUnsecure, "it encrypts, and the feed has no passphrase=")
	case o.passphrase == "":
		return nil, nil
	}
	if keys, err := unlock(hs.SRTKM, o.passphrase); err == nil {
		return keys, nil
	}
	return nil, reject(rejectSecret, "its passphrase is another one, or it has none")
}

// unlock opens key material.
func unlock(km *srtpacket.CIFKeyMaterialExtension, passphrase string) (crypto.Crypto, error) {
	if km == nil {
		return nil, errors.New("there is none")
	}
	keys, err := crypto.New(int(km.KLen))
	if err != nil {
		return nil, err
	}
	return keys, keys.UnmarshalKM(km, passphrase)
}

// accept is a listener's answer to a caller that it lets in, as the socket id,
// and how long a missing packet is waited for: as long as the one of both wants
// who wants longer.
func (o srtOptions) accept(hs srtpacket.CIFHandshake, id uint32) (*srtpacket.CIFHandshake, time.Duration) {
	o.latency = max(o.latency, time.Duration(hs.SRTHS.SendTSBPDDelay)*time.Millisecond)
	hs.IsRequest, hs.SRTSocketId, hs.SynCookie = false, id, 0
	hs.HasSID, hs.HasCongestionCtl, hs.SRTHS = false, false, o.extension()
	hs.MaxTransmissionUnitSize, hs.MaxFlowWindowSize = min(hs.MaxTransmissionUnitSize, srtPacket), srtFlow
	return &hs, o.latency
}

// reject is a listener's answer to one that it does not let in.
func (r srtRejection) answer(hs srtpacket.CIFHandshake) *srtpacket.CIFHandshake {
	hs.HandshakeType, hs.HasHS, hs.HasKM, hs.HasSID, hs.HasCongestionCtl = r.code, false, false, false, false
	return &hs
}

// srtRefused is what a listener's answer means where it is no.
func srtRefused(code srtpacket.HandshakeType) error {
	switch code {
	case rejectSecret, rejectUnsecure:
		return errSecret
	case 1001, 1003, 1005, 1007: // system, resource, backlog, close
		return fmt.Errorf("the sender cannot take the call now (SRT rejection %d)", code)
	}
	return fmt.Errorf("%w (SRT rejection %d)", errTurnedAway, code)
}

var (
	errSecret     = errors.New("the sender refuses the passphrase: set the feed's passphrase= to the sender's")
	errTurnedAway = errors.New("the sender refuses the connection; look at the feed's streamid= and passphrase=")
)
