// Package nodes waits for the nodes of a cluster that is being made.
package nodes

import (
	"context"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
	watchtools "k8s.io/client-go/tools/watch"
)

// Lacking says why a node is not what is waited for, "" when it is.
type Lacking func(n *corev1.Node) string

// Await returns the nodes of these names, in their order, once none of them lacks anything. Its error says of each that
// is late what it lacks.
func Await(ctx context.Context, access *rest.Config, names []string, lacks Lacking) ([]*corev1.Node, error) {
	client, err := kubernetes.NewForConfig(access)
	if err != nil {
		return nil, fmt.Errorf("connecting to the API server: %w", err)
	}
	waiting, found := map[string]string{}, make([]*corev1.Node, len(names))
	for _, name := range names {
		waiting[name] = "not registered"
	}
	source := cache.ToListWatcherWithWatchListSemantics(&cache.ListWatch{
		ListWithContextFunc: func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) {
			return client.CoreV1().Nodes().List(ctx, o)
		},
		WatchFuncWithContext: func(ctx context.Context, o metav1.ListOptions) (watch.Interface, error) {
			return client.CoreV1().Nodes().Watch(ctx, o)
		},
	}, client)
	_, err = watchtools.UntilWithSync(ctx, source, &corev1.Node{}, nil, func(e watch.Event) (bool, error) {
		n, ok := e.Object.(*corev1.Node)
		if !ok || !slices.Contains(names, n.Name) {
			return false, nil
		}
		found[slices.Index(names, n.Name)] = n
		if waiting[n.Name] = lacks(n); waiting[n.Name] == "" {
			delete(waiting, n.Name)
		}
		return len(waiting) == 0, nil
	})
	if err != nil {
		return nil, fmt.Errorf("waiting for nodes: %s: %w", words(waiting), err)
	}
	return found, nil
}

// words is a map of what is waited for, and what each lacks, as a sentence.
func words(waiting map[string]string) string {
	var all []string
	for name, missing := range waiting {
		all = append(all, name+" ("+missing+")")
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}
