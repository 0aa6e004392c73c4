//go:build linux

package local

import (
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/ambient-conformance/ambient-conformance/platforms/local/node"
)

func TestFollow(t *testing.T) {
	for _, tc := range []struct {
		name   string
		events string
		logs   map[string]string
		want   string
	}{
		{
			name:   "a component ends",
			events: `{"node":"a-0","component":"etcd","state":"started"}{"node":"a-0","component":"etcd","state":"exited","detail":"exited with status 1"}`,
			logs:   map[string]string{node.Log("", "a-0", "etcd"): "first\nlast words\n"},
			want:   "starting etcd on node a-0: exited with status 1:\n  first\n  last words",
		},
		{
			name:   "a component ends without a word",
			events: `{"node":"a-0","component":"etcd","state":"exited","detail":"killed by SIGKILL"}`,
			want:   "starting etcd on node a-0: killed by SIGKILL",
		},
		{
			name:   "a node cannot be prepared",
			events: `{"node":"a-1","state":"failed","detail":"mounting overlay at /etc: invalid argument"}`,
			want:   "starting node a-1: mounting overlay at /etc: invalid argument",
		},
		{
			name:   "the cluster cannot be prepared",
			events: `{"state":"failed","detail":"creating bridge: operation not supported"}`,
			want:   "running the cluster's init: creating bridge: operation not supported",
		},
		{
			name:   "the init is gone",
			events: `{"state":"up"}`,
			logs:   map[string]string{clusterLog: "panic: oh\n"},
			want:   "running the cluster's init: it has ended:\n  panic: oh",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, content := range tc.logs {
				write(t, filepath.Join(dir, name), content)
			}
			err := follow(strings.NewReader(tc.events), dir, newMilestones())
			if err.Error() != tc.want {
				t.Errorf("got  %q\nwant %q", err, tc.want)
			}
		})
	}
}

func TestFollowMarksMilestones(t *testing.T) {
	seen := newMilestones()
	_ = follow(strings.NewReader(`{"node":"a-0","component":"etcd","state":"ready"}`), t.TempDir(), seen)
	if err := seen.await(t.Context(), "a-0", "etcd"); err != nil {
		t.Error(err)
	}
}

func TestTailKeepsTheEnd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	write(t, path, strings.Repeat("early\n", 5000)+strings.Repeat("late\n", 12))
	if got, want := tail(path), ":"+strings.Repeat("\n  late", 12); got != want {
		t.Errorf("got %q", got)
	}
}

func TestLacks(t *testing.T) {
	condition := func(status corev1.ConditionStatus, reported bool) *corev1.Node {
		c := corev1.NodeCondition{Type: corev1.NodeReady, Status: status, Message: "no network"}
		if reported {
			c.LastHeartbeatTime = metav1.Now()
		}
		return &corev1.Node{Status: corev1.NodeStatus{Conditions: []corev1.NodeCondition{c}}}
	}
	for _, tc := range []struct {
		name  string
		node  *corev1.Node
		ready bool
		want  string
	}{
		{"ready", condition(corev1.ConditionTrue, true), true, ""},
		{"not ready", condition(corev1.ConditionFalse, true), true, "no network"},
		{"not ready, and need not be", condition(corev1.ConditionFalse, true), false, ""},
		{"presumed by the controller", condition(corev1.ConditionUnknown, false), false, "no status yet"},
		{"only registered", &corev1.Node{}, false, "no status yet"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := lacks(tc.node, tc.ready); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}
