package reports

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// escapes are the colour and cursor sequences that command-line tools write.
var escapes = regexp.MustCompile(`\x1b\[[0-9;?]*[A-Za-z]`)

// printable makes a text safe to store and show in every format: terminal colours go, line ends become \n, and bytes
// that are no text are spelled out (\x00, \u202e), because in a protocol banner they are evidence. Newlines and tabs
// stay.
func printable(text string) string {
	text = strings.ReplaceAll(escapes.ReplaceAllString(text, ""), "\r\n", "\n")
	if !strings.ContainsFunc(text, unprintable) {
		return text
	}
	var b strings.Builder
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		invalid := r == utf8.RuneError && size == 1
		switch {
		case invalid, unprintable(r) && r < 0x100:
			fmt.Fprintf(&b, `\x%02x`, text[size-1])
		case unprintable(r) && r != utf8.RuneError:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteString(text[:size])
		}
		text = text[size:]
	}
	return b.String()
}

// unprintable says that a rune cannot be shown, or, like the bidirectional overrides, would show something else.
// utf8.RuneError is among them so that invalid bytes are found; a real U+FFFD stays, as printable decides by its size.
func unprintable(r rune) bool {
	switch {
	case r == '\n', r == '\t':
		return false
	case unicode.IsControl(r), r == utf8.RuneError, r == 0xFFFE, r == 0xFFFF:
		return true
	}
	return unicode.Is(unicode.Bidi_Control, r)
}
