package reports

import (
	"encoding/base64"
	"regexp"
	"strings"
)

// removed stands where a secret stood. It holds no character the patterns below could take for another secret.
const removed = "[removed]"

// Forms of secrets met in kubeconfigs, API server logs, Helm output and cloud credential plugins.
var (
	privateKey    = regexp.MustCompile(`(?s)-----BEGIN [A-Z0-9 ]*PRIVATE KEY.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|\z)`)
	encodedPEM    = regexp.MustCompile(`LS0tLS1CRUdJTi[A-Za-z0-9+/=]{16,}`) // base64 of "-----BEGIN "
	jwt           = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*){1,4}`)
	providerToken = regexp.MustCompile(
		`k8s-aws-v1\.[A-Za-z0-9_-]+|ya29\.[A-Za-z0-9_-]+|sha256~[A-Za-z0-9_-]{20,}|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{20,}`)
	userinfo      = regexp.MustCompile(`(\w://)[^\s/@:]*:[^\s/@]*@`)
	bearer        = regexp.MustCompile(`(?i)(bearer\s+)([A-Za-z0-9._~+/=-]+)`)
	authorization = regexp.MustCompile(`(?i)(authorization["']?\s*[:=]\s*["']?(?:[a-z]+ +)?)([^\s"',]+)`)
	keyed         = regexp.MustCompile(
		`(?i)((?:client-key-data|client[_-]secret|passw(?:or)?d|secret[_-]?(?:access[_-])?key)["']?\s*[:=]\s*["']?)([^\s"',}&]+)`)
	tokenField = regexp.MustCompile(`(?i)(token["']?\s*[:=]\s*["']?)([A-Za-z0-9._~+/=-]+)`)
)

// Scrub takes bearer tokens, JWTs, PEM private keys (plain or base64, as in a kubeconfig's client-key-data), passwords
// and the tokens of known providers out of a text. Every writer of this package applies it to every text.
func Scrub(text string) string {
	text = privateKey.ReplaceAllString(text, removed)
	text = encodedPEM.ReplaceAllStringFunc(text, func(s string) string {
		if holdsPrivateKey(s) {
			return removed
		}
		return s // a certificate is public, and evidence
	})
	text = jwt.ReplaceAllString(text, removed)
	text = providerToken.ReplaceAllString(text, removed)
	text = userinfo.ReplaceAllString(text, "${1}"+removed+"@")
	text = replaceValue(authorization, text, func(string) bool { return true })
	text = replaceValue(keyed, text, func(string) bool { return true })
	text = replaceValue(bearer, text, looksRandom)
	return replaceValue(tokenField, text, looksRandom)
}

// replaceValue removes the second group of a match where secret says it is one.
func replaceValue(pattern *regexp.Regexp, text string, secret func(string) bool) string {
	return pattern.ReplaceAllStringFunc(text, func(match string) string {
		parts := pattern.FindStringSubmatch(match)
		if strings.HasPrefix(parts[2], removed) || !secret(parts[2]) {
			return match
		}
		return parts[1] + removed
	})
}

// looksRandom tells a token from an English word, so that "token: expired" and "bearer authentication" stay readable.
func looksRandom(s string) bool {
	return len(s) >= 8 && (len(s) >= 24 || strings.ContainsAny(s, "0123456789_~+="))
}

// holdsPrivateKey looks at the header only: the rest need not be whole, or even base64, to be secret.
func holdsPrivateKey(encoded string) bool {
	const header = 48 // base64 characters that hold the whole of "-----BEGIN … PRIVATE KEY"
	head := encoded[:min(len(encoded), header)]
	plain, _ := base64.RawStdEncoding.DecodeString(head[:len(head)/4*4]) // what decodes is what counts
	return strings.Contains(string(plain), "PRIVATE")
}

// scrubCommand also removes the argument after a flag that takes a secret.
func scrubCommand(argv []string) []string {
	clean := make([]string, 0, len(argv))
	for i, arg := range argv {
		if i > 0 && secretName(strings.TrimLeft(argv[i-1], "-")) && strings.HasPrefix(argv[i-1], "-") {
			arg = removed
		}
		if name, _, given := strings.Cut(arg, "="); given && secretName(strings.TrimLeft(name, "-")) {
			arg = name + "=" + removed
		}
		clean = append(clean, arg)
	}
	return clean
}

// secretName says that a setting or flag of this name holds a secret: by its last word, because "token.aud" does not.
func secretName(name string) bool {
	last := strings.ToLower(name[strings.LastIndexAny(name, "./")+1:])
	switch last {
	case "token", "password", "passwd", "secret", "client-secret", "client-key-data", "bearer-token":
		return true
	}
	return strings.HasSuffix(last, "-token") || strings.HasSuffix(last, "-password")
}
