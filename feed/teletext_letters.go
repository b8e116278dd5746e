package feed

import (
	"strings"

	"golang.org/x/text/unicode/norm"
)

// charset is a character set G0 of teletext: the letters from 0x20 on that
// differ from ASCII (ETSI EN 300 706 15.6).
type charset map[byte]rune

// letter is a character of the set.
func (l charset) letter(c byte) rune {
	if r, ok := l[c]; ok {
		return r
	}
	if c == 0x7f {
		return '■'
	}
	return rune(c)
}

// national are the places of a Latin set that countries fill with letters of
// their own (table 36).
const national = "\x23\x24\x40\x5b\x5c\x5d\x5e\x5f\x60\x7b\x7c\x7d\x7e"

// latin is a Latin set with national letters.
func latin(own string) charset {
	l := charset{}
	for i, r := range []rune(own) {
		l[national[i]] = r
	}
	return l
}

// other is a set with its own letters from 0x40 on, and pairs of places and
// letters before.
func other(own string, before ...rune) charset {
	l := charset{}
	for i, r := range []rune(own) {
		l[byte(0x40+i)] = r
	}
	for ; len(before) >= 2; before = before[2:] {
		l[byte(before[0])] = before[1]
	}
	return l
}

var (
	english    = latin("£$@←½→↑#—¼‖¾÷")
	german     = latin("#$§ÄÖÜ^_°äöüß")
	nordic     = latin("#¤ÉÄÖÅÜ_éäöåü")
	italian    = latin("£$é°ç→↑#ùàòèì")
	french     = latin("éïàëêùî#èâôûç")
	iberian    = latin("ç$¡áéíóú¿üñèà")
	czech      = latin("#ůčťžýířéáěúš")
	polish     = latin("#ńąŻŚŁćóężśłź")
	turkish    = latin("₺ğİŞÖÇÜĞışöçü")
	south      = latin("#ËČĆŽĐŠëčćžđš") // Serbian, Croatian, Slovenian
	rumanian   = latin("#¤ŢÂŞĂÎıţâşăî")
	estonian   = latin("#õŠÄÖŽÜÕšäöžü")
	baltic     = latin("#$ŠėęŽčūšąųžį") // Lettish, Lithuanian
	serbian    = other("ЧАБЦДЕФГХИЈКЛМНОПЌРСТУВЃЉЊЗЋЖЂШЏчабцдефгхијклмнопќрстувѓљњзћжђш")
	russian    = other("ЮАБЦДЕФГХИЙКЛМНОПЯРСТУЖВЬЪЗШЭЩЧЫюабцдефгхийклмнопярстужвьъзшэщч", '&', 'ы')
	ukrainian  = other("ЮАБЦДЕФГХИЙКЛМНОПЯРСТУЖВЬІЗШЄЩЧЇюабцдефгхийклмнопярстужвьізшєщч", '&', 'ї')
	greek      = other("ΐΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡʹΣΤΥΦΧΨΩΪΫάέήίΰαβγδεζηθικλμνξοπρςστυφχψωϊϋόύώ", '<', '«', '>', '»')
	unreadable = charset(nil) // Arabic and Hebrew: they are sent as they look and not as they are read
)

// designations are the sets by the region and the three bits of the header
// (table 32).
var designations = map[int]charset{
	0o00: english, 0o01: german, 0o02: nordic, 0o03: italian, 0o04: french, 0o05: iberian, 0o06: czech,
	0o10: polish, 0o11: german, 0o12: nordic, 0o13: italian, 0o14: french, 0o16: czech,
	0o20: english, 0o21: german, 0o22: nordic, 0o23: italian, 0o24: french, 0o25: iberian, 0o26: turkish,
	0o35: south, 0o37: rumanian,
	0o40: serbian, 0o41: german, 0o42: estonian, 0o43: baltic, 0o44: russian, 0o45: ukrainian, 0o46: czech,
	0o66: turkish, 0o67: greek,
	0o100: english, 0o104: french, 0o107: unreadable,
	0o125: unreadable, 0o127: unreadable,
}

// regions are where a language's letters are found that no packet chooses.
var regions = map[string][]int{
	"pl": {1}, "tr": {2}, "hr": {3}, "sl": {3}, "bs": {3}, "ro": {3}, "sr": {3, 4}, "mk": {4},
	"et": {4}, "lv": {4}, "lt": {4}, "ru": {4}, "bg": {4}, "uk": {4}, "be": {4}, "el": {6}, "ar": {8}, "fa": {8}, "he": {10},
}

// lettersOf chooses the letters of a page: by the region of a packet X/28 or
// M/29, or else of its language, and the three bits of its header.
func lettersOf(code, option int, lang string) charset {
	base, _, _ := strings.Cut(lang, "-")
	tries := append(regions[base], 0)
	if code > 0 {
		tries = []int{(code - 1) >> 3, 0}
		if _, ok := designations[(code-1)&^7|option]; !ok {
			option = (code - 1) & 7
		}
	}
	for _, region := range tries {
		if l, ok := designations[region<<3|option]; ok {
			return l
		}
	}
	return english
}

// diacritics are the marks that a letter may get (table 39), as
// combining characters.
var diacritics = []rune{0, 0x300, 0x301, 0x302, 0x303, 0x304, 0x306, 0x307, 0x308, 0x323, 0x30a, 0x327, 0x332, 0x30b, 0x328, 0x30c}

// accented is a letter with a mark, as one character where there is such a one.
func accented(r rune, mark int) rune {
	if mark <= 0 || mark >= len(diacritics) {
		return r
	}
	if whole := []rune(norm.NFC.String(string([]rune{r, diacritics[mark]}))); len(whole) == 1 {
		return whole[0]
	}
	return r
}

// supplement is the set G2 for Latin letters, from 0x20 on (table 37).
var supplement = []rune(" ¡¢£$¥#§¤‘“«←↑→↓" + "°±²³×µ¶·÷’”»¼½¾¿" + " `´ˆ˜¯˘˙¨.˚¸_˝˛ˇ" +
	"―¹®©™♪₠‰α   ⅛⅜⅝⅞" + "ΩÆÐªĦ ĲĿŁØŒºÞŦŊŉ" + "ĸæđðħıĳŀłøœßþŧŋ■")

// supplementary is a character of it.
func supplementary(c byte) rune {
	if c < 0x20 || int(c) >= 0x20+len(supplement) {
		return ' '
	}
	return supplement[c-0x20]
}
