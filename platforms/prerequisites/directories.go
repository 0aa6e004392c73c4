package prerequisites

import (
	"context"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// judgeDirectories compares an installed istio-cni with the platform's table of values.
func judgeDirectories(ctx context.Context, c *Cluster) (Verdict, error) {
	want := ValuesOf(c.platform)
	if !c.Reuse {
		return met("every chart gets global.platform=%q", want.Platform)
	}
	sets, err := c.client.AppsV1().DaemonSets(metav1.NamespaceAll).List(ctx, metav1.ListOptions{LabelSelector: "k8s-app=istio-cni-node"})
	if err != nil {
		return Verdict{}, fmt.Errorf("listing DaemonSets of istio-cni: %w", err)
	}
	if len(sets.Items) == 0 {
		return missing("there is no istio-cni")
	}
	paths := map[string]string{}
	for _, volume := range sets.Items[0].Spec.Template.Spec.Volumes {
		if volume.HostPath != nil {
			paths[volume.Name] = volume.HostPath.Path
		}
	}
	bin, conf := paths["cni-bin-dir"], paths["cni-net-dir"]
	if want.BinDir != "" && bin != want.BinDir || want.NetDir != "" && conf != want.NetDir {
		return missing("istio-cni writes to %s and %s; this platform reads %s and %s", bin, conf, want.BinDir, want.NetDir)
	}
	if want.BinDir == "" {
		return cannotTell("istio-cni writes to %s and %s; which directories the runtime reads differs between releases of this platform", bin, conf)
	}
	return met("istio-cni writes to %s and %s", bin, conf)
}
