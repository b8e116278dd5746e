package feed

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/Comcast/scte35-go/pkg/scte35"

	"github.com/ovation-live/ovation/clip"
)

// spliceMarks reads a SCTE-35 section (ANSI/SCTE 35). Each segmentation
// descriptor is a mark; a splice_insert is one itself. Heartbeats are none.
// Times are unwrapped beside m.at, which must be in the epoch's ticks.
func (m message) spliceMarks(epoch clip.EpochID) (marks []clip.Mark, err error) {
	const op = "read a SCTE-35 section"
	defer func() {
		if r := recover(); r != nil { // scte35-go trusts lengths inside the section (v1.4.6)
			marks, err = nil, clip.Errorf(clip.Invalid, op, "its lengths contradict each other")
		}
	}()
	var splice scte35.SpliceInfoSection
	if err := splice.Decode(m.bytes); err != nil {
		return nil, clip.Errorf(clip.Invalid, op, "%w", err)
	}
	base := clip.Mark{Epoch: epoch, PTS: m.at, Scheme: schemeSCTE35, Fields: map[string]string{}}
	at, ok := command(splice.SpliceCommand, base.Fields)
	if !ok {
		return nil, nil
	}
	if at != nil && !m.exact {
		base.PTS = unwrap(clip.Ticks(*at+splice.PTSAdjustment), m.at)
	}
	for _, d := range splice.SpliceDescriptors {
		if seg, ok := d.(*scte35.SegmentationDescriptor); ok {
			mark := base
			mark.Fields = segmentation(seg, base.Fields)
			mark.Event = mark.Fields["event_id"]
			marks = append(marks, mark)
		}
	}
	if base.Event = base.Fields["event_id"]; len(marks) == 0 && base.Event != "" {
		marks = []clip.Mark{base}
	}
	return marks, nil
}

// command fills in what the splice command says and gives its time, if it
// names one. Commands that mark nothing in the programme are not ok.
func command(c scte35.SpliceCommand, fields map[string]string) (at *uint64, ok bool) {
	switch c := c.(type) {
	case *scte35.SpliceInsert:
		return spliceInsert(c, fields), true
	case *scte35.TimeSignal:
		fields["command"] = "time_signal"
		return c.SpliceTime.PTSTime, true
	}
	return nil, false
}

// spliceInsert fills in the fields of a splice_insert and gives its time.
func spliceInsert(c *scte35.SpliceInsert, fields map[string]string) *uint64 {
	fields["command"] = "splice_insert"
	fields["event_id"] = strconv.FormatUint(uint64(c.SpliceEventID), 10)
	if c.SpliceEventCancelIndicator {
		fields["cancel"] = "true"
		return nil
	}
	fields["out_of_network"] = strconv.FormatBool(c.OutOfNetworkIndicator)
	fields["program_id"] = strconv.FormatUint(uint64(c.UniqueProgramID), 10)
	if c.BreakDuration != nil {
		fields["duration"] = length(c.BreakDuration.Duration)
	}
	if c.Program == nil || c.SpliceImmediateFlag {
		return nil
	}
	return c.Program.SpliceTime.PTSTime
}

// segmentation is the command's fields and those of a descriptor.
func segmentation(d *scte35.SegmentationDescriptor, command map[string]string) map[string]string {
	number := func(n uint32) string { return strconv.FormatUint(uint64(n), 10) }
	f := map[string]string{"event_id": number(d.SegmentationEventID)}
	for name, value := range command {
		if name != "event_id" {
			f[name] = value
		}
	}
	if d.SegmentationEventCancelIndicator {
		f["cancel"] = "true"
		return f
	}
	f["type"] = fmt.Sprintf("0x%02x", d.SegmentationTypeID)
	f["type_id"] = f["type"]
	f["type_name"] = strings.ToLower(d.Name())
	f["segment_num"], f["segments_expected"] = number(d.SegmentNum), number(d.SegmentsExpected)
	if d.SegmentationDuration != nil {
		f["duration"] = length(*d.SegmentationDuration)
	}
	var upids []string
	for _, u := range d.SegmentationUPIDs {
		if v := strings.TrimSpace(strings.ToValidUTF8(u.Value, "")); v != "" {
			upids = append(upids, v)
			f["upid_type"] = fmt.Sprintf("0x%02x", u.Type)
		}
	}
	if len(upids) > 0 {
		f["upid"] = strings.Join(upids, " ")
	}
	return f
}

// length prints ticks as a duration.
func length(ticks uint64) string { return clip.Ticks(ticks & (1<<40 - 1)).Duration().String() }
