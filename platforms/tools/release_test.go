package tools

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/mod/semver"
)

// A table entry with a slip would be noticed only on a machine without the program.
func TestReleases(t *testing.T) {
	for _, r := range Releases() {
		t.Run(r.Name, func(t *testing.T) {
			if !semver.IsValid(r.Version) || semver.Compare(r.Oldest, r.Version) > 0 {
				t.Errorf("version %s, oldest %s", r.Version, r.Oldest)
			}
			if !strings.HasPrefix(r.Base, "https://") || !strings.HasSuffix(r.Base, "/"+strings.ReplaceAll(r.Version, "+", "%2B")) {
				t.Errorf("version %s is not what %s leads to", r.Version, r.Base)
			}
			if !strings.HasPrefix(r.Manual, "https://") || len(r.Ask) == 0 {
				t.Errorf("manual %q, ask %q", r.Manual, r.Ask)
			}
			for asset, sum := range r.SHA256 {
				if !regexp.MustCompile(`^[0-9a-f]{64}$`).MatchString(sum) || !strings.HasPrefix(asset, r.Name) {
					t.Errorf("%s: %s is no SHA-256", asset, sum)
				}
			}
			if runtime.GOOS == "linux" && runtime.GOARCH == "amd64" && r.SHA256[r.file(r.Asset)] == "" {
				t.Errorf("%s is not pinned", r.file(r.Asset))
			}
		})
	}
}

