//go:build linux

package local

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/ambient-conformance/ambient-conformance/platforms"
	"github.com/ambient-conformance/ambient-conformance/platforms/local/node"
	"github.com/ambient-conformance/ambient-conformance/platforms/local/process"
)

const (
	lockFile       = "lock"
	recordFile     = "cluster.json"
	kubeconfigFile = "kubeconfig"
	clusterLog     = "init.log"
)

// record is what is written down about a cluster before anything of it exists outside its directory.
type record struct {
	Spec     platforms.Spec    `json:"spec"`
	Cgroup   string            `json:"cgroup"`
	Versions map[string]string `json:"versions,omitempty"`
	Created  time.Time         `json:"created"`
}

const cgroupPrefix = "ambient-"

// newCgroup is a name no other cluster has, not even one of the same name with another state directory.
func newCgroup(cluster string) string {
	return cgroupPrefix + cluster + "-" + strings.ToLower(rand.Text()[:6])
}

func (p *Platform) dir(cluster string) string { return filepath.Join(p.stateDir, cluster) }

func readJSON(path string, into any) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("reading the cluster's state: %w", err)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("decoding %s: %w", path, err)
	}
	return nil
}

// writeJSON replaces the file in one step, so that a reader never sees half of it.
func writeJSON(path string, value any) error {
	raw, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("encoding the cluster's state: %w", err)
	}
	if err := os.WriteFile(path+".new", raw, 0o600); err != nil {
		return fmt.Errorf("writing the cluster's state: %w", err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fmt.Errorf("writing the cluster's state: %w", err)
	}
	return nil
}

// initOf says who the cluster's init is, and whether it runs. What cannot be read was never started.
func initOf(dir string) (process.Identity, bool) {
	var id process.Identity
	if err := readJSON(filepath.Join(dir, node.IdentityFile), &id); err != nil {
		return id, false
	}
	return id, id.Alive()
}

// lock is held while a cluster is created or deleted; the kernel releases it with its holder.
type lock struct{ file *os.File }

// acquire takes the lock of the directory, which must exist, waiting for whoever has it. The error is fs.ErrNotExist
// when the directory is gone, perhaps because the holder has just deleted it.
func acquire(ctx context.Context, dir string) (*lock, error) {
	path := filepath.Join(dir, lockFile)
	for {
		file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
		if err != nil {
			return nil, fmt.Errorf("opening lock: %w", err)
		}
		err = unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil && isCurrent(file, path) {
			return &lock{file}, nil
		}
		file.Close()
		if err == nil {
			continue // the file we have locked was deleted meanwhile
		}
		if !errors.Is(err, unix.EWOULDBLOCK) {
			return nil, fmt.Errorf("locking %s: %w", path, err)
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("waiting for another runner that creates or deletes this cluster: %w", context.Cause(ctx))
		case <-time.After(50 * time.Millisecond): // flock cannot wait and watch ctx at the same time
		}
	}
}

func isCurrent(file *os.File, path string) bool {
	locked, err := file.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(path)
	return err == nil && os.SameFile(locked, there)
}

func (l *lock) release() { l.file.Close() }
