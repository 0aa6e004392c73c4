package tools

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// State is a directory with one directory per cluster: who finds it there made it, whatever became of it since.
type State struct {
	Dir string
}

// DefaultState keeps root's clusters where the machine keeps its state, and a user's in the home directory.
func DefaultState(platform string) State {
	base := "/var/lib"
	if os.Geteuid() != 0 {
		base = os.Getenv("XDG_STATE_HOME")
		if home, err := os.UserHomeDir(); base == "" && err == nil {
			base = filepath.Join(home, ".local", "state")
		}
	}
	return State{Dir: filepath.Join(base, "ambient-conformance", "clusters", platform)}
}

var nameForm = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,30}[a-z0-9])?$`)

// CheckName refuses what cannot be a cluster's name: it becomes part of paths, container names and host names.
func CheckName(name string) error {
	if !nameForm.MatchString(name) {
		return fmt.Errorf("cluster name %q: want at most 32 lower-case letters, digits and inner hyphens", name)
	}
	return nil
}

// Of is the directory of a cluster.
func (s State) Of(cluster string) string { return filepath.Join(s.Dir, cluster) }

// Kubeconfig is where a cluster's own kubeconfig lies.
func (s State) Kubeconfig(cluster string) string { return filepath.Join(s.Of(cluster), "kubeconfig") }

// Has says whether the cluster was made by us.
func (s State) Has(cluster string) bool {
	info, err := os.Stat(s.Of(cluster))
	return err == nil && info.IsDir()
}

// Clusters are the names of all clusters made by us, sorted.
func (s State) Clusters() ([]string, error) {
	entries, err := os.ReadDir(s.Dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("listing clusters: %w", err)
	}
	var names []string
	for _, entry := range entries {
		if entry.IsDir() && CheckName(entry.Name()) == nil {
			names = append(names, entry.Name())
		}
	}
	return names, nil
}

// Record makes the cluster's directory: from then on Delete is responsible.
func (s State) Record(cluster string) error {
	if err := os.MkdirAll(s.Of(cluster), 0o700); err != nil {
		return fmt.Errorf("recording cluster %s: %w", cluster, err)
	}
	return nil
}

// Forget removes the cluster's directory: nothing of it is left.
func (s State) Forget(cluster string) error {
	if err := os.RemoveAll(s.Of(cluster)); err != nil {
		return fmt.Errorf("removing state of cluster %s: %w", cluster, err)
	}
	return nil
}

// ErrBusy is wrapped by TryLock while another process creates or deletes the cluster.
var ErrBusy = errors.New("another runner is creating or deleting it")

// retry is how often Lock looks again.
const retry = 100 * time.Millisecond

// Lock waits until no other process creates or deletes the cluster. The lock ends with unlock or with this process.
func (s State) Lock(ctx context.Context, cluster string) (unlock func(), err error) {
	return s.lock(cluster, func(f *flock.Flock) (bool, error) { return f.TryLockContext(ctx, retry) })
}

// TryLock does not wait.
func (s State) TryLock(cluster string) (unlock func(), err error) {
	return s.lock(cluster, (*flock.Flock).TryLock)
}

func (s State) lock(cluster string, acquire func(*flock.Flock) (bool, error)) (func(), error) {
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("locking cluster %s: %w", cluster, err)
	}
	// The file stays: removing it would let two processes lock two files of one name.
	lock := flock.New(filepath.Join(s.Dir, cluster+".lock"))
	switch ok, err := acquire(lock); {
	case err != nil:
		return nil, fmt.Errorf("locking cluster %s: %w", cluster, err)
	case !ok:
		return nil, fmt.Errorf("locking cluster %s: %w", cluster, ErrBusy)
	}
	return func() { _ = lock.Unlock() }, nil
}

// Absolute makes paths independent of the working directory: tools take a name without a slash for an image.
func Absolute(paths []string) ([]string, error) {
	var all []string
	for _, path := range paths {
		absolute, err := filepath.Abs(path)
		if err != nil {
			return nil, fmt.Errorf("locating %s: %w", path, err)
		}
		if strings.HasSuffix(path, string(filepath.Separator)) {
			return nil, fmt.Errorf("locating %s: want a file, not a directory", path)
		}
		all = append(all, absolute)
	}
	return all, nil
}
