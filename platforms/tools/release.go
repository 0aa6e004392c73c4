package tools

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"time"

	"golang.org/x/mod/semver"
)

// Release is a program, at the version that stands in where the machine has none.
type Release struct {
	Name    string
	Version string   // pinned, as its tag says
	Oldest  string   // that an installed one may have
	Ask     []string // arguments that make it print its version
	Base    string   // URL below which the release's files lie
	// Asset and Sums name the program's file and that of its checksum below Base; {os} and {arch} stand for Go's names.
	Asset, Sums string
	// Renamed are assets whose name does not follow the pattern, by os/arch.
	Renamed map[string]string
	// SHA256 of assets that are pinned by content as well; any other is held against the release's own checksum file.
	SHA256 map[string]string
	Manual string // where a person reads how to install it
}

// Releases is everything this tool would download, and the one place that says which.
//
// Sums were found alike in two independent places each: those of minikube in the project's own list of releases.
var (
	K3d = Release{
		Name: "k3d", Version: "v5.9.0", Oldest: "v5.6.0", Ask: []string{"version"},
		Base:  "https://github.com/k3d-io/k3d/releases/download/v5.9.0",
		Asset: "k3d-{os}-{arch}", Sums: "checksums.txt",
		SHA256: map[string]string{"k3d-linux-amd64": "06d8f25bc3a971c4eb29e0ff08429b180402db0f4dec838c9eac427e296800a0"},
		Manual: "https://k3d.io/stable/#installation",
	}
	K3s = Release{
		Name: "k3s", Version: "v1.35.5+k3s1", Oldest: "v1.32.0", Ask: []string{"--version"},
		Base:  "https://github.com/k3s-io/k3s/releases/download/v1.35.5%2Bk3s1",
		Asset: "k3s-{arch}", Sums: "sha256sum-{arch}.txt",
		Renamed: map[string]string{"linux/amd64": "k3s"},
		SHA256:  map[string]string{"k3s": "267d18da7b3c837d82283f0588fb9031a8a6ff3c0dac772c260c40852ce515f6"},
		Manual:  "https://docs.k3s.io/installation",
	}
	Minikube = Release{
		Name: "minikube", Version: "v1.38.1", Oldest: "v1.36.0", Ask: []string{"version", "--short"},
		Base:  "https://github.com/kubernetes/minikube/releases/download/v1.38.1",
		Asset: "minikube-{os}-{arch}", Sums: "minikube-{os}-{arch}.sha256",
		SHA256: map[string]string{
			"minikube-linux-amd64":  "099477eaf248bcb5bcea8ce78a2898e93ac01461c35189da1848c3de82ecd22e",
			"minikube-darwin-amd64": "db11dffba835609988e4e98c3a91a38653ce66ddfa8ea3aaea92d87c54a0a348",
		},
		Manual: "https://minikube.sigs.k8s.io/docs/start/",
	}
)

func Releases() []Release { return []Release{K3d, K3s, Minikube} }

// Finder finds programs: on PATH, in the cache, or else at the release's own site. The zero value is usable.
type Finder struct {
	Cache  string       // directory; empty: ambient-conformance in the user's cache directory
	Runner Runner       // nil: Exec
	Client *http.Client // nil: http.DefaultClient

	lookPath func(string) (string, error)
}

// Find returns the path of a program that is new enough, and downloads the pinned release when the machine has none.
func (f Finder) Find(ctx context.Context, r Release) (string, error) {
	path, installed := f.Installed(ctx, r)
	if installed == nil {
		return path, nil
	}
	path, err := f.cached(r)
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	if err := f.download(ctx, r, path); err != nil {
		return "", fmt.Errorf("%w, and downloading %s %s failed: install it as %s says, or run this where its site can be reached: %w",
			installed, r.Name, r.Version, r.Manual, err)
	}
	return path, nil
}

// Present returns the path of a program that can be used without downloading anything.
func (f Finder) Present(ctx context.Context, r Release) (string, error) {
	path, installed := f.Installed(ctx, r)
	if installed == nil {
		return path, nil
	}
	path, err := f.cached(r)
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(path); err != nil {
		return "", installed
	}
	return path, nil
}

// reach is what a release's site gets to answer while a machine is only being looked at.
const reach = 3 * time.Second

// Problem says why Find would fail, "" when it would not. Nothing is downloaded.
func (f Finder) Problem(ctx context.Context, r Release) string {
	_, missing := f.Present(ctx, r)
	if missing == nil {
		return ""
	}
	ctx, cancel := context.WithTimeout(ctx, reach)
	defer cancel()
	response, err := f.request(ctx, http.MethodHead, r.Base+"/"+r.file(r.Asset))
	if err != nil {
		return fmt.Sprintf("%v, and %s %s cannot be downloaded: install it as %s says (%v)", missing, r.Name, r.Version, r.Manual, err)
	}
	_ = response.Body.Close()
	return ""
}

