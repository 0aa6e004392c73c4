package reports

import (
	"encoding/base64"
	"strings"
	"testing"
	"unicode/utf8"
)

// Made up, in the form of the real ones.
const (
	aJWT = "eyJhbGciOiJSUzI1NiIsImtpZCI6IngifQ.eyJpc3MiOiJrdWJlcm5ldGVzIn0.c2lnbmF0dXJlLW9mLXNvcnRz"
	aKey = "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIBx1madeupmadeupmadeupmadeup\n-----END EC PRIVATE KEY-----"
	cert = "-----BEGIN CERTIFICATE-----\nMIIBpublicpublicpublic\n-----END CERTIFICATE-----"
)

func TestScrubRemovesSecrets(t *testing.T) {
	encodedKey := base64.StdEncoding.EncodeToString([]byte(aKey))
	for _, tc := range []struct{ name, text, secret string }{
		{"a bearer token in a header", "Authorization: Bearer abcdef.0123456789abcdef", "0123456789abcdef"},
		{"a bearer token in a command", "curl -H 'authorization: bearer s3cr3t-t0ken' https://x", "s3cr3t-t0ken"},
		{"basic authorization", `"Authorization": "Basic dXNlcjpwYXNz"`, "dXNlcjpwYXNz"},
		{"a JWT by itself", "the token " + aJWT + " has expired", "c2lnbmF0dXJl"},
		{"a JWT in JSON", `{"token":"` + aJWT + `"}`, "eyJpc3Mi"},
		{"a private key", "key:\n" + aKey + "\nend", "madeupmadeup"},
		{"a private key cut off", "-----BEGIN PRIVATE KEY-----\nMHcCAQEEIBx1madeup", "madeup"},
		{"a private key with escaped newlines", strings.ReplaceAll(aKey, "\n", `\n`), "madeupmadeup"},
		{"client-key-data of a kubeconfig", "    client-key-data: " + encodedKey + "\n", encodedKey[40:]},
		{"a base64 private key without a name", "found " + encodedKey, encodedKey[40:]},
		{"a token of a kubeconfig", "    token: 0a1b2c3d4e5f6a7b", "0a1b2c3d4e5f6a7b"},
		{"a password in a URL", "https://admin:hunter2@registry.example/v2/", "hunter2"},
		{"a password in a query", "?user=x&password=hunter2&x=y", "hunter2"},
		{"an EKS token", "token is k8s-aws-v1.aHR0cHM6Ly9zdHM", "aHR0cHM6Ly9zdHM"},
		{"an OpenShift token", "oc login --token=sha256~abcdefghijklmnopqrstuvwxyz012345", "abcdefghijklmnop"},
		{"a GitHub token", "ghp_abcdefghijklmnopqrstuvwxyz0123456789", "abcdefghij"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if !strings.Contains(tc.text, tc.secret) {
				t.Fatal("the text does not hold the secret to begin with")
			}
			if got := Scrub(tc.text); strings.Contains(got, tc.secret) || !strings.Contains(got, removed) {
				t.Errorf("left %q", got)
			}
		})
	}
}

func TestScrubKeepsEvidence(t *testing.T) {
	for _, text := range []string{
		"expected: reset or close before an answer\n    seen: served by mtls/server-5b7",
		"token: expired", "bearer authentication is required", "the token was rejected",
		"spiffe://cluster.local/ns/mtls/sa/server", "sha256:2c9f6b1c51a4f0f1b2a1a7c0fd5d3c3e8a2f7a3a8d1f0f6f6e5f4d3c2b1a0918",
		cert, base64.StdEncoding.EncodeToString([]byte(cert)), "mysql -h 10.0.0.1 -P 3306", "https://istio.io/latest/docs/",
	} {
		if got := Scrub(text); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
}

func TestScrubCommandRemovesFlagValues(t *testing.T) {
	got := strings.Join(scrubCommand([]string{"runner", "--token", "abc", "--password=xyz", "--hub", "docker.io/istio"}), " ")
	if want := "runner --token [removed] --password=[removed] --hub docker.io/istio"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func FuzzScrub(f *testing.F) {
	f.Add("Authorization: ", "\nnext")
	f.Add("password=", "&x")
	f.Add("-----BEGIN RSA PRIVATE KEY-----", "eyJ")
	f.Add("token=[removed", "]")
	f.Fuzz(func(t *testing.T, before, after string) {
		for secret, telling := range map[string]string{aJWT: "eyJpc3MiOiJrdWJlcm5ldGVzIn0", aKey: "madeupmadeup"} {
			once := Scrub(printable(before + secret + after))
			if strings.Contains(once, telling) && !strings.Contains(before+after, telling) {
				t.Errorf("the secret is still in %q", once)
			}
			if again := Scrub(printable(once)); again != once {
				t.Errorf("scrubbing twice gave %q after %q", again, once)
			}
		}
	})
}

func FuzzPrintable(f *testing.F) {
	f.Add("\x1b[31mred\x1b[0m\r\n\x00\xff\u202e\ufffd\ufffe")
	f.Fuzz(func(t *testing.T, text string) {
		got := printable(text)
		if !utf8.ValidString(got) {
			t.Errorf("%q is not UTF-8", got)
		}
		if again := printable(got); again != got {
			t.Errorf("%q became %q the second time", got, again)
		}
	})
}

func TestPrintable(t *testing.T) {
	for _, tc := range []struct{ name, text, want string }{
		{"plain text stays", "a\tb\nc ✓", "a\tb\nc ✓"},
		{"colours go", "\x1b[1;31mred\x1b[0m", "red"},
		{"line ends become one kind", "a\r\nb", "a\nb"},
		{"bytes of a banner are spelled out", "\x0a8.0\x00\xff", "\n8.0\\x00\\xff"},
		{"text that would turn around is spelled out", "a\u202eb", `a\u202eb`},
		{"a replacement character is no invalid byte", "a\ufffdb", "a\ufffdb"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := printable(tc.text); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}