// site serves a release of one program.
func site(t *testing.T, content, sum string) (Release, *int) {
	t.Helper()
	requests := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests++
		switch r.URL.Path {
		case "/v9.9.9/prog-" + runtime.GOOS:
			_, _ = w.Write([]byte(content))
		case "/v9.9.9/sums.txt":
			_, _ = w.Write([]byte(sum + "  _dist/prog-" + runtime.GOOS + "\n"))
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(server.Close)
	return Release{
		Name: "prog", Version: "v9.9.9", Oldest: "v1.2.0", Ask: []string{"version"}, Base: server.URL + "/v9.9.9",
		Asset: "prog-{os}", Sums: "sums.txt", Manual: "https://prog.example/install",
	}, &requests
}

func hash(content string) string {
	sum := sha256.Sum256([]byte(content))
	return hex.EncodeToString(sum[:])
}

func nowhere(string) (string, error) { return "", exec.ErrNotFound }

func TestFindDownloadsOnce(t *testing.T) {
	r, requests := site(t, "the program", hash("the program"))
	f := Finder{Cache: t.TempDir(), lookPath: nowhere}
	if _, err := f.Present(t.Context(), r); err == nil || err.Error() != "prog is not on PATH" {
		t.Errorf("present before the download: %v", err)
	}
	for range 2 {
		path, err := f.Find(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		content, _ := os.ReadFile(path)
		info, _ := os.Stat(path)
		if string(content) != "the program" || info.Mode().Perm() != 0o755 {
			t.Errorf("%q with mode %v", content, info.Mode())
		}
	}
	if *requests != 2 { // the sums and the program
		t.Errorf("%d requests, want 2", *requests)
	}
	if path, err := f.Present(t.Context(), r); err != nil || !strings.HasPrefix(path, f.Cache) {
		t.Errorf("present after the download: %q, %v", path, err)
	}
}

func TestFindRefuses(t *testing.T) {
	for name, row := range map[string]struct {
		change func(*Release)
		want   string
	}{
		"other content than the release's sum": {func(*Release) {}, "its SHA-256 is " + hash("forged")},
		"other content than the pinned sum": {func(r *Release) {
			r.SHA256 = map[string]string{"prog-" + runtime.GOOS: hash("genuine")}
		}, "want " + hash("genuine") + ": not used"},
		"no sum":      {func(r *Release) { r.Asset = "prog-{os}-other" }, "none for prog-" + runtime.GOOS + "-other"},
		"no file":     {func(r *Release) { r.Sums = "none" }, "404 Not Found"},
		"unreachable": {func(r *Release) { r.Base = "http://127.0.0.1:1" }, "connection refused"},
	} {
		t.Run(name, func(t *testing.T) {
			r, _ := site(t, "forged", hash("genuine"))
			row.change(&r)
			f := Finder{Cache: t.TempDir(), lookPath: nowhere}
			_, err := f.Find(t.Context(), r)
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Fatalf("got %v\nwant %s", err, row.want)
			}
			problem := f.Problem(t.Context(), r)
			if want := "prog is not on PATH, and prog v9.9.9 cannot be downloaded: install it as https://prog.example/install says"; name == "unreachable" && !strings.HasPrefix(problem, want) {
				t.Errorf("got %q\nwant %s", problem, want)
			}
			if strings.HasPrefix(name, "other content") && problem != "" {
				t.Errorf("a site that answers is a problem: %s", problem)
			}
			for _, part := range []string{"prog is not on PATH", "downloading prog v9.9.9 failed", "install it as https://prog.example/install says"} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%v\ndoes not say %q", err, part)
				}
			}
			left, _ := filepath.Glob(f.Cache + "/tools/*/*")
			if len(left) != 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

func TestFindInstalled(t *testing.T) {
	for name, row := range map[string]struct{ says, problem string }{
		"new enough": {"prog version v1.2.0\nother v0.1.0\n", ""},
		"too old":    {"prog version v1.1.9\n", "too old: v1.2.0 or newer is needed"},
		"no version": {"prog, built from source\n", `no version in it`},
	} {
		t.Run(name, func(t *testing.T) {
			path := program(t, "[ \"$1\" = version ] && printf '"+strings.ReplaceAll(row.says, "\n", `\n`)+"'")
			r, _ := site(t, "", "")
			r.Base = "http://127.0.0.1:1"
			f := Finder{Cache: t.TempDir(), lookPath: func(string) (string, error) { return path, nil }}
			got, err := f.Find(t.Context(), r)
			if row.problem == "" && (err != nil || got != path) {
				t.Errorf("got %q, %v", got, err)
			}
			if row.problem != "" && (err == nil || !strings.Contains(err.Error(), row.problem)) {
				t.Errorf("got %v, want %s", err, row.problem)
			}
		})
	}
}

func TestParseVersion(t *testing.T) {
	for output, want := range map[string]string{
		"k3d version v5.9.0\nk3s version v1.32.5-k3s1 (default)\n":   "v5.9.0",
		"k3s version v1.35.5+k3s1 (b10bd8a0)\ngo version go1.25.9\n": "v1.35.5+k3s1",
		"v1.38.1\n": "v1.38.1",
		"minikube version: v1.38.1\ncommit: c93a4cb9311efc66b90d33ea03f75f2c4120e9b0\n": "v1.38.1",
	} {
		if got, err := ParseVersion([]byte(output)); err != nil || got != want {
			t.Errorf("%q: got %q, %v; want %q", output, got, err, want)
		}
	}
	if got, err := ParseVersion([]byte("k3d version v5-dev\n")); err == nil {
		t.Errorf("got %q from a version that is none", got)
	}
}

func FuzzParseVersion(f *testing.F) {
	f.Add([]byte("k3s version v1.35.5+k3s1 (b10bd8a0)\ngo version go1.25.9\n"))
	f.Add([]byte("v01.2.3 1.2.3-"))
	f.Fuzz(func(t *testing.T, output []byte) {
		version, err := ParseVersion(output)
		if err == nil && (!semver.IsValid(version) || !strings.Contains(string(output), version[1:])) {
			t.Errorf("%q in %q", version, output)
		}
	})
}

func TestParseSums(t *testing.T) {
	list := hash("a") + "  _dist/k3d-linux-amd64\n" + hash("b") + " *k3d-linux-arm64\n" + hash("c") + "  k3d-linux-arm64.sig\n"
	for file, want := range map[string]string{"k3d-linux-amd64": hash("a"), "k3d-linux-arm64": hash("b"), "k3d": ""} {
		if got, err := ParseSums([]byte(list), file); got != want || (err == nil) != (want != "") {
			t.Errorf("%s: got %q, %v", file, got, err)
		}
	}
	if got, err := ParseSums([]byte(hash("a")+"\n"), "any"); err != nil || got != hash("a") {
		t.Errorf("a single sum: %q, %v", got, err)
	}
}

func FuzzParseSums(f *testing.F) {
	f.Add([]byte(hash("a")+"  _dist/k3d-linux-amd64\n"), "k3d-linux-amd64")
	f.Add([]byte(hash("a")), "minikube")
	f.Fuzz(func(t *testing.T, list []byte, file string) {
		sum, err := ParseSums(list, file)
		if err == nil && (len(sum) != 64 || !strings.Contains(string(list), sum)) {
			t.Errorf("%q from %q", sum, list)
		}
	})
}

func TestFindWithoutHome(t *testing.T) {
	t.Setenv("HOME", "")
	t.Setenv("XDG_CACHE_HOME", "")
	_, err := Finder{lookPath: nowhere}.Find(t.Context(), K3d)
	if err == nil || !strings.Contains(err.Error(), "--cache") || errors.Is(err, exec.ErrNotFound) {
		t.Errorf("got %v", err)
	}
}