// Installed returns the path of a program on PATH; the error says that there is none, or that it is too old.
func (f Finder) Installed(ctx context.Context, r Release) (string, error) {
	look := f.lookPath
	if look == nil {
		look = exec.LookPath
	}
	path, err := look(r.Name)
	if err != nil {
		return "", fmt.Errorf("%s is not on PATH", r.Name)
	}
	out, err := f.runner().Run(ctx, Command{Path: path, Args: r.Ask})
	if err != nil {
		return "", fmt.Errorf("asking %s for its version: %w", path, err)
	}
	version, err := ParseVersion(out)
	if err != nil {
		return "", fmt.Errorf("asking %s for its version: %w", path, err)
	}
	if semver.Compare(version, r.Oldest) < 0 {
		return "", fmt.Errorf("%s is %s, and too old: %s or newer is needed", path, version, r.Oldest)
	}
	return path, nil
}

func (f Finder) runner() Runner {
	if f.Runner == nil {
		return Exec{}
	}
	return f.Runner
}

// cached is where the pinned release lies once it has been downloaded.
func (f Finder) cached(r Release) (string, error) {
	cache := f.Cache
	if cache == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("finding the user's cache directory (or name one with --cache): %w", err)
		}
		cache = filepath.Join(user, "ambient-conformance")
	}
	return filepath.Join(cache, "tools", r.Name+"-"+r.Version, r.Name), nil
}

// download puts the verified program at path; a file that is there is complete.
func (f Finder) download(ctx context.Context, r Release, path string) error {
	asset := r.file(r.Asset)
	want, err := f.sum(ctx, r, asset)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("making room for %s: %w", r.Name, err)
	}
	part, err := os.CreateTemp(filepath.Dir(path), r.Name+"-*.part")
	if err != nil {
		return fmt.Errorf("making room for %s: %w", r.Name, err)
	}
	defer os.Remove(part.Name())
	defer part.Close()
	hash := sha256.New()
	if err := f.get(ctx, r.Base+"/"+asset, io.MultiWriter(part, hash)); err != nil {
		return err
	}
	if got := hex.EncodeToString(hash.Sum(nil)); got != want {
		return fmt.Errorf("checking %s/%s: its SHA-256 is %s, want %s: not used", r.Base, asset, got, want)
	}
	return errors.Join(part.Chmod(0o755), part.Close(), os.Rename(part.Name(), path))
}

// sum is what the asset has to hash to.
func (f Finder) sum(ctx context.Context, r Release, asset string) (string, error) {
	if pinned := r.SHA256[asset]; pinned != "" {
		return pinned, nil
	}
	var sums bytes.Buffer
	if err := f.get(ctx, r.Base+"/"+r.file(r.Sums), &sums); err != nil {
		return "", err
	}
	return ParseSums(sums.Bytes(), asset)
}

// file is the name of a release's file for this machine.
func (r Release) file(pattern string) string {
	if name := r.Renamed[runtime.GOOS+"/"+runtime.GOARCH]; name != "" && pattern == r.Asset {
		return name
	}
	return strings.NewReplacer("{os}", runtime.GOOS, "{arch}", runtime.GOARCH).Replace(pattern)
}

// tooMuch is more than any of the programs; a server that never stops sending must not fill the disk.
const tooMuch = 1 << 30

// request returns an answer that says OK; an error names the URL.
func (f Finder) request(ctx context.Context, method, url string) (*http.Response, error) {
	client := f.Client
	if client == nil {
		client = http.DefaultClient
	}
	request, err := http.NewRequestWithContext(ctx, method, url, nil)
	if err != nil {
		return nil, err
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		_ = response.Body.Close()
		return nil, fmt.Errorf("%s %s: %s", method, url, response.Status)
	}
	return response, nil
}

func (f Finder) get(ctx context.Context, url string, to io.Writer) error {
	response, err := f.request(ctx, http.MethodGet, url)
	if err != nil {
		return fmt.Errorf("downloading: %w", err)
	}
	defer response.Body.Close()
	switch n, err := io.Copy(to, io.LimitReader(response.Body, tooMuch)); {
	case err != nil:
		return fmt.Errorf("downloading %s: %w", url, err)
	case n == tooMuch:
		return fmt.Errorf("downloading %s: more than %d bytes", url, tooMuch)
	}
	return nil
}

var (
	versionForm = regexp.MustCompile(`\bv?(\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?)`)
	sumForm     = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// ParseVersion finds the first version in what a program says about itself, e.g. "k3s version v1.35.5+k3s1 (b10bd8a0)".
func ParseVersion(output []byte) (string, error) {
	for _, match := range versionForm.FindAllSubmatch(output, -1) {
		if version := "v" + string(match[1]); semver.IsValid(version) {
			return version, nil
		}
	}
	return "", fmt.Errorf("parsing %q: no version in it", Last(string(output)))
}

// ParseSums finds the SHA-256 of a file in a list as sha256sum prints it; a path before the name is ignored. A list that
// is a single sum is that of the file.
func ParseSums(list []byte, file string) (string, error) {
	if only := strings.TrimSpace(string(list)); sumForm.MatchString(only) {
		return only, nil
	}
	for line := range strings.Lines(string(list)) {
		fields := strings.Fields(line)
		if len(fields) == 2 && sumForm.MatchString(fields[0]) && filepath.Base(strings.TrimPrefix(fields[1], "*")) == file {
			return fields[0], nil
		}
	}
	return "", fmt.Errorf("reading the release's checksums: %w: none for %s", fs.ErrNotExist, file)
}
